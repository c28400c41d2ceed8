"""Heavy work, one visitor after another: who waits sees how many are before.

What takes a moment is harmless alone and ruinous sixty at once. Here it is done in order of
arrival, so that light work goes on beside it; what was computed is remembered for a while, as a
class often asks the same. A visitor who goes on to something else leaves the line.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import streamlit as st
from numpy.typing import NDArray

from cnnviz.ui import turns

Result = TypeVar("Result")

# One picture of 40 megapixels takes up to 640 MB while it is read, and a container has 2 GB.
PLACES = 1
MOST_REMEMBERED = 32  # the largest are pictures of 940 KB
# Seconds between two looks at whether a waiting visitor has gone on to something else.
_LOOK = 0.1


class Line:
    """A waiting line: the first few work, the others wait in order of arrival.

    Parameters
    ----------
    places : int
        How many work at the same time.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._tickets: list[object] = []  # in order of arrival; the first `places` of them work
        self._moved = threading.Condition()

    @contextmanager
    def turn(self, tell: Callable[[int], None]) -> Iterator[None]:
        """Wait for a turn, and have it until the block ends, however it ends.

        Parameters
        ----------
        tell : callable
            Called with the number of those before, again and again while there is no turn yet. It
            may raise, which leaves the line.

        Examples
        --------
        >>> line = Line(places=1)
        >>> with line.turn(print):
        ...     len(line)
        1
        >>> len(line)
        0
        """
        ticket = object()
        with self._moved:
            self._tickets.append(ticket)
        try:
            while (before := self._before(ticket)) >= self._places:
                tell(before)
                self._wait_while(ticket, before)
            yield
        finally:
            with self._moved:
                self._tickets.remove(ticket)
                self._moved.notify_all()

    def __len__(self) -> int:
        """Return how many work or wait."""
        return len(self._tickets)

    def _before(self, ticket: object) -> int:
        with self._moved:
            return self._tickets.index(ticket)

    def _wait_while(self, ticket: object, before: int) -> None:
        with self._moved:
            self._moved.wait_for(lambda: self._tickets.index(ticket) != before, timeout=_LOOK)


class Memory:
    """What was computed last, by exact keys.

    Parameters
    ----------
    most : int
        What was not asked for longest is forgotten beyond this.

    Examples
    --------
    >>> memory = Memory(most=1)
    >>> memory.keep("two", 2)
    >>> memory.keep("three", 3)
    >>> memory.find("two"), memory.find("three")
    ((False, None), (True, 3))
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> tuple[bool, Any]:
        """Return whether there is a result for a key, and the result."""
        with self._lock:
            if key not in self._results:
                return False, None
            self._results.move_to_end(key)
            return True, self._results[key]

    def keep(self, key: Hashable, result: object) -> None:
        """Remember a result that nobody changes."""
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._most:
                self._results.popitem(last=False)


_line = Line(PLACES)
_memory = Memory(MOST_REMEMBERED)


def in_turn(work: Callable[[], Result], *, key: Hashable) -> Result:
    """Do heavy work when it is this visitor's turn, or return what it gave before.

    Not from a callback: what that draws replaces the first elements of the page. See
    `session.put_off`.

    Parameters
    ----------
    work : callable
        It takes nothing and shows nothing. What it returns is shared, so nobody may change it.
    key : hashable
        All that the result depends on.

    Returns
    -------
    object
        What `work` returned.
    """
    place = st.empty()  # always there, so that what follows keeps its place on the page
    found, result = _memory.find(key)
    if found:
        return cast(Result, result)
    # Light work goes on meanwhile: this run keeps nobody from a turn of the pages.
    with turns.runs.rest(), _line.turn(_Teller(place)):
        place.empty()
        found, result = _memory.find(key)  # someone before may have asked the same
        if not found:
            result = work()
            _memory.keep(key, result)
    return cast(Result, result)


def fingerprint(*arrays: NDArray[Any] | None) -> bytes:
    """Return 32 bytes that stand for arrays in a key.

    Examples
    --------
    >>> import numpy as np
    >>> fingerprint(np.zeros((2, 3))) == fingerprint(np.zeros((3, 2)))
    False
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(b"none" if array is None else f"{array.dtype}{array.shape}".encode())
        digest.update(b"" if array is None else array.tobytes())
    return digest.digest()


class _Teller:
    """Tell a visitor how many are before, and notice when the visitor has gone on."""

    def __init__(self, place: Any) -> None:
        self._place = place
        self._told = 0

    def __call__(self, before: int) -> None:
        if before != self._told:
            self._told = before
            visitors = "1 visitor" if before == 1 else f"{before} visitors"
            self._place.info(f"{visitors} before you. It starts by itself.")
        # Streamlit stops a run that is out of date where it looks into the session's state.
        st.session_state.get("page")
