"""Take away: code that runs, and the maps as files.

Layer: above `layers`; needs no TensorFlow to write TensorFlow code.
"""

import io
import zipfile

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.layers import Conv2D, MaxPooling2D, Pooling2D
from cnnviz.theme import LIGHT, Palette

Floats = NDArray[np.float32]
MOST_WRITTEN = 200  # numbers of a picture that are written into the code rather than beside it


def convolution_code(layer: Conv2D, image: Floats, kernel: Floats, bias: Floats | None) -> str:
    """Write the program that computes what is on screen.

    Parameters
    ----------
    layer : Conv2D
    image : ndarray of shape (H, W, C)
        Written into the code when it has at most 200 numbers; else the code loads `input.npy`.
    kernel : ndarray of shape (kh, kw, C // groups, filters)
        As multiplied, written out in full.
    bias : ndarray of shape (filters,), or None

    Returns
    -------
    str
        Python that ends with `output`, of shape (1, H', W', filters). It uses
        `keras.layers.Conv2D`, or `tf.nn.conv2d` where Keras refuses the combination.

    Examples
    --------
    >>> image, kernel = np.ones((1, 2, 1), np.float32), np.full((1, 2, 1, 1), 0.1, np.float32)
    >>> print(convolution_code(Conv2D(1, (1, 2)), image, kernel, None))
    import keras
    import numpy as np
    <BLANKLINE>
    image = np.array([[[1.0], [1.0]]], np.float32)
    kernel = np.array([[[[0.1]], [[0.1]]]], np.float32)
    <BLANKLINE>
    x = image[np.newaxis]  # (batch, height, width, channels)
    layer = keras.layers.Conv2D(
        filters=1,
        kernel_size=(1, 2),
        padding="valid",
        use_bias=False,
    )
    layer.build(x.shape)
    layer.set_weights([kernel])
    output = layer(x)
    print(output.shape)
    <BLANKLINE>
    """
    write_body = _tensorflow_lines if layer.keras_refusal else _keras_lines
    body = write_body(layer, with_bias=bias is not None)
    lines = [
        *(["import keras"] if any("keras." in line.partition("#")[0] for line in body) else []),
        "import numpy as np",
        *(["import tensorflow as tf"] if layer.keras_refusal else []),
        "",
        _image_line(image),
        f"kernel = np.array({_literal(kernel)}, np.float32)",
        *([f"bias = np.array({_literal(bias)}, np.float32)"] if bias is not None else []),
        "",
        "x = image[np.newaxis]  # (batch, height, width, channels)",
        *body,
        "print(output.shape)",
        "",
    ]
    return "\n".join(lines)


def layer_code(layer: Conv2D) -> str:
    """Write the few lines of `convolution_code` that are the layer itself.

    Examples
    --------
    >>> print(layer_code(Conv2D(3, 3, padding="same")))
    layer = keras.layers.Conv2D(
        filters=3,
        kernel_size=(3, 3),
        padding="same",
    )
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    output = layer(x)
    """
    write_body = _tensorflow_lines if layer.keras_refusal else _keras_lines
    return "\n".join(write_body(layer, with_bias=layer.use_bias))


def pooling_code(layer: Pooling2D, image: Floats, *, is_global: bool = False) -> str:
    """Write the program that computes what is on screen.

    Parameters
    ----------
    layer : MaxPooling2D or AveragePooling2D
    image : ndarray of shape (H, W, C)
        Written into the code when it has at most 200 numbers; else the code loads `input.npy`.
    is_global : bool
        Whether to write Keras' global layer.

    Returns
    -------
    str
        Python that ends with `output`, of shape (1, H', W', C), or (1, C) of a global layer. Keras
        takes no explicit padding, so the input is padded first: with minus infinity for a maximum;
        for an average with zeros, whose share of each window is then divided out.

    Examples
    --------
    >>> image = np.ones((1, 2, 1), np.float32)
    >>> print(pooling_code(MaxPooling2D((1, 2)), image))
    import keras
    import numpy as np
    <BLANKLINE>
    image = np.array([[[1.0], [1.0]]], np.float32)
    <BLANKLINE>
    x = image[np.newaxis]  # (batch, height, width, channels)
    layer = keras.layers.MaxPooling2D(
        pool_size=(1, 2),
        padding="valid",
    )
    output = layer(x)
    print(output.shape)
    <BLANKLINE>
    """
    return "\n".join(
        [
            "import keras",
            "import numpy as np",
            "",
            _image_line(image),
            "",
            "x = image[np.newaxis]  # (batch, height, width, channels)",
            pooling_layer_code(layer, is_global=is_global),
            "print(output.shape)",
            "",
        ]
    )


def pooling_layer_code(layer: Pooling2D, *, is_global: bool = False) -> str:
    """Write the few lines of `pooling_code` that are the layer itself.

    Examples
    --------
    >>> print(pooling_layer_code(MaxPooling2D(2, padding=((1, 0), (1, 0)))))
    around = [(0, 0), (1, 0), (1, 0), (0, 0)]
    # Minus infinity never wins.
    x = keras.ops.pad(x, around, constant_values=-np.inf)
    layer = keras.layers.MaxPooling2D(
        pool_size=(2, 2),
        padding="valid",
    )
    output = layer(x)
    """
    name = type(layer).__name__
    if is_global:
        return f"output = keras.layers.Global{name}()(x)"
    arguments = [f"pool_size={layer.pool_size}"]
    if layer.strides != layer.pool_size:
        arguments.append(f"strides={layer.strides}")
    is_named = isinstance(layer.padding, str)
    arguments.append(f'padding="{layer.padding if is_named else "valid"}"')
    indented = "".join(f"\n    {argument}," for argument in arguments)
    made = f"layer = keras.layers.{name}({indented}\n)"
    if is_named:
        return f"{made}\noutput = layer(x)"
    around = f"around = {[(0, 0), *layer.padding, (0, 0)]}"
    if isinstance(layer, MaxPooling2D):
        lines = [
            "# Minus infinity never wins.",
            "x = keras.ops.pad(x, around, constant_values=-np.inf)",
            made,
            "output = layer(x)",
        ]
    else:
        lines = [
            "# 1 where a cell counts, 0 in the padding.",
            "counted = keras.ops.pad(keras.ops.ones_like(x), around)",
            made,
            "output = layer(keras.ops.pad(x, around)) / layer(counted)",
        ]
    return "\n".join([around, *lines])


def _image_line(image: Floats) -> str:
    if image.size <= MOST_WRITTEN:
        return f"image = np.array({_literal(image)}, np.float32)"
    return f'image = np.load("input.npy")  # saved beside this file, shape {image.shape}'


def _literal(array: Floats) -> str:
    # NumPy writes a float32 as the shortest decimal that reads back as the same float32.
    rows = [str(row).replace("'", "") for row in array.astype(np.float32).astype(str).tolist()]
    line = f"[{', '.join(rows)}]"
    return line if len(line) <= 60 else "[\n" + "".join(f"    {row},\n" for row in rows) + "]"


def _keras_lines(layer: Conv2D, *, with_bias: bool) -> list[str]:
    arguments = [f"filters={layer.filters}", f"kernel_size={layer.kernel_size}"]
    lines = []
    if isinstance(layer.padding, tuple):
        lines.append(f"x = keras.layers.ZeroPadding2D({layer.padding})(x)")
        padding = "valid"
    else:
        padding = layer.padding
    defaults = {"strides": (1, 1), "dilation_rate": (1, 1), "groups": 1}
    arguments += [
        f"{name}={getattr(layer, name)}"
        for name, default in defaults.items()
        if getattr(layer, name) != default
    ]
    arguments.append(f'padding="{padding}"')
    if layer.activation != "linear":
        arguments.append(f'activation="{layer.activation}"')
    if not with_bias:
        arguments.append("use_bias=False")
    indented = "".join(f"\n    {argument}," for argument in arguments)
    return [
        *lines,
        f"layer = keras.layers.Conv2D({indented}\n)",
        "layer.build(x.shape)",
        f"layer.set_weights([kernel{', bias' if with_bias else ''}])",
        "output = layer(x)",
    ]


def _tensorflow_lines(layer: Conv2D, *, with_bias: bool) -> list[str]:
    if isinstance(layer.padding, str):
        padding = f'"{layer.padding.upper()}"'
    else:
        padding = str([[0, 0], *map(list, layer.padding), [0, 0]])
    lines = [
        "# keras.layers.Conv2D refuses strides > 1 with dilation_rate > 1; tf.nn computes it.",
        "output = tf.nn.conv2d(",
        f"    x, kernel, strides={list(layer.strides)}, padding={padding},",
        f"    dilations={list(layer.dilation_rate)},",
        ")",
    ]
    if with_bias:
        lines.append("output = output + bias")
    if layer.activation != "linear":
        lines.append(f'output = keras.activations.get("{layer.activation}")(output)')
    return lines


def code_archive(code: str, image: Floats) -> bytes:
    """Pack the program and its input as one ZIP: `layer.py` and `input.npy`.

    Examples
    --------
    >>> archive = io.BytesIO(code_archive("print(1)", np.zeros((2, 2, 1), np.float32)))
    >>> zipfile.ZipFile(archive).namelist()
    ['layer.py', 'input.npy']
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layer.py", code)
        archive.writestr("input.npy", npy(image))
    return buffer.getvalue()


def npy(array: Floats) -> bytes:
    """Return the array as the bytes of a `.npy` file.

    Examples
    --------
    >>> np.load(io.BytesIO(npy(np.array([1.5], np.float32))))
    array([1.5], dtype=float32)
    """
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def maps_png(
    output: Floats, *, side: int = 160, palette: Palette = LIGHT, pixels: bool = False
) -> bytes:
    """Draw every map on one sheet, at one zero-centred scale.

    Parameters
    ----------
    output : ndarray of shape (H', W', filters)
    side : int
        About how many pixels wide a map becomes; cells stay square and whole.
    palette : Palette
    pixels : bool
        Draw them in grey, 0 black and 1 white.

    Returns
    -------
    bytes
        A PNG: at most four maps a row, in order, with 8 pixels around each.

    Examples
    --------
    >>> Image.open(io.BytesIO(maps_png(np.ones((2, 4, 6), np.float32), side=40))).size
    (200, 64)
    """
    height, width, filters = output.shape
    cell = max(1, side // max(height, width))
    across = min(4, filters)
    down = -(-filters // across)
    gap = 8
    tile_height, tile_width = height * cell + gap, width * cell + gap
    sheet = Image.new(
        "RGB", (across * tile_width + gap, down * tile_height + gap), palette.background
    )
    limit = float(np.abs(output).max()) or 1.0
    for index in range(filters):
        map_ = output[:, :, index]
        cells = _grey(map_) if pixels else signed_pixels(map_ / limit, palette)
        picture = Image.fromarray(cells).resize(
            (width * cell, height * cell), Image.Resampling.NEAREST
        )
        at = (gap + index % across * tile_width, gap + index // across * tile_height)
        sheet.paste(picture, at)
    return _png(sheet)


def signed_pixels(shares: Floats, palette: Palette) -> NDArray[np.uint8]:
    """Colour values on the zero-centred scale.

    Parameters
    ----------
    shares : ndarray of shape (H, W)
        From -1, the palette's `negative`, over 0 to 1, its `positive`; what lies beyond is cut.
    palette : Palette

    Returns
    -------
    ndarray of shape (H, W, 3), uint8

    Examples
    --------
    >>> signed_pixels(np.array([[-1, 0, 1]], np.float32), LIGHT).tolist()
    [[[31, 99, 180], [255, 255, 255], [217, 115, 38]]]
    """
    negative, zero, positive = map(_rgb, (palette.negative, palette.zero, palette.positive))
    pole = np.where(shares[..., None] < 0, negative, positive)
    mixed = zero + (pole - zero) * np.minimum(1, np.abs(shares))[..., None]
    return np.round(mixed).astype(np.uint8)


def _grey(image: Floats) -> NDArray[np.uint8]:
    return np.rint(255 * image).astype(np.uint8)


def _rgb(colour: str) -> NDArray[np.float32]:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], np.float32)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
