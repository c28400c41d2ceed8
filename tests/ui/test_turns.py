"""Turns are had in order of arrival, never by more than there are places, and given back."""

import threading
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from cnnviz.ui import digit, queue, show, turns, warmup
from cnnviz.ui.turns import Turns


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 5 s")


class Visitor(threading.Thread):
    """Has a turn until it is told to end it."""

    def __init__(self, turns: Turns, *, rests: bool = False) -> None:
        super().__init__(daemon=True)
        self._turns, self._rests = turns, rests
        self.has_turn = False
        self.end = threading.Event()
        self.at_rest = threading.Event()
        self.back = threading.Event()
        self.start()

    def run(self) -> None:
        with self._turns.turn():
            self.has_turn = True
            if self._rests:
                with self._turns.rest():
                    self.has_turn = False
                    self.at_rest.set()
                    self.back.wait(60)
                self.has_turn = True
            self.end.wait(60)
            self.has_turn = False


def arrive(turns: Turns, count: int) -> list[Visitor]:
    visitors = []
    for _ in range(count):
        before = turns.waiting
        visitor = Visitor(turns)
        until(lambda visitor=visitor, before=before: visitor.has_turn or turns.waiting > before)
        visitors.append(visitor)
    return visitors


@pytest.mark.parametrize("places", [1, 2, 3])
def test_turns_are_had_in_order_of_arrival(places):
    turns = Turns(places)
    visitors = arrive(turns, 6)
    for done in range(6):
        until(lambda done=done: all(one.has_turn for one in visitors[done : done + places]))
        assert not any(one.has_turn for one in visitors[done + places :])
        visitors[done].end.set()
        visitors[done].join(5)


def test_who_rests_lets_another_one_go_on_and_comes_back_last():
    turns = Turns(1)
    resting = Visitor(turns, rests=True)
    assert resting.at_rest.wait(5)
    first, second = arrive(turns, 2)
    until(lambda: first.has_turn)
    resting.back.set()
    until(lambda: turns.waiting == 2)
    first.end.set()
    until(lambda: second.has_turn)
    assert not resting.has_turn
    second.end.set()
    until(lambda: resting.has_turn)
    resting.end.set()


def test_a_turn_is_given_back_by_what_fails_at_work_or_at_rest():
    turns = Turns(1)
    with pytest.raises(ValueError, match="work"), turns.turn():
        raise ValueError("work")
    with pytest.raises(ValueError, match="rest"), turns.turn(), turns.rest():
        raise ValueError("rest")
    (visitor,) = arrive(turns, 1)
    assert visitor.has_turn
    visitor.end.set()


def test_who_has_a_turn_needs_no_second_one():
    turns = Turns(1)
    with turns.turn(), turns.turn():
        pass
    first, second = arrive(turns, 2)
    assert (first.has_turn, second.has_turn) == (True, False)
    first.end.set()
    second.end.set()


def test_who_has_no_turn_rests_without_one():
    turns = Turns(1)
    with turns.rest():
        pass
    first, second = arrive(turns, 2)
    assert (first.has_turn, second.has_turn) == (True, False)
    first.end.set()
    second.end.set()


@pytest.fixture
def meanwhile(monkeypatch):
    """Return what waits until somebody else has had a turn, and notes that it did."""
    runs = Turns(1)
    monkeypatch.setattr(turns, "runs", runs)
    noted = []

    def act(*_):
        (visitor,) = arrive(runs, 1)
        until(lambda: visitor.has_turn)
        visitor.end.set()
        noted.append("somebody else had a turn")
        return [3]

    with runs.turn():
        yield act
    assert noted


def test_others_go_on_while_a_browser_paints(meanwhile, monkeypatch):
    monkeypatch.setattr(show, "time", SimpleNamespace(sleep=meanwhile))
    show.let_it_be_painted()


@pytest.mark.parametrize(
    ("waiting", "pause"),
    [(0, show.TO_PAINT), (3, show.TO_PAINT - 3 * show.A_TURN), (8, 0), (60, 0)],
)
def test_the_turns_of_those_who_wait_are_a_part_of_the_pause(monkeypatch, waiting, pause):
    slept = []
    monkeypatch.setattr(turns, "runs", SimpleNamespace(rest=nullcontext, waiting=waiting))
    monkeypatch.setattr(show, "time", SimpleNamespace(sleep=slept.append))
    show.let_it_be_painted()
    assert slept == [pytest.approx(pause)]


def test_others_go_on_while_tensorflow_starts(meanwhile, monkeypatch):
    monkeypatch.setattr(warmup, "_ready", threading.Event())
    monkeypatch.setattr(warmup.compute, "warm_up", meanwhile)
    warmup.wait_for_tensorflow()


def test_others_go_on_while_the_network_is_loaded(meanwhile, monkeypatch):
    monkeypatch.setattr(warmup, "_network_ready", threading.Event())
    waits = iter((meanwhile, lambda: "the network"))

    def load():
        wait = next(waits)
        return wait()

    monkeypatch.setattr(warmup.classifier, "load", load)
    assert warmup.load_network() == "the network"


def test_others_go_on_while_one_does_heavy_work(meanwhile):
    assert queue.in_turn(meanwhile, key=object()) == [3]


def test_others_go_on_while_misread_digits_are_looked_for(meanwhile, monkeypatch):
    changes = {}
    session = SimpleNamespace(
        current=lambda _page: SimpleNamespace(index=1),
        reset=lambda _page, **new: changes.update(new),
    )
    monkeypatch.setattr(digit, "session", session)
    monkeypatch.setattr(digit.classifier, "next_mistake", lambda _: meanwhile()[0])
    digit._go_to_mistake("classifier")
    assert changes == {"index": 3}
