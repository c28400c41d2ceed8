"""Charts: arrays in, `plotly.graph_objects.Figure` out.

Layer: above `theme`. Maps of cells are drawn by the stage; these are the charts beside it.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.theme import Palette

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
    figure.add_vline(x=0, line_color=palette.text, line_width=1)
    figure.update_layout(
        barmode="overlay",
        bargap=0.05,
        height=260,
        margin={"l": 56, "r": 8, "t": 8, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": palette.text, "size": 13},
        legend={"orientation": "h", "y": 1.12, "x": 0},
        xaxis={"title": "value", "gridcolor": palette.border, "zeroline": False},
        yaxis={"title": "cells", "gridcolor": palette.border, "zeroline": False},
    )
    return figure
