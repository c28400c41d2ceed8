"""What the visitors of a load test do: the lesson of a student, and the least there is to do."""

import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from tests.load.visit import Answer, Visit

# A student stays for so many actions, then goes on to the next page: by the menu or, once in many
# times, by a link, which is a visit of its own. That is a link in five minutes, as in TEACHING.md.
STAY, LINKS = 8, 25
# A lesson leads through all pages.
PAGES = ("", "lessons", "convolution", "pooling", "classifier")


@dataclass
class Action:
    """One thing that a visitor does, with a name for the table."""

    name: str
    do: Callable[[], Awaitable[Answer]]


@dataclass
class Student:
    """Someone who goes through the pages, does something on each, and begins again."""

    visit: Visit
    chance: random.Random
    pages: tuple[str, ...] = PAGES
    _strokes: list[dict[str, object]] = field(default_factory=list)
    _edited: int = 0

    def first_page(self) -> str:
        """Choose where this student begins."""
        return self.chance.choice(self.pages)

    def actions(self, page: str) -> Iterator[Action]:
        """Yield what to do next, without end, starting on a page."""
        at = self.pages.index(page)
        while True:
            for _ in range(self.chance.randint(1, STAY) if self.pages[at] else 1):
                yield self._on(self.pages[at])
            if len(self.pages) > 1:
                at = (at + 1) % len(self.pages)
                if self.chance.randrange(LINKS):
                    yield Action("page", lambda name=self.pages[at]: self._go(name))
                else:
                    yield Action("link", lambda name=self.pages[at]: self._follow(name))

    def _on(self, page: str) -> Action:
        if page == "lessons":
            return Action("lesson", self._learn)
        if page == "pooling":
            return self.chance.choices([self._pool(), self._pin(page)], [7, 3])[0]
        if page == "convolution":
            return self.chance.choices([self._slide(), self._edit(), self._pin(page)], [5, 3, 2])[0]
        if page == "classifier":
            return self.chance.choices([self._draw(), self._open()], [6, 4])[0]
        return Action("page", lambda: self._go("convolution"))

    async def _go(self, page: str) -> Answer:
        if page != "classifier":
            self._strokes = []
        return await self.visit.act(page=page)

    async def _follow(self, page: str) -> Answer:
        self._strokes = []
        return await self.visit.open(page)

    # ---- the lessons, and the pooling page -------------------------------------------------------

    async def _learn(self) -> Answer:
        """Go on to the next lesson, look at the answer, or ask for other numbers."""
        names = self.chance.sample(["after", "after", "reveal", "new", "before"], 5)
        there = [f"lessons:{name}" for name in names if f"lessons:{name}" in self.visit.keys]
        return await self.visit.act(self.visit.state(there[0], trigger_value=True))

    def _pool(self) -> Action:
        value = self.chance.randint(1, 4)
        return Action(
            "slider", lambda: self.visit.act(self.visit.slider("pooling:pool_size", value))
        )

    # ---- the convolution page --------------------------------------------------------------------

    def _slide(self) -> Action:
        name, most = self.chance.choice(
            [("filters", 8), ("kernel_size", 7), ("strides", 4), ("dilation_rate", 2)]
        )
        value = self.chance.randint(1, most)
        return Action(
            "slider", lambda: self.visit.act(self.visit.slider(f"convolution:{name}", value))
        )

    def _edit(self) -> Action:
        self._edited += 1
        edit = {
            "at": self._edited,
            "kind": "weight",
            "row": 0,
            "column": 0,
            "slice": 0,
            "filter": 0,
            "value": round(self.chance.uniform(-2, 2), 1),
        }
        return Action("weight", lambda: self._event("convolution.stage", "edits", [edit]))

    def _pin(self, page: str) -> Action:
        view = {"pin": [0, 0, 0], "scope": self.chance.choice(["layer", "map"])}
        return Action("pin", lambda: self._event(f"{page}.stage", "view", view))

    # ---- the classifier page ---------------------------------------------------------------------

    def _draw(self) -> Action:
        return Action("stroke", self.add_stroke)

    async def add_stroke(self) -> Answer:
        """Draw one line more; after four, begin a new drawing."""
        if len(self._strokes) == 4:
            self._strokes = []
        self._strokes.append(_scribble(self.chance))
        raw = {"version": "7.4.0", "objects": self._strokes, "background": "#000000"}
        # its key has numbers behind it: how often the pad was cleared, and the page opened
        key = next(key for key in self.visit.keys if key.startswith("classifier:canvas"))
        pad = self.visit.component(key, drawing={"raw": raw, "data": None}, backgroundFit=None)
        return await self.visit.act(pad)

    def _open(self) -> Action:
        choice = {
            "layer": self.chance.choice(["conv1", "relu1", "conv2", "relu2"]),
            "map": self.chance.randint(0, 7),
        }
        return Action("map", lambda: self._event("classifier.network", "choice", choice))

    async def _event(self, key: str, name: str, value: object) -> Answer:
        return await self.visit.act(self.visit.event(key, name, value))


def _scribble(chance: random.Random) -> dict[str, object]:
    """Draw one line through the middle of the pad, and write it as the pad's Fabric.js does."""
    x, y = chance.uniform(60, 220), chance.uniform(40, 120)
    path: list[list[object]] = [["M", x, y]]
    for _ in range(30):
        control = (x, y)
        x = min(230.0, max(50.0, x + chance.uniform(-6, 6)))
        y = min(240.0, y + chance.uniform(2, 6))
        path.append(["Q", *(round(value, 3) for value in (*control, x, y))])
    (left, top), (right, bottom) = (
        (pick(float(step[-2]) for step in path), pick(float(step[-1]) for step in path))
        for pick in (min, max)
    )
    return {
        "type": "Path",
        "version": "7.4.0",
        "path": path,
        "stroke": "#ffffff",
        "strokeWidth": 24,
        "fill": None,
        "originX": "center",
        "originY": "center",
        "left": (left + right) / 2,
        "top": (top + bottom) / 2,
        "width": right - left,
        "height": bottom - top,
        "scaleX": 1,
        "scaleY": 1,
        "angle": 0,
    }


@dataclass
class Idler:
    """Someone on the bare page, which has a slider and a text."""

    visit: Visit
    chance: random.Random

    def first_page(self) -> str:
        """Name the only page."""
        return ""

    def actions(self, _page: str) -> Iterator[Action]:
        """Yield steps of the slider, without end."""
        while True:
            yield Action("slider", self._slide)

    async def _slide(self) -> Answer:
        slider = self.visit.slider("None", self.chance.randint(1, 6))  # it was given no key
        return await self.visit.act(slider)
