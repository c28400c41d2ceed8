"""How a window moves along one axis: the arithmetic behind every shape, tap and picture.

Below ``layers``, above ``arguments``; nothing but the standard library.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnviz.arguments import LayerError, Padding, Pair, is_whole_number, shown


@dataclass(frozen=True)
class Axis:
    """Where a window stands along one axis (rows or columns) of its input.

    The only home of this arithmetic: convolution and pooling, shapes, taps and pictures all ask
    here. Positions count from 0 at the first input cell; a position below 0, or of `size` and
    more, lies in the padding. An axis from a layer's ``axes`` has room for at least one window.

    Parameters
    ----------
    size : int
        Cells of the input.
    kernel_size : int
        Cells that a window reads.
    stride : int
        Cells from one window to the next.
    dilation_rate : int
        Cells from one read to the next; 1 leaves no holes.
    before, after : int
        Padded cells at the top and the bottom, or at the left and the right.

    Examples
    --------
    >>> axis = Axis.plan(size=28, kernel_size=3, stride=2, dilation_rate=1, padding="same")
    >>> axis.before, axis.after, axis.output
    (0, 1, 14)
    >>> axis.reads(13)
    (26, 27, 28)
    """

    size: int
    kernel_size: int
    stride: int = 1
    dilation_rate: int = 1
    before: int = 0
    after: int = 0

    @classmethod
    def plan(
        cls,
        size: int,
        kernel_size: int,
        stride: int,
        dilation_rate: int,
        padding: str | Pair,
    ) -> "Axis":
        """Resolve `padding` (``"valid"``, ``"same"`` or ``(before, after)``) for this input.

        ``"same"`` asks for ``ceil(size / stride)`` windows, and pads just enough for the last of
        them; when the total is odd, the odd cell comes after [1]_.

        References
        ----------
        .. [1] TensorFlow, "Neural network: notes on padding",
           https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
        """
        unpadded = cls(size, kernel_size, stride, dilation_rate)
        if padding == "same":
            last_start = (math.ceil(size / stride) - 1) * stride
            total = max(0, last_start + unpadded.span - size)
            return replace(unpadded, before=total // 2, after=total - total // 2)
        if isinstance(padding, str):
            return unpadded
        return replace(unpadded, before=padding[0], after=padding[1])

    @property
    def span(self) -> int:
        """Cells from a window's first read to its last, the holes of dilation included."""
        return (self.kernel_size - 1) * self.dilation_rate + 1

    @property
    def padded(self) -> int:
        """Cells of the input with its padding."""
        return self.before + self.size + self.after

    @property
    def output(self) -> int:
        """Number of windows: ``floor((padded - span) / stride) + 1``."""
        return (self.padded - self.span) // self.stride + 1

    @property
    def dropped(self) -> int:
        """Padded cells left over after the last window, because the division is floored."""
        return (self.padded - self.span) % self.stride

    def reads(self, index: int) -> tuple[int, ...]:
        """Return the `kernel_size` input positions that output cell `index` reads."""
        start = index * self.stride - self.before
        return tuple(range(start, start + self.span, self.dilation_rate))

    @property
    def never_read(self) -> tuple[int, ...]:
        """Input cells that no window reads: dropped at the end, jumped over, or in holes.

        Examples
        --------
        >>> Axis(size=6, kernel_size=2, stride=3).never_read
        (2, 5)
        """
        read = {position for index in range(self.output) for position in self.reads(index)}
        return tuple(position for position in range(self.size) if position not in read)


def plan_axes(
    input_shape: Sequence[int],
    window: tuple[str, Pair],
    strides: Pair,
    dilation_rate: Pair,
    padding: Padding,
) -> tuple[Axis, Axis]:
    """Lay a window over the rows and the columns of an input.

    Parameters
    ----------
    input_shape : (int, int, int)
        Height, width and channels.
    window : (str, (int, int))
        The argument that gives the window's size, by Keras' name, and that size.
    strides, dilation_rate, padding
        As a layer keeps them.

    Raises
    ------
    LayerError
        When this is no shape of an input, or the window covers more than the input has with its
        padding.
    """
    if len(input_shape) != 3 or not all(is_whole_number(size, 1) for size in input_shape):
        raise LayerError(
            "input_shape",
            f"input_shape is {input_shape!r}, but must be (height, width, channels), three whole "
            "numbers of at least 1. Use for example input_shape=(28, 28, 1).",
        )
    rows, columns = (
        Axis.plan(
            size=input_shape[axis],
            kernel_size=window[1][axis],
            stride=strides[axis],
            dilation_rate=dilation_rate[axis],
            padding=padding if isinstance(padding, str) else padding[axis],
        )
        for axis in (0, 1)
    )
    if rows.output < 1 or columns.output < 1:
        raise LayerError(window[0], _explain_misfit(window, dilation_rate, rows, columns))
    return rows, columns


def _explain_misfit(
    window: tuple[str, Pair], dilation_rate: Pair, rows: Axis, columns: Axis
) -> str:
    field, sizes = window
    axis = rows if rows.output < 1 else columns
    if (rows.span, rows.padded) == (columns.span, columns.padded):
        unit = "cells"
    else:
        unit = "rows" if axis is rows else "columns"
    dilated = "" if dilation_rate == (1, 1) else f" with dilation_rate {shown(dilation_rate)}"
    padded = " with its padding" if axis.padded > axis.size else ""

    largest = [(axis.padded - 1) // axis.dilation_rate + 1 for axis in (rows, columns)]
    if sizes[0] == sizes[1]:
        fix = f"a {field} of {min(largest)}" + (" or less" if min(largest) > 1 else "")
    else:
        fix = f"{field}={(min(sizes[0], largest[0]), min(sizes[1], largest[1]))}"
    return (
        f"{field} is {shown(sizes)}{dilated}, so it covers {axis.span} {unit}, "
        f"but the input{padded} has only {axis.padded}. Use {fix}, or padding='same'."
    )
