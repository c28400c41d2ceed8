"""Words and numbers on their way to the page."""

import re
from collections.abc import Iterable

from cnnviz.ui.show import paragraph

_SPACE = "\N{NO-BREAK SPACE}"
# A size, a shape, a fraction: none reads well when a line ends inside it.
_TOGETHER = re.compile(r"[0-9]+(?: × [0-9]+)+|\([0-9]+(?:, [0-9]+)*,?\)|\([^()]{1,9}\) / [0-9A-Z]+")


def unbroken(text: str) -> str:
    r"""Return a text whose sizes and shapes stay on one line.

    Examples
    --------
    >>> unbroken("makes 2 × 3 of (1, 2)").count("\xa0")
    3
    """
    return _TOGETHER.sub(lambda found: found[0].replace(" ", _SPACE), text)


def lines_as_html(lines: Iterable[str]) -> str:
    """Write lines of arithmetic as HTML."""
    return "".join(paragraph(unbroken(line)) for line in lines)
