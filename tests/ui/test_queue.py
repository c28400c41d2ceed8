"""Heavy work is done one after another, in order, and whoever goes away holds nobody up."""

import asyncio
import random
import threading
import time
from contextlib import AsyncExitStack

import pytest

from cnnviz.ui.queue import PLACES, Line, Memory
from tests.browser.server import ROOT, serve
from tests.load.visit import Visit, played


def until(holds):
    """Wait until something holds."""
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise TimeoutError


def waiting(line, count):
    """Wait until so many work or wait."""
    until(lambda: len(line) == count)


class Visitor(threading.Thread):
    """Someone who takes a turn, and holds it until told."""

    def __init__(self, line, *, tell=None, work=lambda: None):
        super().__init__(daemon=True)
        self.line = line
        self.told = []
        self.go_on = threading.Event()
        self.at_work = threading.Event()
        self.error = None
        self._tell = tell or (lambda before: None)
        self._work = work
        self.start()

    def run(self):
        def tell(before):
            self.told.append(before)
            self._tell(before)

        try:
            with self.line.turn(tell):
                self.at_work.set()
                self._work()
                self.go_on.wait(10)
        except ZeroDivisionError as error:
            self.error = error


@pytest.fixture
def line():
    return Line(places=1)


def arrivals(line, count, **options):
    visitors = []
    for k in range(count):
        visitors.append(Visitor(line, **options))
        waiting(line, k + 1)
    return visitors


def test_visitors_work_in_order_of_arrival(line):
    visitors = arrivals(line, 5)
    for k, visitor in enumerate(visitors):
        assert visitor.at_work.wait(5)
        assert not any(later.at_work.is_set() for later in visitors[k + 1 :])
        visitor.go_on.set()
        visitor.join(5)
    waiting(line, 0)


def test_each_is_told_how_many_are_before_and_sees_it_fall(line):
    visitors = arrivals(line, 4)
    last = visitors[-1]
    for visitor, before in zip(visitors[:-1], [3, 2, 1], strict=True):
        assert visitor.at_work.wait(5)
        until(lambda before=before: last.told[-1:] == [before])
        visitor.go_on.set()
    last.go_on.set()
    last.join(5)
    assert sorted(set(last.told), reverse=True) == [3, 2, 1]
    assert last.told == sorted(last.told, reverse=True)
    assert visitors[0].told == []


def test_as_many_work_at_once_as_there_are_places():
    line = Line(places=2)
    first, second, third = arrivals(line, 3)
    assert first.at_work.wait(5)
    assert second.at_work.wait(5)
    assert not third.at_work.wait(0.3)
    second.go_on.set()
    assert third.at_work.wait(5)
    first.go_on.set()
    third.go_on.set()
    waiting(line, 0)


def test_who_goes_away_while_waiting_leaves_the_line(line):
    first = Visitor(line)
    waiting(line, 1)
    gone = threading.Event()

    def leave(_before):
        if gone.is_set():
            raise ZeroDivisionError

    second = Visitor(line, tell=leave)
    waiting(line, 2)
    third = Visitor(line)
    waiting(line, 3)
    gone.set()
    waiting(line, 2)
    second.join(5)
    assert isinstance(second.error, ZeroDivisionError)
    first.go_on.set()
    assert third.at_work.wait(5)
    third.go_on.set()


def test_work_that_fails_gives_its_place_to_the_next(line):
    first = Visitor(line, work=lambda: 1 / 0)
    first.join(5)
    assert isinstance(first.error, ZeroDivisionError)
    second = Visitor(line)
    assert second.at_work.wait(5)
    second.go_on.set()


def test_sixty_who_come_fail_and_go_at_random_never_block_each_other():
    line = Line(places=2)
    chance = random.Random(4)
    at_work, most = [], []

    def work():
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.003)
        at_work.pop()
        if chance.random() < 0.3:
            raise ZeroDivisionError

    def tell(_before):
        if chance.random() < 0.1:
            raise ZeroDivisionError

    visitors = [Visitor(line, tell=tell, work=work) for _ in range(60)]
    for visitor in visitors:
        visitor.go_on.set()
    for visitor in visitors:
        visitor.join(10)
    assert not any(visitor.is_alive() for visitor in visitors)
    assert len(line) == 0
    assert max(most) == 2


def test_a_memory_forgets_what_was_not_asked_for_longest():
    memory = Memory(most=2)
    memory.keep("one", 1)
    memory.keep("two", 2)
    memory.find("one")
    memory.keep("three", 3)
    assert [memory.find(key)[0] for key in ("one", "two", "three")] == [True, False, True]


# ---- in a page, over the wire --------------------------------------------------------------------

PAGE = """
import sys, time
import streamlit as st

sys.path.insert(0, {root!r})
from cnnviz.ui.queue import in_turn

asked = st.slider("asked", 0, 99, key="asked")

def work():
    time.sleep(1.5)
    return asked

if asked:
    st.markdown("result %d" % in_turn(work, key=asked))
else:
    st.markdown("light")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.py").write_text(PAGE.format(root=str(ROOT)), encoding="utf-8")
    with serve(folder / "page.py", folder=folder) as (address, _):
        yield address


def visiting(address, count, script):
    """Let so many visitors open the page, and run a coroutine with them."""

    async def run():
        async with AsyncExitStack() as stack:
            visits = [await stack.enter_async_context(Visit(address)) for _ in range(count)]
            for visit in visits:
                await visit.open()
            return await script(*visits)

    return played(run())


def asking(visit, number):
    return asyncio.create_task(visit.act(visit.slider("asked", number)))


def told(answer):
    return [shown.body for shown in answer.of("alert")]


def test_a_visitor_in_the_line_sees_how_many_are_before_and_then_the_result(address):
    async def script(*visits):
        answers = []
        for k, visit in enumerate(visits):
            answers.append(asking(visit, 10 + k))
            await asyncio.sleep(0.2)
        return await asyncio.gather(*answers)

    *first, last = visiting(address, PLACES + 1, script)
    assert [told(answer) for answer in first] == [[]] * PLACES
    visitors = "1 visitor" if PLACES == 1 else f"{PLACES} visitors"
    assert told(last) == [f"{visitors} before you. It starts by itself."]
    assert last.texts()[-1] == f"result {10 + PLACES}"


def test_a_visitor_who_goes_on_leaves_the_line_and_is_answered_at_once(address):
    async def script(*visits):
        *first, second, third = visits
        answers = [asking(visit, 20 + k) for k, visit in enumerate(first)]
        await asyncio.sleep(0.3)
        await second.send(second.slider("asked", 40))
        await asyncio.sleep(0.3)
        light = await second.act(second.slider("asked", 0))
        after = await asking(third, 41)
        await asyncio.gather(*answers)
        return light, after

    light, after = visiting(address, PLACES + 2, script)
    assert light.texts()[-1] == "light"
    assert light.seconds < 0.6  # work takes 1.5
    assert after.texts()[-1] == "result 41"
    assert after.seconds < 3.5  # the rest of the first one's work and its own, not a third


def test_what_one_visitor_asked_another_is_told_without_work(address):
    async def script(one, other):
        return await asking(one, 50), await asking(other, 50)

    one, other = visiting(address, 2, script)
    assert one.seconds > 1.5
    assert other.texts()[-1] == "result 50"
    assert other.seconds < 1
