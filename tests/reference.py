"""What the layers compute, in plain loops that a student can read.

Nothing here is shared with ``cnnviz``, and nothing is vectorised: pictures and weights are nested
lists of numbers, ``image[row][column][channel]`` and ``kernel[row][column][channel][filter]``.
"""

import math


def pad_amounts(size, kernel_size, stride, dilation_rate, padding):
    """Return the cells to add before and after one axis."""
    if padding == "valid":
        return 0, 0
    if padding == "same":
        # Add cells one at a time, after and before in turn, until the last window fits.
        windows = -(-size // stride)
        last_cell = (windows - 1) * stride + (kernel_size - 1) * dilation_rate
        before = after = 0
        while before + size + after <= last_cell:
            if before == after:
                after += 1
            else:
                before += 1
        return before, after
    return padding


def window_starts(size, kernel_size, stride, dilation_rate, padding):
    """Walk a window along one axis; list where it starts, counted from the first input cell."""
    before, after = pad_amounts(size, kernel_size, stride, dilation_rate, padding)
    starts = []
    start = -before
    while start + (kernel_size - 1) * dilation_rate < size + after:
        starts.append(start)
        start += stride
    return starts


def starts_of(image, kernel_size, strides, dilation_rate, padding):
    """Return the starts of the windows along the rows and along the columns."""
    row_padding, column_padding = (padding, padding) if isinstance(padding, str) else padding
    rows = window_starts(len(image), kernel_size[0], strides[0], dilation_rate[0], row_padding)
    columns = window_starts(
        len(image[0]), kernel_size[1], strides[1], dilation_rate[1], column_padding
    )
    return rows, columns


def is_inside(image, row, column):
    return 0 <= row < len(image) and 0 <= column < len(image[0])


def convolve(image, kernel, bias, *, strides, padding, dilation_rate, groups, activation):
    kernel_size = (len(kernel), len(kernel[0]))
    channels_per_filter = len(kernel[0][0])
    filters = len(kernel[0][0][0])
    filters_per_group = filters // groups
    rows, columns = starts_of(image, kernel_size, strides, dilation_rate, padding)

    output = []
    for top in rows:
        output_row = []
        for left in columns:
            cell = []
            for filter in range(filters):
                group = filter // filters_per_group
                total = bias[filter]
                for i in range(kernel_size[0]):
                    for j in range(kernel_size[1]):
                        row = top + i * dilation_rate[0]
                        column = left + j * dilation_rate[1]
                        if not is_inside(image, row, column):
                            continue  # padding is zero, and adds nothing
                        for k in range(channels_per_filter):
                            channel = group * channels_per_filter + k
                            total += image[row][column][channel] * kernel[i][j][k][filter]
                cell.append(activate(total, activation))
            output_row.append(cell)
        output.append(output_row)
    return output


def max_pool(image, pool_size, strides, padding):
    return _pool(image, pool_size, strides, padding, max)


def average_pool(image, pool_size, strides, padding):
    return _pool(image, pool_size, strides, padding, lambda cells: sum(cells) / len(cells))


def _pool(image, pool_size, strides, padding, summarise):
    rows, columns = starts_of(image, pool_size, strides, (1, 1), padding)
    output = []
    for top in rows:
        output_row = []
        for left in columns:
            cell = []
            for channel in range(len(image[0][0])):
                cells = []
                for row in range(top, top + pool_size[0]):
                    for column in range(left, left + pool_size[1]):
                        if is_inside(image, row, column):
                            cells.append(image[row][column][channel])
                cell.append(summarise(cells))
            output_row.append(cell)
        output.append(output_row)
    return output


def activate(x, name):
    """Keras 3's definitions, https://keras.io/api/layers/activations/."""
    if name == "linear":
        return x
    if name == "relu":
        return x if x > 0 else 0
    if name == "leaky_relu":
        return x if x > 0 else 0.2 * x
    if name == "elu":
        return x if x > 0 else math.exp(x) - 1
    if name == "gelu":
        return x * (1 + math.erf(x / math.sqrt(2))) / 2
    if name == "sigmoid":
        return 1 / (1 + math.exp(-x))
    if name == "tanh":
        return (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))
    if name == "softplus":
        return math.log(1 + math.exp(x))
    if name == "swish":
        return x / (1 + math.exp(-x))
    raise ValueError(name)
