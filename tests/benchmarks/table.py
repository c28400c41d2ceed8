"""The one table: what was measured, the limit, and by how much it is over."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

HEADINGS = ("what", "p50", "p95", "held", "limit", "")


@dataclass(frozen=True)
class Row:
    """One line of the table, in words."""

    what: str
    p50: str = ""
    p95: str = ""
    held: str = ""
    limit: str = ""
    verdict: str = ""


def percentiles(samples: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    p50, p95 = np.percentile(samples, [50, 95])
    return float(p50), float(p95)


def told(what: str, samples: Sequence[float], unit: str) -> Row:
    """Describe a figure that has no limit: what others are compared with."""
    return Row(what, *(_written(value, unit) for value in percentiles(samples)))


def held(what: str, samples: Sequence[float], unit: str, value: float, limit: float) -> Row:
    """Describe samples of which one figure, in the same unit, is held to a limit."""
    spread = (_written(sample, unit) for sample in percentiles(samples))
    return Row(what, *spread, _written(value, unit), _written(limit, unit), _verdict(value, limit))


def compared(what: str, ratio: float, limit: float) -> Row:
    """Describe a ratio that is held to a limit."""
    return Row(what, "", "", f"{ratio:.2f}x", f"{limit:g}x", _verdict(ratio, limit))


def decided(what: str, found: str, wanted: str, *, holds: bool) -> Row:
    """Describe a yes or no."""
    return Row(what, "", "", found, wanted, "ok" if holds else "over")


def print_table(rows: Sequence[Row]) -> None:
    """Print all lines in columns."""
    cells = [HEADINGS, *(astuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        what, *figures, verdict = (
            cell.ljust(width) if k in (0, 5) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join((what, *figures, verdict)).rstrip())


def _written(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"


def _verdict(value: float, limit: float) -> str:
    return "ok" if value <= limit else f"over by {value / limit - 1:.0%}"
