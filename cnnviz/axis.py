"""How a window moves along one axis: the arithmetic behind every shape, tap and picture.

Below ``layers``, with nothing but the standard library.
"""

import math
from dataclasses import dataclass, replace


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
        padding: str | tuple[int, int],
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
