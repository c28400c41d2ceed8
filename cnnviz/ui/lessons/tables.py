"""Small tables of numbers as HTML. What goes in is the project's own: numbers and its own words."""

import base64
import html
from collections.abc import Sequence

from cnnviz.encoding import png
from cnnviz.lessons.lesson import Digits, Matrix, Patch
from cnnviz.lessons.written import plain


def matrices(given: Sequence[Matrix]) -> str:
    """Write matrices beside each other, rows and columns counted from 0."""
    return f'<div class="matrices">{"".join(map(_matrix, given))}</div>'


def _matrix(given: Matrix) -> str:
    rows = [[plain(value) for value in row] for row in given.values]
    return _table(html.escape(given.label), rows, range(len(rows)), range(len(rows[0])))


def _table(
    caption: str,
    rows: Sequence[Sequence[str]],
    row_names: Sequence[int],
    column_names: Sequence[int],
    styles: Sequence[Sequence[str]] | None = None,
) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in column_names)
    body = "".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(
            f"<td{f' style={chr(34)}{styles[i][j]}{chr(34)}' if styles else ''}>{text}</td>"
            for j, text in enumerate(row)
        )
        + "</tr>"
        for i, (name, row) in enumerate(zip(row_names, rows, strict=True))
    )
    return (
        f"<table><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def patch(shown: Patch) -> str:
    """Show a picture with a square marked, and write the square's numbers in their colours."""
    tables = [_picture(shown)]
    for channel, (name, rows) in enumerate(shown.written):
        height, width = len(rows), len(rows[0])
        square = shown.pixels[
            shown.row : shown.row + height, shown.column : shown.column + width, channel
        ]
        styles = [[_colours(name, float(value)) for value in line] for line in square]
        row, column = shown.marked
        if channel == 0:
            styles[row][column] += _MARK
        tables.append(
            _table(
                name,
                rows,
                range(shown.row, shown.row + height),
                range(shown.column, shown.column + width),
                styles,
            )
        )
    kind = "grey" if len(shown.written) == 1 else "rgb"
    return f'<div class="matrices patch {kind}">{"".join(tables)}</div>'


_MARK = ";outline:2px solid var(--lesson-pointer);outline-offset:-2px;font-weight:700"


def _picture(shown: Patch) -> str:
    height, width, channels = shown.pixels.shape
    rows = [len(shown.written[0][1]), len(shown.written[0][1][0])]
    place = "".join(
        f"{side}:{100 * share:.2f}%;"
        for side, share in (
            ("top", shown.row / height),
            ("left", shown.column / width),
            ("height", rows[0] / height),
            ("width", rows[1] / width),
        )
    )
    data = base64.b64encode(png(shown.pixels)).decode()
    size = f"{height} × {width}" + ("" if channels == 1 else f" × {channels}")
    return (
        f'<figure><figcaption>{size}</figcaption><div><img alt="The picture, {size}" '
        f'src="data:image/png;base64,{data}"><span style="{place}"></span></div></figure>'
    )


_WEIGHTS = {"grey": (1, 1, 1), "red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
_LUMA = (0.2126, 0.7152, 0.0722)


def _colours(channel: str, value: float) -> str:
    """Return the cell's own colour, and black or white, whichever can be read on it."""
    parts = [round(255 * value * weight) for weight in _WEIGHTS[channel]]
    linear = [(part / 255) ** 2.2 for part in parts]
    light = sum(weight * part for weight, part in zip(_LUMA, linear, strict=True))
    # the contrast is 21 between black and white, and equal for both at a luminance of 0.18
    ink = "#000" if light > 0.18 else "#fff"
    return f"background:rgb({','.join(map(str, parts))});color:{ink}"


def digits(shown: Digits) -> str:
    """Write ten sums, their powers of e and the probabilities."""
    best = int(shown.probabilities.argmax())
    rows = "".join(
        f'<tr{" class=best" if digit == best else ""}><th scope="row">{digit}</th>'
        f"<td>{_fixed(float(z))}</td><td>{_fixed(float(power))}</td>"
        f'<td>{float(share):.3f}</td><td class="bar"><span style="width:{100 * share:.1f}%"></span>'
        "</td></tr>"
        for digit, (z, power, share) in enumerate(
            zip(shown.logits, shown.powers, shown.probabilities, strict=True)
        )
    )
    total = _fixed(float(shown.powers.sum()))
    return (
        '<table class="softmax"><caption>Softmax: e<sup>z</sup> of each digit, divided by the sum '
        'of all ten</caption><thead><tr><th scope="col">digit</th><th scope="col">z</th>'
        '<th scope="col">e<sup>z</sup></th><th scope="col">probability</th><td></td></tr></thead>'
        f"<tbody>{rows}</tbody><tfoot><tr><th scope=row>sum</th><td></td><td>{total}</td>"
        "<td>1</td><td></td></tr></tfoot></table>"
    )


def _fixed(value: float) -> str:
    return f"{value:,.3f}".replace("-", "−")
