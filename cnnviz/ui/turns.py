"""Runs of pages take turns, so that a class is answered in order of arrival.

Python executes one thread at a time. Were the runs of sixty visitors under way together, each would
get a sixtieth of it, and everybody would wait about as long as the last one. One after another,
half of them are done in half of that time.

Layer: ui, below the pages. `server.adapt` puts every run in here.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

# A second one would only take the interpreter from the first, and from the thread that talks to
# the browsers: with 30 visitors it makes an action a seventh dearer, and the slowest wait longer.
PLACES = 1


class Turns:
    """A few threads work, the others wait in order of arrival.

    Parameters
    ----------
    places : int
        How many work at the same time.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()
        self._here = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it until the block ends; a thread that has one keeps it.

        Examples
        --------
        >>> turns = Turns(places=1)
        >>> with turns.turn(), turns.rest(), turns.turn():
        ...     print("while one rests, another has the turn")
        while one rests, another has the turn
        """
        if getattr(self._here, "has_turn", False):
            yield
            return
        self._take()
        self._here.has_turn = True
        try:
            yield
        finally:
            self._here.has_turn = False
            self._give()

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Let others have this thread's turn for the block, and come back as the last in line.

        A thread that has no turn goes on without one.
        """
        if not getattr(self._here, "has_turn", False):
            yield
            return
        self._here.has_turn = False
        self._give()
        try:
            yield
        finally:
            self._take()
            self._here.has_turn = True

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return len(self._waiting)

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()  # whoever gives a turn back hands it on

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


runs = Turns(PLACES)
