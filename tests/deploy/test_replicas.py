"""Replicas that end: killed, it costs a reload that nginx gives to the other; stopped, seconds."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.pad import SEVEN, draw, pad
from tests.browser.server import free_port
from tests.browser.stage import Stage
from tests.deploy import nginx
from tests.deploy.replica import Replica, running
from tests.deploy.visits import Visits, settle


@pytest.fixture(scope="module")
def replicas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replicas")
    replicas = [Replica(folder / f"{name}.log") for name in ("one", "two")]
    with running(*replicas):
        yield replicas


@pytest.fixture
def school(replicas, needs_nginx):
    port = free_port()
    with nginx.in_front_of(*(replica.name for replica in replicas), port=port):
        yield f"http://127.0.0.1:{port}"


def test_a_killed_replica_costs_a_reload_and_not_the_work(school, replicas, visit):
    page = visit(f"{school}/convolution?input=draw&filters=1&pin=14_15_0")
    stage = Stage(page)
    draw(page)
    page.wait_for_url(re.compile("strokes=."))
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
