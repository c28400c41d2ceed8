"""`python -m tests.load` measures how a server bears a class, and holds it to its limits."""

import argparse
import asyncio
import functools
import gc
import sys

import numpy as np

from tests.benchmarks import table
from tests.load import memory, servers
from tests.load.classroom import Lesson, hold
from tests.load.students import PAGES, Idler, Student

HEADINGS = (
    *("server", "visitors", "opening p95", "p50", "p95", "p99", "errors", "actions/s"),
    *("CPU an action", "CPU busy", "sent an action", "memory", "generator's CPU"),
)
# What is promised: for so many visitors to a process, in a lesson that goes through the pages,
# milliseconds until 95 % of the answers are there (alone, and in replicas that share the processors
# with nginx and with the visitors); and the memory of a process.
SEATS, P95, P95_OF_REPLICAS, MEGABYTES = 60, 400.0, 1_000.0, 1_200.0
# And of a long lesson: that memory stays as it is, from the fifth tenth of the time to the last.
LONG, FLAT = 300, 1.03
CPU = {"convolution": 25.0, "classifier": 40.0}  # milliseconds an action, by page
FOR_CPU = 60  # seconds that are long enough to tell that


def main() -> None:
    """Measure what the command line asks for."""
    given = _arguments()
    gc.freeze()
    if given.visits:
        print(_line(("memory of the server, MB", "")), _line(("---", "---:")), sep="\n")
        for name, megabytes in asyncio.run(memory.of_visits(given.visits)).items():
            print(_line((name, f"{megabytes:.1f}")))
        return
    print(_line(HEADINGS), _line(["---"] + ["---:"] * (len(HEADINGS) - 1)), sep="\n", flush=True)
    kinds: dict[str, list[float]] = {}
    limits: list[table.Row] = []
    for visitors, page in _classes(given):
        pages = PAGES if page == "lesson" else (page,)
        seconds = given.seconds if page == given.page else min(given.seconds, FOR_CPU)
        for name, server, kind in (
            ("bare page", servers.bare_page, Idler),
            (
                _named(page, given.replicas),
                functools.partial(servers.app, replicas=given.replicas),
                functools.partial(Student, pages=pages),
            ),
        ):
            if name == "bare page" and not (given.bare and page == given.page):
                continue
            with server() as running:
                lesson = asyncio.run(hold(running, kind, visitors=visitors, seconds=seconds))
            print(_row(name, visitors, lesson), flush=True)
            if seconds >= LONG:
                each = " ".join(f"{value:.0f}" for value in lesson.megabytes[::60])
                print(f"  memory by minute, MB: {each}", file=sys.stderr)
            for words in dict.fromkeys(lesson.errors):
                print(f"  error: {words}", file=sys.stderr)
            errors = str(len(lesson.errors))
            what = f"{name}, {visitors} visitors: errors"
            limits.append(table.decided(what, errors, "0", holds=not lesson.errors))
            if name != "bare page":
                kinds = lesson.seconds if page == given.page else kinds
                limits += _held(given, visitors, page, lesson)
    print(f"\nBy action, {given.visitors[-1]} visitors:\n")
    print(_line(("action", "count", "p50", "p95", "p99")), _line(["---"] + ["---:"] * 4), sep="\n")
    for action, seconds in sorted(kinds.items()):
        print(_line((action, str(len(seconds)), *_milliseconds(seconds))))
    print()
    table.print_table(limits)
    sys.exit(any(row.verdict != "ok" for row in limits))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 10, 30, 60, 120])
    parser.add_argument("--seconds", type=float, default=120, help="for each number of visitors")
    parser.add_argument("--replicas", type=int, default=1, help="more than one: behind nginx")
    parser.add_argument("--page", default="lesson", help="convolution or classifier: only that")
    parser.add_argument("--no-bare", dest="bare", action="store_false", help="only cnnviz")
    parser.add_argument("--visits", type=int, help="only what so many visits keep in memory")
    return parser.parse_args()


def _classes(given: argparse.Namespace) -> list[tuple[int, str]]:
    """List how many come to what: to a lesson, and for the CPU of each page to that alone."""
    classes = [(visitors, given.page) for visitors in given.visitors]
    held = [visitors for visitors in given.visitors if visitors <= SEATS]
    if given.page == "lesson" and given.replicas == 1 and held:
        classes += [(max(held), page) for page in CPU]
    return classes


def _named(page: str, replicas: int) -> str:
    what = "cnnviz" if page == "lesson" else f"cnnviz, {page}"
    return what if replicas == 1 else f"{what}, {replicas} replicas"


def _row(name: str, visitors: int, lesson: Lesson) -> str:
    seconds = lesson.all_seconds
    first, last = lesson.megabytes[0], lesson.megabytes[-1]
    return _line(
        (
            name,
            str(visitors),
            _milliseconds(lesson.opening)[1],
            *_milliseconds(seconds),
            str(len(lesson.errors)),
            f"{len(seconds) / lesson.lasted:.1f}",
            f"{lesson.cpu_an_action:.1f} ms",
            " + ".join(f"{used / lesson.lasted:.0%}" for used in lesson.cpu_seconds),
            f"{np.mean(lesson.sizes or [0]) / 1000:.0f} KB",
            f"{first:.0f} to {last:.0f}, at most {max(lesson.megabytes):.0f} MB",
            f"{lesson.own_cpu_seconds / lesson.lasted:.0%}",
        )
    )


def _held(given: argparse.Namespace, visitors: int, page: str, lesson: Lesson) -> list[table.Row]:
    """Hold what was measured to what is promised of it."""
    if visitors > SEATS * given.replicas:
        return []  # more than anything is promised for
    who = f"{visitors} visitors"
    most = max(lesson.megabytes)
    rows = [table.held(f"{who}: memory", lesson.megabytes, "MB", most, MEGABYTES)]
    if page == "lesson":
        times = [1000 * seconds for seconds in lesson.all_seconds]
        _, p95 = table.percentiles(times)
        limit = P95 if given.replicas == 1 else P95_OF_REPLICAS
        rows.append(table.held(f"{who}: an answer", times, "ms", p95, limit))
    if lesson.lasted >= LONG:
        tenths = [float(np.mean(part)) for part in np.array_split(lesson.megabytes, 10)]
        rows.append(table.compared(f"{who}: memory, last to middle", tenths[9] / tenths[4], FLAT))
    if page in CPU:
        used, what = lesson.cpu_an_action, f"{who}: CPU an action, {page}"
        rows.append(table.held(what, [used], "ms", used, CPU[page]))
    return rows


def _milliseconds(seconds: list[float]) -> list[str]:
    return [f"{1000 * value:.0f} ms" for value in np.percentile(seconds or [np.nan], [50, 95, 99])]


def _line(cells: "tuple[str, ...] | list[str]") -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
