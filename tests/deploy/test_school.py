"""A school's two replicas at a sub-path, /cnn: behind the nginx that ships, and behind its own.

At the end one is killed, which costs its visitors a reload that nginx gives to the other, and one
is stopped, which takes seconds.
"""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cnnviz.ui.frame import PAGES
from tests.browser.folds import unfold
from tests.browser.pad import SEVEN, draw, pad
from tests.browser.schemes import QUIET
from tests.browser.server import ROOT, free_port
from tests.browser.stage import Stage
from tests.deploy import nginx
from tests.deploy.replica import Replica, running
from tests.deploy.visits import BAD, Visits, settle

pytestmark = pytest.mark.usefixtures("needs_nginx")

NAMES = [page.name for page in PAGES[1:]]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory, needs_nginx):
    folder = tmp_path_factory.mktemp("school")
    replicas = [
        Replica(folder / f"{name}.log", STREAMLIT_SERVER_BASE_URL_PATH="cnn")
        for name in ("one", "two")
    ]
    with running(*replicas):
        yield replicas


@pytest.fixture(scope="module")
def address(replicas):
    port = free_port()
    with nginx.in_front_of(*(replica.name for replica in replicas), port=port):
        yield f"http://127.0.0.1:{port}/cnn"


def test_every_page_opens_under_the_sub_path_and_the_browser_forbids_nothing(visit, address):
    page = visit(f"{address}/")
    pictures = page.locator('[class*="st-key-card_"] img')
    expect(pictures).to_have_count(8)
    for picture in pictures.all():
        assert picture.evaluate("(at) => at.decode().then(() => at.naturalWidth)") == 560
    links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    assert [link for link in links if not link.startswith(f"{address}/")] == []
    for entry, name in zip(PAGES[1:], NAMES, strict=True):
        page.locator(".st-key-menu").get_by_text(entry.label, exact=True).click()
        page.wait_for_url(re.compile(rf"^{re.escape(address)}/{name}(\?|$)"))
        expect(page.get_by_text("does not seem to exist")).to_have_count(0)
        settle(page)
        unfold(page)
        page.evaluate(QUIET)
        assert page.locator(BAD).all_inner_texts() == []
        title = page.get_by_role("heading", level=1).inner_text()
        page.reload()
        settle(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert page.locator(BAD).all_inner_texts() == []


def test_a_state_is_a_link_and_the_share_panel_writes_it_with_the_sub_path(visit, address):
    page = visit(f"{address}/convolution?preset=ramp&strides=2&edits=0_0_0_0_5&pin=0_0_0")
    page.get_by_text("Share", exact=True).click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile(rf"^{re.escape(address)}/convolution\?.*edits=0_0_0_0_5"))
    again = visit(link.input_value())
    again.locator(".stage .sum .head").wait_for()
    assert Stage(again).sum() == Stage(page).sum()
    framed = page.locator(".handout #frame").input_value()
    assert f'src="{address}/convolution?' in framed


def test_an_upload_and_a_download_go_through(visit, address, tmp_path):
    page = visit(f"{address}/convolution?input=upload&side=16")
    file = io.BytesIO()
    Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save(file, "PNG")
    page.locator('[data-testid="stFileUploader"] input[type="file"]').first.set_input_files(
        {"name": "eye.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator(".stage .block.input .shape")).to_have_text("16 × 16 × 1")
    settle(page)
    with page.expect_download() as download:
        page.get_by_text("Save everything as a file").click()
    download.value.save_as(tmp_path / "state.json")
    assert (tmp_path / "state.json").stat().st_size > 100


def test_health_is_under_the_sub_path_too(replicas):
    assert [replica.get("/_stcore/health") for replica in replicas] == ["ok", "ok"]


def test_a_schools_own_nginx_needs_the_lines_of_the_readme(visit, replicas):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.search(r"```nginx\n(location /cnn/ .*?)```", readme, re.DOTALL)[1]
    port = free_port()
    assert "http://classroom:8501;" in lines
    location = lines.replace("classroom:8501", replicas[0].name)
    with nginx.proxy(f"server {{ listen 127.0.0.1:{port}; {location} }}"):
        page = visit(f"http://127.0.0.1:{port}/cnn/convolution?preset=ramp&strides=2")
        expect(page.locator(".stage .block.output .shape")).to_have_text("4 × 4 × 3")
        page.locator(".st-key-menu").get_by_text("Home", exact=True).click()
        page.wait_for_url(f"http://127.0.0.1:{port}/cnn/")
        expect(page.get_by_role("heading", level=1)).to_have_text("See a convolution happen")
        page.context.close()  # before its server goes


def test_a_killed_replica_costs_a_reload_and_not_the_work(visit, address, replicas):
    page = visit(f"{address}/pooling?kind=average&rows=5")
    page.locator(".st-key-menu").get_by_text("Convolution", exact=True).click()
    page.get_by_role("radio", name="Draw").click()
    page.wait_for_url(re.compile("input=draw"))
    stage = Stage(page)
    draw(page)
    page.wait_for_url(re.compile("strokes=."))
    page.mouse.click(*stage.output(14, 15))
    page.wait_for_url(re.compile("pin=14_15_0"))
    box = stage.box("filter")
    page.mouse.click(box["x"] + 0.92 * box["width"], box["y"] + box["height"] / 2)
    page.keyboard.type("2.5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("edits=1_2_0_0_2.5"))
    settle(page)
    page.mouse.move(0, 0)
    url, numbers, drawn = page.url, stage.sum(), _ink(page)
    assert "·2.5" in numbers
    assert drawn > 1000
    (serving,) = [replica for replica in replicas if replica.visits() == 1]
    (other,) = [replica for replica in replicas if replica is not serving]

    serving.kill()
    page.reload()
    settle(page)
    assert other.visits() == 1
    assert page.url == url
    page.locator(".stage .sum .head").wait_for()
    assert stage.sum() == numbers
    assert _ink(page) == pytest.approx(drawn, rel=0.02)
    # It is a visit like any other: the next stroke arrives, and the link follows it.
    draw(page, SEVEN, scale=0.3, right=-0.3)
    page.wait_for_url(lambda address: address != url)
    # What was done on another page is where the menu leads.
    page.locator(".st-key-menu").get_by_text("Pooling", exact=True).click()
    page.wait_for_url(re.compile("/pooling"))
    expect(page.locator(".stage .block.output .shape")).to_have_text("2 × 4 × 1")
    assert page.url == f"{address}/pooling?kind=average&rows=5"


def test_a_replica_with_visitors_stops_when_it_is_told_to(replicas, visitors):
    serving = next(replica for replica in replicas if replica.process.poll() is None)
    visits = Visits(visitors)  # what the browser says when its server has gone is not the point
    busy = visits.open(f"{serving.address}/convolution?input=draw")
    draw(busy)
    busy.wait_for_url(re.compile("strokes=."))
    busy.close()  # its script is still in the server's hands
    page = visits.open(f"{serving.address}/classifier?input=mnist")
    page.locator(".stage .sum .head").wait_for()
    assert visits.complaints == []
    assert serving.stop() < 10
    assert "Traceback" not in serving.log.read_text(encoding="utf-8")
    visits.close()
    assert visits.elsewhere == []


def _ink(page):
    """Count the white pixels that a person sees on the pad."""
    picture = Image.open(io.BytesIO(page.screenshot(clip=pad(page))))
    return int(np.sum(np.asarray(picture.convert("L")) > 128))
