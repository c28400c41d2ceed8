"""What a layer is: its arguments, checked once, and its shape arithmetic.

The first module of the house: it imports nothing but the standard library. A layer that exists is
valid, so no other module checks an argument again; whatever depends on the input as well is
checked where the input first meets the layer, in ``axes``, ``kernel_shape`` and ``check_arrays``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.arguments import (
    ACTIVATIONS,
    LayerError,
    Padding,
    Pair,
    check_activation,
    check_padding,
    check_pair,
    check_switch,
    check_whole_number,
    divisors,
    shown,
)
from cnnviz.axis import Axis, plan_axes

__all__ = [
    "ACTIVATIONS",
    "AveragePooling2D",
    "Axis",
    "Conv2D",
    "Layer",
    "LayerError",
    "MaxPooling2D",
    "Padding",
    "Pair",
    "Pooling2D",
]


@dataclass(frozen=True, init=False)
class Conv2D:
    """A two-dimensional convolution layer, in Keras' words.

    Parameters
    ----------
    filters : int
        Number of filters, and so of output channels.
    kernel_size : int or (int, int)
        Rows and columns of each kernel. Here and below one number means both axes.
    strides : int or (int, int)
        Cells from one window to the next.
    padding : "valid", "same" or ((top, bottom), (left, right))
        Cells of zeros around the input: none, what TensorFlow adds for ``ceil(size / stride)``
        windows, or exactly these.
    dilation_rate : int or (int, int)
        Cells from one weight to the next; 1 leaves no holes.
    groups : int
        Equal parts into which input channels and filters are split, each filter reading only its
        own part. As many groups as channels make a depthwise convolution.
    activation : str or None
        One of `ACTIVATIONS`; None is kept as ``"linear"``, which is the same.
    use_bias : bool
        Whether one number is added to each output channel.

    Raises
    ------
    LayerError
        When no such layer exists.

    Examples
    --------
    >>> layer = Conv2D(6, 5)
    >>> layer.kernel_size
    (5, 5)
    >>> layer.output_shape((32, 32, 3))
    (28, 28, 6)
    >>> layer.parameter_count(channels=3)
    456
    """

    filters: int
    kernel_size: Pair
    strides: Pair
    padding: Padding
    dilation_rate: Pair
    groups: int
    activation: str
    use_bias: bool

    # Written out because an argument may be one number where the attribute is always a pair.
    def __init__(  # noqa: PLR0917 - the order of arguments is Keras'
        self,
        filters: int,
        kernel_size: int | Pair,
        strides: int | Pair = (1, 1),
        padding: Padding = "valid",
        dilation_rate: int | Pair = (1, 1),
        groups: int = 1,
        activation: str | None = None,
        use_bias: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        # A frozen dataclass refuses `self.filters = ...`, also in its own constructor.
        vars(self).update(
            filters=check_whole_number("filters", filters),
            kernel_size=check_pair("kernel_size", kernel_size),
            strides=check_pair("strides", strides),
            padding=check_padding(padding),
            dilation_rate=check_pair("dilation_rate", dilation_rate),
            groups=check_whole_number("groups", groups),
            activation=check_activation(activation),
            use_bias=check_switch("use_bias", use_bias),
        )
        if self.filters % self.groups:
            raise LayerError(
                "groups",
                f"groups is {self.groups}, but {_do_not_divide(self.filters, 'filter')} into "
                f"{self.groups} equal groups. "
                "Use groups=1, or one that divides both filters and channels.",
            )

    def axes(self, input_shape: Sequence[int]) -> tuple[Axis, Axis]:
        """Return how the window moves along the rows and along the columns.

        Parameters
        ----------
        input_shape : (int, int, int)
            Height, width and channels of the input.

        Raises
        ------
        LayerError
            When the kernel covers more cells than the input has with its padding.
        """
        return plan_axes(
            input_shape,
            ("kernel_size", self.kernel_size),
            self.strides,
            self.dilation_rate,
            self.padding,
        )

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, int, int]:
        """Return (height, width, filters) of the output for an input (height, width, channels)."""
        rows, columns = self.axes(input_shape)
        self._channels_per_filter(input_shape[2])
        return rows.output, columns.output, self.filters

    def padding_amounts(self, input_shape: Sequence[int]) -> tuple[Pair, Pair]:
        """Return ((top, bottom), (left, right)) in cells.

        Examples
        --------
        >>> Conv2D(1, 3, strides=2, padding="same").padding_amounts((28, 27, 1))
        ((0, 1), (1, 1))
        """
        rows, columns = self.axes(input_shape)
        return (rows.before, rows.after), (columns.before, columns.after)

    def kernel_shape(self, channels: int) -> tuple[int, int, int, int]:
        """Return the shape of the weights, (kernel rows, kernel columns, channels read, filters).

        Raises
        ------
        LayerError
            When `channels` does not divide by `groups`.

        Examples
        --------
        >>> Conv2D(6, (3, 5), groups=2).kernel_shape(channels=4)
        (3, 5, 2, 6)
        """
        return (*self.kernel_size, self._channels_per_filter(channels), self.filters)

    def parameter_count(self, channels: int) -> int:
        """Return the number of weights and biases."""
        return math.prod(self.kernel_shape(channels)) + self._bias_count

    def multiply_adds(self, input_shape: Sequence[int]) -> int:
        """Return the multiplications, each with its addition, for one image.

        Every output cell takes one for each weight of its filter, padding included.

        Examples
        --------
        >>> Conv2D(6, 5).multiply_adds((32, 32, 3))
        352800
        """
        height, width, _ = self.output_shape(input_shape)
        return height * width * math.prod(self.kernel_shape(input_shape[2]))

    def dense_parameter_count(self, input_shape: Sequence[int]) -> int:
        """Return the parameters of a Dense layer from the flattened input to the same output.

        Examples
        --------
        >>> Conv2D(6, 5).dense_parameter_count((32, 32, 3))
        14455392
        """
        outputs = math.prod(self.output_shape(input_shape))
        biases = outputs if self.use_bias else 0
        return math.prod(input_shape) * outputs + biases

    @property
    def keras_refusal(self) -> str | None:
        """Why ``keras.layers.Conv2D`` refuses these strides and dilation, or None if it does not.

        Examples
        --------
        >>> Conv2D(1, 3, strides=2, dilation_rate=2).keras_refusal
        'keras.layers.Conv2D refuses strides above 1 together with a dilation_rate above 1;
        tf.nn.conv2d computes it.'
        """
        if max(self.strides) == 1 or max(self.dilation_rate) == 1:
            return None
        return (
            "keras.layers.Conv2D refuses strides above 1 together with a dilation_rate above 1; "
            "tf.nn.conv2d computes it."
        )

    def check_arrays(
        self, image: Sequence[int], kernel: Sequence[int], bias: Sequence[int] | None
    ) -> None:
        """Raise unless arrays of these shapes fit the layer and each other.

        Parameters
        ----------
        image : (int, int, int)
            Shape of the image: height, width, channels.
        kernel : (int, int, int, int)
            Shape of the weights, as `kernel_shape` gives it.
        bias : (int,) or None
            Shape of the bias. None stands for zeros and always fits.

        Raises
        ------
        LayerError
            With the field ``"input_shape"``, ``"kernel"``, ``"bias"`` or, when the window does
            not fit into the image or the channels into the groups, that of the layer.
        """
        self.output_shape(image)
        channels = image[2]
        expected = self.kernel_shape(channels)
        if tuple(kernel) != expected:
            raise LayerError("kernel", self._explain_kernel(tuple(kernel), channels, expected))
        if bias is None:
            return
        if not self.use_bias:
            raise LayerError(
                "bias",
                f"bias has shape {tuple(bias)}, but the layer has use_bias=False. "
                "Use bias=None, or a layer with use_bias=True.",
            )
        if tuple(bias) != (self.filters,):
            many = f"each of the {self.filters} filters takes"
            each = "the one filter takes" if self.filters == 1 else many
            raise LayerError(
                "bias",
                f"bias has shape {tuple(bias)}, but {each} one number. "
                f"Use a bias of shape ({self.filters},).",
            )

    def _explain_kernel(
        self, kernel: tuple[int, ...], channels: int, expected: tuple[int, ...]
    ) -> str:
        """Name the mistake that people make most, channels that differ, in their own words."""
        fix = f"Use a kernel of shape {expected}"
        if len(kernel) == 4 and (*kernel[:2], kernel[3]) == (*self.kernel_size, self.filters):
            needed = kernel[2] * self.groups
            message = (
                f"kernel has shape {kernel}, so each filter reads {_count(kernel[2], 'channel')}, "
                f"but the image has {channels} (groups={self.groups}). {fix}"
            )
            if needed < 1:
                return f"{message}."
            return f"{message}, or an image with {_count(needed, 'channel')}."
        return (
            f"kernel has shape {kernel}, but a layer with kernel_size={self.kernel_size}, "
            f"filters={self.filters} and groups={self.groups} on {_count(channels, 'channel')} "
            f"needs {expected}. {fix}."
        )

    @property
    def _bias_count(self) -> int:
        return self.filters if self.use_bias else 0

    def _channels_per_filter(self, channels: int) -> int:
        channels = check_whole_number("channels", channels)
        if channels % self.groups:
            raise LayerError(
                "groups",
                f"groups is {self.groups}, but the input's {_do_not_divide(channels, 'channel')} "
                f"into {self.groups} equal groups. "
                f"Use groups={divisors(math.gcd(channels, self.filters))}.",
            )
        return channels // self.groups


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _do_not_divide(number: int, noun: str) -> str:
    return f"{_count(number, noun)} {'does' if number == 1 else 'do'} not divide"


@dataclass(frozen=True, init=False)
class _Pooling2D:
    """What both pooling layers share: a window over each channel, without weights."""

    pool_size: Pair
    strides: Pair
    padding: Padding

    def __init__(
        self,
        pool_size: int | Pair = (2, 2),
        strides: int | Pair | None = None,
        padding: Padding = "valid",
    ) -> None:
        size = check_pair("pool_size", pool_size)
        vars(self).update(
            pool_size=size,
            strides=size if strides is None else check_pair("strides", strides),
            padding=check_padding(padding),
        )
        self._check_that_every_window_holds_a_cell()

    def axes(self, input_shape: Sequence[int]) -> tuple[Axis, Axis]:
        """Return how the window moves along the rows and along the columns.

        Raises
        ------
        LayerError
            When the window covers more cells than the input has with its padding.
        """
        return plan_axes(
            input_shape, ("pool_size", self.pool_size), self.strides, (1, 1), self.padding
        )

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, int, int]:
        """Return (height, width, channels) of the output for an input (height, width, channels)."""
        rows, columns = self.axes(input_shape)
        return rows.output, columns.output, input_shape[2]

    def padding_amounts(self, input_shape: Sequence[int]) -> tuple[Pair, Pair]:
        """Return ((top, bottom), (left, right)) in cells."""
        rows, columns = self.axes(input_shape)
        return (rows.before, rows.after), (columns.before, columns.after)

    def _check_that_every_window_holds_a_cell(self) -> None:
        if isinstance(self.padding, str):
            return
        allowed = tuple(
            (min(before, size - 1), min(after, size - 1))
            for (before, after), size in zip(self.padding, self.pool_size, strict=True)
        )
        if self.padding != allowed:
            raise LayerError(
                "padding",
                f"padding is {self.padding}, but on each side it must be smaller than the "
                f"pool_size of {shown(self.pool_size)}, else a window could hold only padding. "
                f"Use padding={allowed}, or padding='same'.",
            )


class MaxPooling2D(_Pooling2D):
    """A layer that keeps the largest cell of each window, channel by channel.

    Padding counts as minus infinity, so it never wins.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of the window. One number means both axes.
    strides : int, (int, int) or None
        Cells from one window to the next; None means `pool_size`.
    padding : "valid", "same" or ((top, bottom), (left, right))
        Cells around the input, each side fewer than `pool_size` has on that axis.

    Raises
    ------
    LayerError
        When no such layer exists.

    Examples
    --------
    >>> MaxPooling2D(2).output_shape((28, 28, 6))
    (14, 14, 6)
    """


class AveragePooling2D(_Pooling2D):
    """A layer that averages the cells of each window, channel by channel.

    Padded cells are left out of the sum and of its divisor.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of the window. One number means both axes.
    strides : int, (int, int) or None
        Cells from one window to the next; None means `pool_size`.
    padding : "valid", "same" or ((top, bottom), (left, right))
        Cells around the input, each side fewer than `pool_size` has on that axis.

    Raises
    ------
    LayerError
        When no such layer exists.

    Examples
    --------
    >>> AveragePooling2D(3, strides=2, padding="same").output_shape((28, 27, 6))
    (14, 14, 6)
    """


Pooling2D = MaxPooling2D | AveragePooling2D
Layer = Conv2D | MaxPooling2D | AveragePooling2D
