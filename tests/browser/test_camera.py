"""A digit on paper in front of a camera, from the first picture to the shared link."""

import re

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.chromium import FLAGS_OF_TESTS, find
from tests.browser.conftest import DESKTOP

WIDTH, HEIGHT = 640, 480
COUNT_STARTS = """
  window.starts = 0;
  const devices = navigator.mediaDevices, start = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wanted) => { window.starts += 1; return start(wanted); };
"""
# The button is there before its camera has a picture and its width, and the first may be black.
SEES = """(width) => {
  const video = document.querySelector("video");
  if (!video?.videoHeight || video.clientWidth >= width) return false;
  const dot = new OffscreenCanvas(1, 1).getContext("2d");
  dot.drawImage(video, 0, 0, 1, 1);
  return dot.getImageData(0, 0, 1, 1).data[0] > 100;
}"""


@pytest.fixture
def film(tmp_path):
    """Write a video of a pen's seven on paper in uneven light, as a file that Chromium plays."""
    light = np.linspace(150, 225, WIDTH).astype(np.uint8)
    paper = Image.fromarray(np.tile(light, (HEIGHT, 1)))
    line = [(230, 130), (410, 120), (350, 240), (300, 370)]
    ImageDraw.Draw(paper).line(line, fill=40, width=26, joint="curve")
    no_colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    path = tmp_path / "seven.y4m"
    path.write_bytes(header + 2 * (b"FRAME\n" + paper.tobytes() + no_colour))
    return path


@pytest.fixture
def camera(browser, film):
    """A browser in front of whose camera the paper lies."""
    flags = [
        *FLAGS_OF_TESTS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    filming = browser.browser_type.launch(executable_path=find(), args=flags)
    yield filming
    filming.close()


def test_a_digit_before_the_camera_is_read_and_travels_in_the_link(camera, address, visit):
    page = camera.new_page(viewport=DESKTOP, permissions=["camera"])
    page.add_init_script(COUNT_STARTS)
    page.goto(f"{address}/classifier?input=camera")
    page.wait_for_function(SEES, arg=WIDTH, timeout=60_000)
    assert page.evaluate("starts") == 1  # while it starts anew, a press is lost
    page.get_by_role("button", name="Take Photo").click()
    expect(page.locator(".answer .digit")).to_have_text("7", timeout=60_000)
    page.wait_for_url(re.compile("picture="))
    expect(visit(page.url).locator(".answer .digit")).to_have_text("7")
