"""A slider step: until the new numbers are painted, what it costs the server, what it sends."""

import psutil
from playwright.sync_api import Browser, Page

from tests.benchmarks import table
from tests.benchmarks.browser import STAGE, page_of, timed, wait_for_text
from tests.browser.server import ROOT, serve

BLOCKS, STEPS, WARM_UP = 6, 10, 5
PAUSE = 300  # ms between steps: the server collects its garbage after it has answered
BARE = ROOT / "tests" / "benchmarks" / "bare"


class Slider:
    """A page with a slider from 1 to 6 that walks up and down, and a text that follows it."""

    def __init__(self, page: Page, server: int, label: str, path: list[str]) -> None:
        self.page = page
        self.server = psutil.Process(server)
        self.thumb = page.locator(f"input[type=range][aria-label='{label}']")
        self.path = path
        self.keys = ["ArrowRight"] * 5 + ["ArrowLeft"] * 5
        self.milliseconds: list[float] = []
        self.cpu: list[float] = []

    def step(self) -> float:
        """Press one key and return the milliseconds that it took."""
        self.keys.append(self.keys.pop(0))
        press = self.keys[-1]
        answer = timed(
            self.page,
            "keydown",
            self.path,
            lambda: self.page.keyboard.press(press),
            patience=30_000,
        )
        if answer is None:
            raise TimeoutError(f"{press} on the slider changed nothing")
        self.page.wait_for_timeout(PAUSE)
        return float(answer["milliseconds"])

    def block(self, steps: int) -> None:
        """Take some steps, and with them the server's CPU time for one."""
        self.page.bring_to_front()
        self.thumb.focus()
        before = self.server.cpu_times()
        self.milliseconds += [self.step() for _ in range(steps)]
        after = self.server.cpu_times()
        spent = after.user + after.system - before.user - before.system
        self.cpu.append(1000 * spent / steps)

    def forget(self) -> None:
        """Leave out what was measured so far."""
        self.milliseconds, self.cpu = [], []


def bare_slider(page: Page, address: str, server: int) -> Slider:
    """Open the bare page."""
    page.goto(address)
    path = ["[data-testid=stText]"]
    wait_for_text(page, path)
    return Slider(page, server, "slider", path)


def stage_slider(page: Page, address: str, server: int, query: str) -> Slider:
    """Open the convolution page: the words over its input follow dilation_rate."""
    page.goto(f"{address}/convolution?{query}")
    path = [STAGE, ".block.input .caption"]
    wait_for_text(page, path)
    return Slider(page, server, "dilation_rate", path)


def against_bare_page(browser: Browser) -> list[table.Row]:
    """Step both pages' sliders in turn, block by block."""
    with (
        serve() as ours,
        serve(BARE / "page.py", folder=BARE) as theirs,
        page_of(browser) as stage_page,
        page_of(browser) as bare_page,
    ):
        stage = stage_slider(stage_page, *ours, "input=sample&sample=digit&side=28&filters=4")
        bare = bare_slider(bare_page, *theirs)
        for slider in (stage, bare):
            slider.block(WARM_UP)
            slider.forget()
        for _ in range(BLOCKS):
            bare.block(STEPS)
            stage.block(STEPS)

    ratios = [
        ours / theirs
        for ours, theirs in zip(
            table.percentiles(stage.milliseconds),
            table.percentiles(bare.milliseconds),
            strict=True,
        )
    ]
    cost = sum(stage.cpu) / len(stage.cpu)
    return [
        table.told("slider to text, bare Streamlit page", bare.milliseconds, "ms"),
        table.told("slider to stage, 28x28, 4 filters", stage.milliseconds, "ms"),
        table.compared("  against the bare page, p50", ratios[0], 1.25),
        table.compared("  against the bare page, p95", ratios[1], 2),
        table.told("server CPU a rerun, bare page (over blocks)", bare.cpu, "ms"),
        table.held("server CPU a rerun, 28x28, 4 filters (mean)", stage.cpu, "ms", cost, 30),
    ]


def sent_to_browser(browser: Browser) -> list[table.Row]:
    """Count the bytes of every WebSocket frame that one slider step brings."""
    rows = []
    for what, query, limit in (
        ("sent for a rerun, the page as it opens", "", 150),
        (
            "sent for a rerun, 128x128x3 to 16 maps",
            "input=sample&sample=balloons&side=128&colour=rgb&filters=16&kernel_size=5",
            1_500,
        ),
    ):
        with serve() as server, page_of(browser) as page:
            sizes: list[int] = []
            page.on(
                "websocket",
                lambda socket, sizes=sizes: socket.on(
                    "framereceived", lambda frame: sizes.append(len(frame))
                ),
            )
            slider = stage_slider(page, *server, query)
            slider.block(2)
            sums = []
            for _ in range(5):
                sizes.clear()
                slider.step()
                sums.append(sum(sizes) / 1000)
        rows.append(table.held(f"{what} (largest)", sums, "KB", max(sums), limit))
    return rows
