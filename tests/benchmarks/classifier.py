"""A stroke on the pad: until the new answer and every layer are painted; memory; accuracy."""

import os
import time

import numpy as np
import psutil
from playwright.sync_api import Browser, Page

from cnnviz import classifier, mnist, robustness
from cnnviz.digits import prepare
from cnnviz.distortions import on_canvas
from tests.benchmarks import table
from tests.benchmarks.browser import STAGE, page_of, timed, wait_for_text
from tests.benchmarks.slider import BARE, PAUSE, WARM_UP, bare_slider
from tests.browser.pad import pad
from tests.browser.server import serve

# The numbers of the softmax, in the component that shows every layer.
ANSWER = [f"[data-testid=stMain] {STAGE}", ".layer:last-of-type .numbers"]
DRAWINGS, STROKES = 12, 5


def stroke(page: Page, k: int) -> float:
    """Draw the k-th short line and return the milliseconds from its end to the new pictures."""
    box = pad(page)
    x, y = box["x"] + 40 + 19 * k % 200, box["y"] + 40 + 31 * k % 200

    def draw() -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 12, y + 18, steps=4)
        page.mouse.up()

    answer = timed(page, "pointerup", ANSWER, draw, patience=30_000)
    if answer is None:
        raise TimeoutError("a stroke changed nothing")
    page.wait_for_timeout(PAUSE)
    return float(answer["milliseconds"])


def stroke_against_bare_page(browser: Browser) -> list[table.Row]:
    """Draw strokes and step the bare page's slider in turn, block by block."""
    with (
        serve() as (address, server),
        serve(BARE / "page.py", folder=BARE) as theirs,
        page_of(browser) as page,
        page_of(browser) as bare_page,
    ):
        bare = bare_slider(bare_page, *theirs)
        bare.block(WARM_UP)
        bare.forget()
        milliseconds: list[float] = []
        process = psutil.Process(server)
        spent = 0.0
        for _ in range(DRAWINGS):
            bare.block(STROKES)
            # A digit has a few strokes: each block begins with the page's own seven.
            page.bring_to_front()
            page.goto(f"{address}/classifier")
            wait_for_text(page, ANSWER)
            stroke(page, STROKES)
            before = process.cpu_times()
            milliseconds += [stroke(page, k) for k in range(STROKES)]
            after = process.cpu_times()
            spent += after.user + after.system - before.user - before.system
        memory = process.memory_info().rss / 1e6
    ratio = table.percentiles(milliseconds)[0] / table.percentiles(bare.milliseconds)[0]
    return [
        table.told("stroke to answer and layers, before the bars", milliseconds, "ms"),
        table.compared("  against the bare page's slider, p50", ratio, 1.5),
        table.held(
            "server CPU a stroke (mean)",
            [1000 * spent / len(milliseconds)],
            "ms",
            1000 * spent / len(milliseconds),
            40,
        ),
        table.told("memory of the server, one visitor", [memory], "MB"),
    ]


def answers() -> list[table.Row]:
    """Time one picture through the network, and count how many it reads under each condition."""
    network = classifier.load()
    network.warm_up()
    data = mnist.load()
    milliseconds = []
    for index in range(200):
        image = data.test_image(index)
        started = time.perf_counter()
        network.predict(image)
        milliseconds.append(1000 * (time.perf_counter() - started))
    p50, _ = table.percentiles(milliseconds)
    preparing = []
    for index in range(200):
        canvas = on_canvas(data.test_image(index))
        started = time.perf_counter()
        prepare(canvas)
        preparing.append(1000 * (time.perf_counter() - started))
    answers = network.predict_many(data.x_test / np.float32(255)).argmax(axis=1)
    correct = np.mean(answers == data.y_test)
    return [
        table.held("probabilities and all activations", milliseconds, "ms", p50, 5),
        table.held("digits.prepare, 280x280", preparing, "ms", table.percentiles(preparing)[0], 5),
        table.decided(
            "MNIST's test digits, measured now",
            f"{100 * correct:.2f} %",
            "99.6 %",
            holds=bool(correct >= 0.996),
        ),
        *(under(condition, data, network) for condition in robustness.CONDITIONS),
    ]


def under(condition: str, data: mnist.Mnist, network: classifier.Classifier) -> table.Row:
    """Change all test digits on the canvas as people do, and count what is still read."""
    pictures = robustness.prepared(condition, data.x_test, workers=os.cpu_count() or 1)
    share = float(np.mean(network.predict_many(pictures).argmax(axis=1) == data.y_test))
    return table.decided(f"  {condition}", f"{100 * share:.2f} %", "98 %", holds=share >= 0.98)
