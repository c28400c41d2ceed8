"""Let a class visit a server, and note how long each action took."""

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.load.servers import Servers
from tests.load.students import Action, Idler, Student
from tests.load.visit import Visit, VisitError

PAUSE, JITTER = 2.0, 0.5  # seconds from one action to the next, and how far that may differ
ARRIVAL = 5.0  # seconds in which the whole class opens the link

Who = Callable[[Visit, random.Random], Student | Idler]


@dataclass
class Lesson:
    """What was measured while a class was there.

    Attributes
    ----------
    opening : list of float
        Seconds from opening the link to the first whole page, one for each visitor.
    seconds : dict of str to list of float
        By the name of an action: how long each took, measured after all had arrived.
    sizes : list of int
        Bytes that each action brought over the WebSocket.
    errors : list of str
        What went wrong, in words.
    megabytes : list of float
        Memory of the largest server process, once a second.
    cpu_seconds : tuple of float
        Processor time that each server process used while the class acted.
    """

    opening: list[float] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    cpu_seconds: tuple[float, ...] = ()
    own_cpu_seconds: float = 0.0
    lasted: float = 0.0

    @property
    def all_seconds(self) -> list[float]:
        """Return the times of all actions; not a number where there was none."""
        return [value for values in self.seconds.values() for value in values] or [math.nan]

    @property
    def cpu_an_action(self) -> float:
        """Return the milliseconds that all server processes together used for an action."""
        return 1000 * sum(self.cpu_seconds) / len(self.all_seconds)


async def hold(
    servers: Servers, who: Who, *, visitors: int, seconds: float, seed: int = 5
) -> Lesson:
    """Let visitors arrive, and then act for some seconds, each about every two.

    A visitor acts two seconds (give or take) after the action before, or as soon as that is
    answered: where a server is too slow for the class, it shows in the actions a second.
    """
    return await _Classroom(servers, who).hold(visitors, seconds, seed)


class _Classroom:
    def __init__(self, servers: Servers, who: Who) -> None:
        self.servers = servers
        self.who = who
        self.lesson = Lesson()
        self.arrived = 0  # or failed to
        self.begins = asyncio.Event()
        self.ends = asyncio.Event()

    async def hold(self, visitors: int, seconds: float, seed: int) -> Lesson:
        await self._warm_up()
        lesson = self.lesson
        watch = asyncio.create_task(self._watch_memory())
        spread = min(ARRIVAL, visitors / 6)
        attending = [
            asyncio.create_task(self._attend(k, spread * k / visitors, random.Random(seed + k)))
            for k in range(visitors)
        ]
        while self.arrived < visitors:
            await asyncio.sleep(0.05)
        cpu, own = self.servers.cpu_seconds(), time.process_time()
        started = time.perf_counter()
        self.begins.set()
        await asyncio.sleep(seconds)
        used = zip(self.servers.cpu_seconds(), cpu, strict=True)
        lesson.cpu_seconds = tuple(after - before for after, before in used)
        lesson.own_cpu_seconds = time.process_time() - own
        lesson.lasted = time.perf_counter() - started
        self.ends.set()
        await asyncio.gather(*attending)
        watch.cancel()
        return lesson

    async def _warm_up(self) -> None:
        """Open every page once, at every replica, and wait for what is loaded in the background."""
        for _ in range(4 * len(self.servers.processes)):
            async with Visit(self.servers.address) as visit:
                await visit.open()
                for page in visit.pages:
                    await visit.act(page=page)
        await asyncio.sleep(3)

    async def _attend(self, place: int, delay: float, chance: random.Random) -> None:
        await asyncio.sleep(delay)
        try:
            async with Visit(self.servers.address) as visit:
                visitor = self.who(visit, chance)
                page = visitor.first_page()
                try:
                    await self._open(visit, page)
                finally:
                    self.arrived += 1
                await self.begins.wait()
                await asyncio.sleep(chance.uniform(0, PAUSE))
                for action in visitor.actions(page):
                    if self.ends.is_set():
                        return
                    due = time.perf_counter() + PAUSE + chance.uniform(-JITTER, JITTER)
                    await self._do(visit, action)
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
        except (VisitError, OSError, TimeoutError) as error:
            self.lesson.errors.append(f"visitor {place}: {type(error).__name__} {error}")

    async def _open(self, visit: Visit, page: str) -> None:
        started = time.perf_counter()
        answer = await visit.open(page)
        await visit.fetch_pictures(answer)
        self.lesson.errors += answer.exceptions
        self.lesson.opening.append(time.perf_counter() - started)

    async def _do(self, visit: Visit, action: Action) -> None:
        answer = await action.do()
        await visit.fetch_pictures(answer)
        self.lesson.errors += [f"{action.name}: {words}" for words in answer.exceptions]
        if not self.ends.is_set():
            self.lesson.seconds.setdefault(action.name, []).append(answer.seconds)
            self.lesson.sizes.append(answer.size)

    async def _watch_memory(self) -> None:
        while True:
            self.lesson.megabytes.append(self.servers.megabytes())
            await asyncio.sleep(1)
