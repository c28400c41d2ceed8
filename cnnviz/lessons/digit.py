"""Lessons 13 and 14: a real digit becomes features, and features become an answer."""

from functools import cache
from random import Random

import numpy as np

from cnnviz import classifier, mnist, workshop
from cnnviz.compute import convolve, pool
from cnnviz.encoding import encode_webp
from cnnviz.layers import Conv2D, MaxPooling2D
from cnnviz.lessons.answers import Number, Shape
from cnnviz.lessons.lesson import Control, Digits, Floats, Lesson, Options, Question, Scene, Slider
from cnnviz.lessons.progress import LessonsState
from cnnviz.lessons.written import plain, shape, times
from cnnviz.share import ClassifierState, ConvolutionState, PoolingState
from cnnviz.wording import shape_lines

FIRST = 0  # of MNIST's training pictures
FILTERS, DEVIATION, SEED = 5, 0.01, 1
LAYER = Conv2D(FILTERS, 3, strides=2, padding="same", use_bias=False)
POOL = MaxPooling2D(2, padding="same")


@cache
def _digit() -> Floats:
    """Return the first training picture, (28, 28, 1) in [0, 1]; 1 is ink."""
    picture: Floats = mnist.load().x_train[FIRST][..., np.newaxis] / np.float32(255)
    picture.flags.writeable = False
    return picture


def _label() -> int:
    return int(mnist.load().y_train[FIRST])


@cache
def _file(*, inverted: bool = False) -> bytes:
    """Return the digit as a picture that a page can open: ink white, or black if inverted."""
    pixels = 1 - _digit() if inverted else _digit()
    return encode_webp(pixels, max_bytes=100_000)[0]


def _convolution(seed: int) -> ConvolutionState:
    return ConvolutionState(
        input="upload",
        picture=_file(),
        side=28,
        filters=FILTERS,
        kernel_size=LAYER.kernel_size,
        strides=LAYER.strides,
        padding="same",
        activation="linear",
        use_bias=False,
        kernels=((f"random_normal-{seed}-{DEVIATION}",),) * FILTERS,
    )


def _pooling(seed: int) -> PoolingState:
    return PoolingState(
        input="convolution",
        convolution=_convolution(seed),
        pool_size=POOL.pool_size,
        padding="same",
    )


def _shapes() -> tuple[tuple[int, ...], tuple[int, int, int], tuple[int, int, int]]:
    picture = (28, 28, 1)
    maps = LAYER.output_shape(picture)
    return picture, maps, POOL.output_shape(maps)


def _batch(axes: tuple[int, ...]) -> str:
    return shape((1, *axes))


# ---- 13 ------------------------------------------------------------------------------------------


def _digit_text() -> tuple[str, ...]:
    picture, maps, pooled = _shapes()
    return (
        f"This is the first training picture of MNIST, a {_label()}. {_number(FILTERS)} filters of "
        f"3 × 3 slide over it with stride 2 and `same`: {_batch(picture)} → **{_batch(maps)}**. "
        f"Max pooling, 2 × 2 with stride 2 and `same`, follows: {_batch(maps)} → "
        f"**{_batch(pooled)}**.",
        f"The filters are random: a normal distribution, standard deviation {DEVIATION}, and a "
        "seed. They have learned nothing, and yet each map shows the digit in its own way. "
        "Training changes the weights until the maps are useful.",
    )


def _number(count: int) -> str:
    return {5: "Five"}.get(count, str(count))


def _digit_scene(state: LessonsState) -> Scene:
    assert state.seed is not None
    if state.step == "pooling":
        _, maps, _ = _shapes()
        return _told(_pooling(state.seed), shape_lines(POOL, maps))
    return _told(_convolution(state.seed), shape_lines(LAYER, (28, 28, 1)))


def _told(state: ConvolutionState | PoolingState, lines: list[str]) -> Scene:
    *axes, shapes = lines
    return Scene(state, (shapes,), tuple(axes))


def _digit_controls(_state: LessonsState) -> tuple[Control, ...]:
    return (
        Options("step", {"convolution": "1. convolution", "pooling": "2. max pooling"}, "layer"),
        Slider("seed", 0, 99, label="seed of the filters"),
    )


def _digit_question(numbers: Random) -> Question:
    batch, side = numbers.choice((1, 8, 32)), numbers.choice((24, 32, 36, 50, 64, 100))
    layer = Conv2D(
        numbers.choice((4, 6, 8, 16)), 3, strides=2, padding=numbers.choice(("same", "valid"))
    )
    pool = MaxPooling2D(numbers.choice((2, 3)), padding="same")
    maps = layer.output_shape((side, side, 1))
    pooled = pool.output_shape(maps)
    size, stride = pool.pool_size[0], layer.strides[0]
    if layer.padding == "same":
        first = f"⌈{side} / {stride}⌉ = {maps[0]}"
    else:
        down = ", rounded down" if layer.axes((side, side, 1))[0].dropped else ""
        first = f"({side} − 3) / {stride} + 1 = {maps[0]}{down}"
    return Question(
        f"A batch of shape **{shape((batch, side, side, 1))}** goes through {layer.filters} "
        f"filters of 3 × 3, stride 2, `{layer.padding}`, and then through max pooling, "
        f"{size} × {size}, stride {size}, `same`. What shape comes out?",
        Shape((batch, *pooled), ("batch", "height", "width", "channels")),
        (
            f"Convolution: {first}, so {shape((batch, *maps))}.",
            f"Pooling: ⌈{maps[0]} / {size}⌉ = {pooled[0]}; the {layer.filters} maps stay "
            f"{layer.filters} maps.",
            f"**{shape((batch, *pooled))}**",
        ),
    )


DIGIT = Lesson(
    "A real digit",
    _digit_text,
    _digit_scene,
    _digit_question,
    start={"step": "convolution", "seed": SEED},
    controls=_digit_controls,
)


# ---- 14 ------------------------------------------------------------------------------------------

CLASSES = 10


def _answer_text() -> tuple[str, ...]:
    _, _, pooled = _shapes()
    # a dense layer is a filter as large as the maps
    dense = Conv2D(CLASSES, pooled[:2])
    count, weights = int(np.prod(pooled)), dense.parameter_count(pooled[2])
    return (
        f"The {times(pooled)} maps are written as one row of **{count}** numbers: **flatten**. A "
        f"**dense** layer gives each of the ten digits a weight for each of them, and a bias: "
        f"{count} · {CLASSES} + {CLASSES} = **{plain(weights)}** parameters, ten sums. "
        "**Softmax** makes probabilities of the sums z: eᶻ, divided by the sum of all ten.",
        "With random weights every digit gets about one tenth: nothing has been learned. The "
        "trained network, on the same picture, has more layers and the same three steps at its "
        "end.",
    )


def _answer_scene(state: LessonsState) -> Scene:
    _, _, pooled = _shapes()
    there: tuple[str, ...] = ()
    if state.network == "trained":
        logits = classifier.load().predict(_digit()[..., 0]).logits
        said = "The trained network"
        there = ("On its own page the picture is prepared as a photograph is: other numbers.",)
    else:
        logits = _random_logits()
        said = f"{int(np.prod(pooled))} features and random weights"
    digits = _softmax(logits)
    best = int(digits.probabilities.argmax())
    z, power, total, share = (
        f"{float(value):.3f}".replace("-", "−")
        for value in (
            logits[best],
            digits.powers[best],
            digits.powers.sum(),
            digits.probabilities[best],
        )
    )
    return Scene(
        ClassifierState(input="upload", picture=_file(inverted=True)),
        (f"**{said}**: {_named(best)}. MNIST says it is {_named(_label())}.",),
        (f"e^{{{z}}} = {power}, and {power} / {total} = **{share}**", *there),
        digits,
    )


def _named(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def _random_logits() -> Floats:
    """Read the features of lesson 13 with a dense layer that has learned nothing."""
    import keras

    state = _convolution(SEED)
    kernel = workshop.kernel_of(state, LAYER, 1)
    features = pool(convolve(_digit(), kernel, None, LAYER), POOL).ravel()
    draw = keras.initializers.GlorotUniform(SEED)
    weights = np.asarray(draw((features.size, CLASSES), dtype="float32"))
    logits: Floats = np.asarray(keras.ops.matmul(features[np.newaxis], weights))[0]
    return logits


def _softmax(logits: Floats) -> Digits:
    import keras

    tensor = keras.ops.convert_to_tensor(logits[np.newaxis])
    return Digits(
        logits,
        np.asarray(keras.ops.exp(tensor))[0],
        np.asarray(keras.ops.softmax(tensor))[0],
    )


def _answer_question(numbers: Random) -> Question:
    side, maps = numbers.choice((3, 4, 5, 6)), numbers.choice((4, 8, 10, 12, 20))
    classes = numbers.choice((2, 5, 26))
    count = side * side * maps
    parameters = Conv2D(classes, side).parameter_count(maps)
    return Question(
        f"Maps of **{times((side, side, maps))}** are flattened, and a dense layer gives "
        f"**{classes}** sums. How many parameters does the dense layer have, weights and biases?",
        Number(parameters),
        (
            f"Flatten: {side} · {side} · {maps} = {count} numbers.",
            f"Each of the {classes} sums has {count} weights and 1 bias.",
            f"{classes} · ({count} + 1) = **{plain(parameters)}**",
        ),
    )


ANSWER = Lesson(
    "From features to an answer",
    _answer_text,
    _answer_scene,
    _answer_question,
    start={"network": "random"},
    controls=lambda _: (
        Options("network", {"random": "random weights", "trained": "trained network"}),
    ),
)
