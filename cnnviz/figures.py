"""Charts: arrays in, `plotly.graph_objects.Figure` out.

Layer: above `theme`. Maps of cells are drawn by the stage; these are the charts beside it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.theme import DIGITS, Palette

if TYPE_CHECKING:
    import plotly.graph_objects as go


def value_histogram(
    before: NDArray[np.float32], after: NDArray[np.float32], *, activation: str, palette: Palette
) -> "go.Figure":
    """Show how often each value occurs before and after the activation.

    Parameters
    ----------
    before, after : ndarray of the same shape
        All maps of the layer. They share one set of 40 bins, so that the bars can be compared.
    activation : str
        Its Keras name, for the legend.
    palette : Palette

    Returns
    -------
    plotly.graph_objects.Figure
        Two bar traces over the same bins; zero is marked.

    Examples
    --------
    >>> from cnnviz.theme import LIGHT
    >>> before = np.array([-1, 0, 2], np.float32)
    >>> figure = value_histogram(
    ...     before, np.maximum(before, 0), activation="relu", palette=LIGHT
    ... )
    >>> [bars.name for bars in figure.data]
    ['before', 'after relu']
    """
    import plotly.graph_objects as go

    both = np.concatenate([before.ravel(), after.ravel()])
    low, high = float(both.min()), float(both.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, 41)
    centres = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    for values, name, colour in (
        (before, "before", palette.quiet),
        (after, f"after {activation}", palette.positive),
    ):
        counts, _ = np.histogram(values, edges)
        figure.add_bar(
            x=centres,
            y=counts,
            name=name,
            marker_color=colour,
            opacity=0.75,
            hovertemplate="%{x:.3g}: %{y} cells<extra></extra>",
        )
    figure.add_vline(x=0, line_color=palette.quiet, line_width=1)
    figure.update_layout(
        barmode="overlay",
        bargap=0.05,
        **_layout(palette, height=260),
        legend={"orientation": "h", "y": 1.12, "x": 0},
        xaxis={"title": "value", "zeroline": False},
        yaxis={"title": "cells", "zeroline": False},
    )
    return figure


def probability_bars(probabilities: NDArray[np.float32], *, palette: Palette) -> "go.Figure":
    """Show the probability of each digit as a bar.

    Parameters
    ----------
    probabilities : ndarray of shape (10,)
        They add up to 1.
    palette : Palette

    Returns
    -------
    plotly.graph_objects.Figure
        Ten horizontal bars, 0 at the top; the largest in the colour of the pointer.

    Examples
    --------
    >>> from cnnviz.theme import LIGHT
    >>> shares = np.array([0.9, 0.1] + 8 * [0], np.float32)
    >>> probability_bars(shares, palette=LIGHT).data[0].text[:2]
    ('90.0 %', '10.0 %')
    """
    import plotly.graph_objects as go

    best = int(probabilities.argmax())
    colours = [palette.pointer if k == best else palette.border for k in range(10)]
    # It is drawn for every answer, and to look through it would take as long as the network does.
    return go.Figure(
        {
            "data": [
                {
                    "type": "bar",
                    "x": probabilities,
                    "y": [str(digit) for digit in range(10)],
                    "orientation": "h",
                    "marker": {"color": colours},
                    "text": [f"{100 * share:.1f} %" for share in probabilities],
                    "textposition": "outside",
                    "cliponaxis": False,
                    "hovertemplate": "%{y}: %{x:.5f}<extra></extra>",
                }
            ],
            "layout": {
                **_layout(palette, height=230),
                "xaxis": {"range": [0, 1.18], "visible": False},
                "yaxis": {"autorange": "reversed", "type": "category", "ticksuffix": " "},
                "bargap": 0.3,
            },
        },
        _validate=False,
    )


def probabilities_along(
    values: NDArray[np.float64],
    probabilities: NDArray[np.float32],
    *,
    name: str,
    now: float,
    palette: Palette,
) -> "go.Figure":
    """Show the ten probabilities along one setting.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The setting.
    probabilities : ndarray of shape (n, 10)
        A row of NaN, where there was nothing to read, is a gap.
    name : str
        What the setting is, with its unit.
    now : float
        Where it stands: a vertical line, and a dot on each line that matters if it is among the
        values.
    palette : Palette

    Returns
    -------
    plotly.graph_objects.Figure
        A line for each digit that reaches a tenth anywhere; the others are in one quiet colour.

    Examples
    --------
    >>> from cnnviz.theme import LIGHT
    >>> shares = np.eye(10, dtype=np.float32)[[3, 5]]
    >>> figure = probabilities_along(
    ...     np.array([0.5, 1.0]), shares, name="scale", now=1, palette=LIGHT
    ... )
    >>> [line.name for line in figure.data if line.showlegend]
    ['3', '5']
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    here = np.isclose(values, now)
    for digit in range(10):
        # NaN is no probability: it reaches nothing.
        matters = bool((probabilities[:, digit] >= 0.1).any())
        figure.add_scatter(
            x=values,
            y=probabilities[:, digit],
            name=str(digit),
            mode="lines+markers" if matters else "lines",
            line={
                "width": 2.5 if matters else 1,
                "color": DIGITS[digit] if matters else palette.border,
            },
            marker={"size": 8 * here},
            showlegend=matters,
        )
    figure.add_vline(x=now, line_color=palette.pointer, line_width=1.5)
    figure.update_layout(
        **_layout(palette, height=290),
        xaxis={"title": name, "zeroline": False, "range": _around(values)},
        yaxis={"title": "probability", "range": [-0.02, 1.02]},
        # on a phone it has two rows, which grow upwards
        legend={"orientation": "h", "y": 1.03, "yanchor": "bottom", "x": 0},
    )
    return figure


def _around(values: NDArray[np.float64]) -> list[float]:
    """Return the ends of an axis that leaves room for half a dot on both sides."""
    room = 0.01 * float(np.ptp(values))
    return [float(values.min()) - room, float(values.max()) + room]


def explanation_map(
    image: NDArray[np.float32],
    values: NDArray[np.float32],
    *,
    unit: str,
    signed: bool,
    palette: Palette,
) -> "go.Figure":
    """Show where an explanation finds something, with the digit's outline over it.

    Parameters
    ----------
    image : ndarray of shape (28, 28)
        In [0, 1]; 1 is ink.
    values : ndarray of shape (h, w)
        h and w divide 28: each value covers as many pixels as it stands for.
    unit : str
        What the values are, beside the colour bar.
    signed : bool
        Whether the scale runs to both sides of 0 or starts there.
    palette : Palette

    Returns
    -------
    plotly.graph_objects.Figure
        The map, with a colour bar that ends at its strongest value, and a line where the ink of
        the digit is half. Pointing at a cell reads its value.

    Examples
    --------
    >>> from cnnviz.theme import LIGHT
    >>> cells = np.eye(7, dtype=np.float32)
    >>> figure = explanation_map(
    ...     np.eye(28, dtype=np.float32), cells, unit="logit", signed=False, palette=LIGHT
    ... )
    >>> figure.data[0].zmin, figure.data[0].zmax, figure.data[0].hovertext[6][0]
    (0.0, 1.0, 'rows 24–27, columns 0–3')
    """
    import plotly.graph_objects as go

    side, (rows, columns) = len(image), values.shape
    tall, wide = side // rows, side // columns
    limit = float(np.abs(values).max()) or 1.0
    low, colours = (-limit, [palette.negative, palette.zero]) if signed else (0.0, [palette.zero])
    colours.append(palette.positive)
    ticks = [low, 0.0, limit] if signed else [0.0, limit]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x0=(wide - 1) / 2,
            dx=wide,
            y0=(tall - 1) / 2,
            dy=tall,
            zmin=low,
            zmax=limit,
            colorscale=[[k / (len(colours) - 1), colour] for k, colour in enumerate(colours)],
            hovertext=[
                [f"{_span('row', r, tall)}, {_span('column', c, wide)}" for c in range(columns)]
                for r in range(rows)
            ],
            hovertemplate="%{hovertext}: %{z:.3g}<extra></extra>",
            colorbar={
                "title": {"text": unit, "side": "right"},
                "tickvals": ticks,
                "ticktext": [_written(tick, signed=signed) for tick in ticks],
                "thickness": 12,
                "outlinewidth": 0,
            },
        )
    )
    figure.add_contour(
        z=image,
        contours={"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"},
        line={"color": palette.text, "width": 1.5},
        showscale=False,
        hoverinfo="skip",
    )
    figure.add_shape(
        type="rect",
        x0=-0.5,
        y0=-0.5,
        x1=side - 0.5,
        y1=side - 0.5,
        line={"color": palette.border, "width": 1},
    )
    figure.update_layout(
        **{**_layout(palette, height=300), "margin": {"l": 1, "r": 1, "t": 4, "b": 4}},
        xaxis={"visible": False, "constrain": "domain"},
        yaxis={"visible": False, "autorange": "reversed", "scaleanchor": "x"},
    )
    return figure


def _written(value: float, *, signed: bool) -> str:
    return f"{value:{'+' if signed and value else ''}.2g}".replace("-", "−")


def _span(name: str, at: int, size: int) -> str:
    return f"{name} {at}" if size == 1 else f"{name}s {at * size}–{(at + 1) * size - 1}"


def growth_bars(
    pictures: Sequence[str], parameters: Mapping[str, Sequence[int]], *, palette: Palette
) -> "go.Figure":
    """Show how the parameters of layers grow with the picture, on a logarithmic scale.

    Parameters
    ----------
    pictures : sequence of str
        Their sizes, from top to bottom.
    parameters : mapping of str to sequence of int
        For each kind of layer, its parameters on each picture. The last kind is the one to look
        at: it has the colour of the pointer.
    palette : Palette

    Returns
    -------
    plotly.graph_objects.Figure
        A group of bars for each picture, with their numbers behind them.

    Examples
    --------
    >>> from cnnviz.theme import LIGHT
    >>> figure = growth_bars(["28 × 28 × 1"], {"Dense": [6280], "Conv2D": [80]}, palette=LIGHT)
    >>> [bars.text[0] for bars in figure.data]
    ['6,280', '80']
    """
    import plotly.graph_objects as go

    colours = [palette.quiet, palette.border, palette.pointer][-len(parameters) :]
    figure = go.Figure()
    for (name, counts), colour in zip(parameters.items(), colours, strict=True):
        figure.add_bar(
            x=list(counts),
            y=list(pictures),
            orientation="h",
            name=name,
            marker_color=colour,
            text=[_short(count) for count in counts],
            textposition="outside",
            textfont_size=13,
            cliponaxis=False,
            hovertemplate="%{y}: %{x:,} parameters<extra></extra>",
        )
    most = max(max(counts) for counts in parameters.values())
    powers = range(0, len(str(most)) + 1, 3)
    figure.update_layout(
        **_layout(palette, height=430) | {"margin": {"l": 100, "r": 8, "t": 8, "b": 44}},
        barmode="group",
        bargap=0.2,
        legend={"orientation": "h", "y": -0.1, "x": 0, "traceorder": "normal"},
        xaxis={
            "type": "log",
            "range": [0, len(str(most)) + 2.5],  # the numbers stand behind the bars
            "tickvals": [10**power for power in powers],
            "ticktext": [_short(10**power) for power in powers],
            "gridcolor": palette.border,
        },
        yaxis={"autorange": "reversed", "type": "category", "ticksuffix": " "},
    )
    return figure


def _short(count: int) -> str:
    """Write a large number in words, as far as three digits tell it."""
    for size, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return f"{count:,}"


def _layout(palette: Palette, *, height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 56, "r": 8, "t": 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        # Streamlit lays the theme over a template. Plotly's own describes every kind of chart there
        # is: nine tenths of what would be sent.
        "template": {"layout": {"hovermode": "closest"}},
    }
