"""What a visit keeps in the server's memory: while it is there, gone, and forgotten."""

import asyncio
import random
from contextlib import AsyncExitStack

from tests.load import servers
from tests.load.students import Student
from tests.load.visit import Visit

KEPT = 10  # seconds that the server keeps a visit whose tab was closed
FORGOTTEN = 60 + 2 * KEPT  # seconds after which it has let go of it, at the latest
ACTIONS = 20


async def of_visits(count: int) -> dict[str, float]:
    """Let a number of students do something on every page, then leave; return megabytes."""
    with servers.app("--server.disconnectedSessionTTL", str(KEPT)) as running:
        await _attend(running, 3)  # what the first visits bring about stays, and is not theirs
        await asyncio.sleep(FORGOTTEN)
        before = running.megabytes()
        with_all = await _attend(running, count)
        just_left = running.megabytes()
        await asyncio.sleep(FORGOTTEN)
        after = running.megabytes()
        await _attend(running, count)
        await asyncio.sleep(FORGOTTEN)
        again = running.megabytes()
    return {
        "before anybody came": before,
        f"with {count} visits of {ACTIONS} actions each": with_all,
        "for each visit": (with_all - before) / count,
        "when all had just left": just_left,
        f"{FORGOTTEN} s after they left, forgotten after {KEPT} s": after,
        "after as many came and left again": again,
    }


async def _attend(running: servers.Servers, count: int) -> float:
    """Return the memory while all visits are there."""
    async with AsyncExitStack() as stack:
        visits = [await stack.enter_async_context(Visit(running.address)) for _ in range(count)]
        for k, visit in enumerate(visits):
            student = Student(visit, random.Random(k))
            await visit.open()
            actions = student.actions("")
            for _ in range(ACTIONS):
                answer = await next(actions).do()
                await visit.fetch_pictures(answer)
        return running.megabytes()
