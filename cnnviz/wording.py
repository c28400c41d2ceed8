"""What the page says about a layer, with this run's numbers in it.

Layer: above `layers`. Takes layers and shapes, returns Markdown; computes no size of its own.
"""

import math
from collections.abc import Sequence

from cnnviz.layers import AveragePooling2D, Axis, Conv2D, Layer, Pooling2D

Shape = tuple[int, int, int]


def convolution_lines(
    layer: Conv2D, input_shape: Shape, *, channels_first: bool = False
) -> list[str]:
    """Write out a convolution's shape and cost, and what it teaches.

    Examples
    --------
    >>> len(convolution_lines(Conv2D(6, 5), (32, 32, 3)))
    6
    """
    return [
        *shape_lines(layer, input_shape, channels_first=channels_first),
        *cost_lines(layer, input_shape),
        *lesson_lines(layer, input_shape),
    ]


def shape_lines(layer: Layer, input_shape: Shape, *, channels_first: bool = False) -> list[str]:
    """Write out how the output's shape comes about.

    Parameters
    ----------
    layer : Conv2D, MaxPooling2D or AveragePooling2D
    input_shape : (int, int, int)
        Height, width and channels of the picture.
    channels_first : bool
        Write shapes as (batch, channels, height, width).

    Returns
    -------
    list of str
        One Markdown line for each axis (one for both when they are alike), then the shapes.

    Examples
    --------
    >>> for line in shape_lines(Conv2D(6, 5), (32, 32, 3)):
    ...     print(line)
    **rows and columns** (32 + 0 + 0 − 5) / 1 + 1 = **28**
    (batch, height, width, channels): (1, 32, 32, 3) → **(1, 28, 28, 6)**
    """
    rows, columns = layer.axes(input_shape)
    if rows == columns:
        lines = [_axis_line("rows and columns", rows, layer.padding)]
    else:
        lines = [
            _axis_line("rows", rows, layer.padding),
            _axis_line("columns", columns, layer.padding),
        ]
    after = batch_shape(layer.output_shape(input_shape), channels_first=channels_first)
    return [*lines, _arrow_line(input_shape, after, channels_first=channels_first)]


def _arrow_line(input_shape: Shape, after: tuple[int, ...], *, channels_first: bool) -> str:
    order = (
        "(batch, channels, height, width)" if channels_first else "(batch, height, width, channels)"
    )
    before = batch_shape(input_shape, channels_first=channels_first)
    return f"{order}: {before} → **{after}**"


def batch_shape(shape: Shape, *, channels_first: bool) -> tuple[int, ...]:
    """Return the shape with its batch axis, in either order.

    Examples
    --------
    >>> batch_shape((28, 28, 6), channels_first=True)
    (1, 6, 28, 28)
    """
    height, width, channels = shape
    return (1, channels, height, width) if channels_first else (1, height, width, channels)


def _axis_line(name: str, axis: Axis, padding: object) -> str:
    words = f"**{name}** "
    if axis.dilation_rate > 1:
        words += (
            f"dilation {axis.dilation_rate} spreads the {axis.kernel_size} cells of the kernel "
            f"over ({axis.kernel_size} − 1) · {axis.dilation_rate} + 1 = {axis.span}. "
        )
    if padding == "same":
        words += (
            f"same: ⌈{axis.size} / {axis.stride}⌉ = {axis.output} cells need "
            f"({axis.output} − 1) · {axis.stride} + {axis.span} − {axis.size} "
            f"{_needed(axis)} of padding: {axis.before} before, {axis.after} after. "
        )
    words += _division(axis)
    if axis.never_read:
        words += f". {_never_read(name, axis)}"
    return words


def _never_read(name: str, axis: Axis) -> str:
    never = axis.never_read
    last_read = axis.reads(axis.output - 1)[-1]
    causes = []
    if never[0] < last_read:
        causes.append("the windows leave gaps")
    if never[-1] > last_read:
        causes.append("the division leaves a rest")
    cause = " and ".join(causes).capitalize()
    if len(never) > 1:
        return f"{cause}: {name} {_listed(never)} are never read"
    cells = [f"{each.removesuffix('s')} {never[0]}" for each in name.split(" and ")]
    return f"{cause}: {' and '.join(cells)} {'is' if len(cells) == 1 else 'are'} never read"


def _listed(numbers: Sequence[int]) -> str:
    """Write rising numbers shortly: "1, 3, 5–7", and "1, 3, … 11" where there are many parts."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = []
    for run in runs:
        parts += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    if len(parts) > 5:
        return f"{parts[0]}, {parts[1]}, … {parts[-1]}"
    return ", ".join(parts)


def _needed(axis: Axis) -> str:
    total = (axis.output - 1) * axis.stride + axis.span - axis.size
    written = f"= {total}" if total >= 0 else f"= −{-total}, so 0"
    return f"{written} {'cell' if total == 1 else 'cells'}"


def _division(axis: Axis) -> str:
    inner = f"({axis.size} + {axis.before} + {axis.after} − {axis.span}) / {axis.stride}"
    if (axis.padded - axis.span) % axis.stride:
        inner = f"⌊{inner}⌋"
    return f"{inner} + 1 = **{axis.output}**"


def cost_lines(layer: Conv2D, input_shape: Shape) -> list[str]:
    """Write out the layer's parameters and work, and what a Dense layer would take.

    Examples
    --------
    >>> for line in cost_lines(Conv2D(1, 3, padding="same"), (28, 28, 1)):
    ...     print(line)
    **10 parameters**: 3 · 3 · 1 weights in each of 1 filter, and 1 bias.
    **7,056 multiply-adds** a picture.
    A Dense layer with the same output would have 615,440 parameters, 61,544 times as many.
    """
    height, width, slices, filters = layer.kernel_shape(input_shape[2])
    bias = f", and {filters} {'bias' if filters == 1 else 'biases'}" if layer.use_bias else ""
    parameters = layer.parameter_count(channels=input_shape[2])
    dense = layer.dense_parameter_count(input_shape)
    times = dense / parameters
    written = f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
    return [
        f"**{_count(parameters, 'parameter')}**: {height} · {width} · {slices} weights in each of "
        f"{_count(filters, 'filter')}{bias}.",
        f"**{_count(layer.multiply_adds(input_shape), 'multiply-add')}** a picture.",
        f"A Dense layer with the same output would have {_count(dense, 'parameter')}, {written} "
        "times as many.",
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def lesson_lines(layer: Conv2D, input_shape: Shape) -> list[str]:
    """Say the true things that this very layer shows, and that are often taught wrongly.

    Examples
    --------
    >>> lesson_lines(Conv2D(6, 5, strides=2), (32, 32, 1))
    ['A stride that does not fit is legal: the division is rounded down.']
    """
    rows, columns = layer.axes(input_shape)
    lines = _odd_cell_lines(layer, rows, columns)
    if _keeps_size_by_half(rows, columns):
        lines.append(
            f"(F − 1) / 2 = {_half(rows, columns)} of padding on each side keeps the size: "
            "for odd kernels at stride 1 only."
        )
    lines += _stride_lines(layer, rows, columns)
    if layer.kernel_shape(input_shape[2])[2] > 1:
        bias = ", and get one bias together" if layer.use_bias else ""
        lines.append(f"The channels' results are summed, not averaged{bias}.")
    if 1 < layer.groups == input_shape[2]:
        lines.append("As many groups as channels: a depthwise convolution.")
    if layer.keras_refusal:
        lines.append(layer.keras_refusal)
    return lines


def layer_words(layer: Conv2D) -> str:
    """Name a convolution layer by what a reader tells it by.

    Examples
    --------
    >>> layer_words(Conv2D(6, (3, 5), strides=2, activation="relu"))
    'Conv2D: 6 filters of 3 × 5, strides 2, valid, relu'
    """
    height, width = layer.kernel_size
    down, right = layer.strides
    strides = f"{down}" if down == right else f"{down} and {right}"
    parts = [
        f"{_count(layer.filters, 'filter')} of {height} × {width}",
        *([f"strides {strides}"] if layer.strides != (1, 1) else []),
        layer.padding if isinstance(layer.padding, str) else "explicit padding",
        *([layer.activation] if layer.activation != "linear" else []),
    ]
    return f"Conv2D: {', '.join(parts)}"


def _odd_cell_lines(layer: Layer, rows: Axis, columns: Axis) -> list[str]:
    if layer.padding == "same" and (rows.before != rows.after or columns.before != columns.after):
        return [
            "An odd cell of `same` padding goes to the bottom and the right, not to both sides."
        ]
    return []


def _stride_lines(layer: Layer, rows: Axis, columns: Axis) -> list[str]:
    lines = []
    if layer.padding == "same" and layer.strides != (1, 1):
        lines.append(
            "`same` keeps the size only with stride 1; here it is the input divided by the stride, "
            "rounded up."
        )
    if rows.dropped or columns.dropped:
        lines.append("A stride that does not fit is legal: the division is rounded down.")
    return lines


def pooling_lines(
    layer: Pooling2D,
    input_shape: Shape,
    *,
    is_global: bool = False,
    zeros_would_win: int = 0,
    channels_first: bool = False,
) -> list[str]:
    """Write out a pooling layer's shape and cost, and what it teaches.

    Parameters
    ----------
    layer : MaxPooling2D or AveragePooling2D
    input_shape : (int, int, int)
        Height, width and channels of the picture.
    is_global : bool
        Whether it is Keras' global layer, which returns no height and no width.
    zeros_would_win : int
        How many outputs padding of zeros would have changed.
    channels_first : bool
        Write shapes as (batch, channels, height, width).

    Examples
    --------
    >>> from cnnviz.layers import MaxPooling2D
    >>> for line in pooling_lines(MaxPooling2D(2), (4, 4, 1)):
    ...     print(line)
    **rows and columns** (4 + 0 + 0 − 2) / 2 + 1 = **2**
    (batch, height, width, channels): (1, 4, 4, 1) → **(1, 2, 2, 1)**
    **16 → 4 numbers** a picture.
    **0 parameters**: a pooling layer has nothing to learn.
    """
    height, width, channels = input_shape
    outputs = layer.output_shape(input_shape)
    if is_global:
        shape = [
            f"One window covers all {height} × {width} cells, whatever the picture's size: "
            "**one number** for each channel.",
            _arrow_line(input_shape, (1, channels), channels_first=channels_first),
        ]
    else:
        shape = shape_lines(layer, input_shape, channels_first=channels_first)
    return [
        *shape,
        f"**{math.prod(input_shape):,} → {_count(math.prod(outputs), 'number')}** a picture.",
        "**0 parameters**: a pooling layer has nothing to learn.",
        *_pooling_lesson_lines(layer, input_shape, zeros_would_win),
    ]


def _pooling_lesson_lines(layer: Pooling2D, input_shape: Shape, zeros_would_win: int) -> list[str]:
    rows, columns = layer.axes(input_shape)
    channels = input_shape[2]
    lines = _odd_cell_lines(layer, rows, columns) + _stride_lines(layer, rows, columns)
    if channels > 1:
        lines.append(f"Each channel is pooled by itself: {channels} planes stay {channels} maps.")
    if rows.padded == rows.size and columns.padded == columns.size:
        return lines
    if isinstance(layer, AveragePooling2D):
        return [*lines, "Padded cells are left out of the sum and of its divisor."]
    lines.append("Padding counts as minus infinity, not as 0: it never wins.")
    if zeros_would_win:
        cells = (
            "1 output has a window"
            if zeros_would_win == 1
            else (f"{zeros_would_win:,} outputs have windows")
        )
        lines.append(f"Zeros would have won here: {cells} at the edge with negative numbers only.")
    return lines


def _keeps_size_by_half(rows: Axis, columns: Axis) -> bool:
    """Whether the padding is the (F − 1) / 2 of the textbooks; none around a 1x1 kernel is not."""
    return (rows.padded > rows.size or columns.padded > columns.size) and all(
        axis.stride == axis.dilation_rate == 1
        and axis.before == axis.after
        and 2 * axis.before == axis.kernel_size - 1
        for axis in (rows, columns)
    )


def _half(rows: Axis, columns: Axis) -> str:
    if rows.before == columns.before:
        return _count(rows.before, "cell")
    return f"{_count(rows.before, 'row')} and {_count(columns.before, 'column')}"


# What a probability of at least so much is called. The network was trained not to exaggerate: it
# seldom says more than 98 %. Of MNIST's test digits it misreads 1 in 9,700 where it is "sure", and
# then 1 in 25, 1 in 5, 1 in 3.
_SURE = ((0.9, "sure"), (0.7, "fairly sure"), (0.5, "doubtful"), (0.0, "not sure"))


def answer_lines(
    logits: Sequence[float], probabilities: Sequence[float], *, doubtful: bool = False
) -> list[str]:
    """Say what the network answers, how sure it is, and how the softmax came to that.

    Parameters
    ----------
    logits, probabilities : sequence of 10 floats
        By digit; the probabilities are TensorFlow's softmax of the logits.
    doubtful : bool
        True where the picture does not look like one digit: then nothing is called sure.

    Returns
    -------
    list of str
        How sure, the second guess, the softmax with these numbers. `**` is bold and `^{}` raised.

    Examples
    --------
    >>> logits, probabilities = [0, 0, 2, 1] + 6 * [0], [0.055, 0.055, 0.403, 0.148] + 6 * [0.055]
    >>> for line in answer_lines(logits, probabilities):
    ...     print(line)
    The network is **not sure**: it says 2, with 40.3 %.
    Second guess: **3**, with 14.8 %.
    softmax: e^{2.000} / (e^{0.000} + e^{0.000} + e^{2.000} + e^{1.000} + e^{0.000} + e^{0.000} + \
e^{0.000} + e^{0.000} + e^{0.000} + e^{0.000}) = 7.389 / 18.11 = **0.4081**. TensorFlow says \
0.4030, difference 0.005
    """
    best, second = sorted(range(10), key=lambda digit: -probabilities[digit])[:2]
    sure = next(words for least, words in _SURE if probabilities[best] >= least)
    first = f"The network is **{sure}**: it says {best}"
    if doubtful:
        first = f"The digit that comes nearest for the network is {best}"
    return [
        f"{first}, with {100 * probabilities[best]:.1f} %.",
        f"Second guess: **{second}**, with {100 * probabilities[second]:.1f} %.",
        _softmax_line(logits, best, probabilities[best]),
    ]


def _softmax_line(logits: Sequence[float], digit: int, answer: float) -> str:
    powers = [math.exp(logit) for logit in logits]
    written = [f"e^{{{_signed(logit)}}}" for logit in logits]
    share = powers[digit] / sum(powers)
    return (
        f"softmax: {written[digit]} / ({' + '.join(written)}) = "
        f"{_positive(powers[digit])} / {_positive(sum(powers))} = **{share:.4f}**. "
        f"TensorFlow says {answer:.4f}, difference {_positive(abs(share - answer), digits=1)}"
    )


def _signed(value: float) -> str:
    # Without the zero a logit of -0.0001 would be written as minus nothing.
    return f"{round(value, 3) + 0.0:.3f}".replace("-", "−")


def _positive(value: float, digits: int = 4) -> str:
    r"""Write a number of any size as textbooks do, unbroken at the end of a line.

    Examples
    --------
    >>> _positive(136.28), _positive(2.5e12), _positive(3e-8, digits=1), _positive(0)
    ('136.3', '2.500\xa0·\xa010^{12}', '3\xa0·\xa010^{−8}', '0')
    """
    if value == 0 or 1e-3 <= value < 1e5:
        return f"{value:.{digits}g}" if value < 10**digits else f"{value:.0f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    times = "\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}"
    return f"{mantissa}{times}10^{{{int(exponent)}}}".replace("-", "−")
