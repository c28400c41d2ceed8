"""Lesson 10: the arguments of `keras.layers.Conv2D`, one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from cnnviz import workshop
from cnnviz.compute import INITIALIZERS
from cnnviz.layers import ACTIVATIONS, Conv2D, LayerError
from cnnviz.lessons.answers import Shape
from cnnviz.lessons.lesson import (
    Control,
    Floats,
    Lesson,
    Options,
    Question,
    Refusal,
    Scene,
    Slider,
    Switch,
)
from cnnviz.lessons.progress import ARGUMENTS, LessonsState
from cnnviz.lessons.tensor import AXES
from cnnviz.lessons.written import plain, shape, typed
from cnnviz.share import ConvolutionState
from cnnviz.wording import cost_lines, lesson_lines, shape_lines

RATE, LARGEST_NORM = 0.01, 2.0
BASE = ConvolutionState(filters=3, padding="same", activation="linear", bias=(1.0, 0.0, -1.0))
SMOOTH = replace(BASE, kernels=(("box_blur",), ("gaussian",), ("sharpen",)))  # exist at any size
TWO_CHANNELS = replace(
    BASE,
    preset="counting",
    rows=5,
    columns=5,
    channels=2,
    filters=4,
    bias=(),
    kernels=(("box_blur",), ("identity",)) * 2,
)


def _pixels(state: ConvolutionState) -> Floats:
    return workshop.matrix_of(state)


def _on_stage(state: ConvolutionState, *lines: str) -> Scene:
    return Scene(state, notes=lines)


def _shape_line(state: ConvolutionState, *, channels_first: bool = False) -> str:
    layer, picture = workshop.layer_of(state), _pixels(state).shape
    return shape_lines(layer, picture, channels_first=channels_first)[-1]


# ---- what each argument does to the picture ------------------------------------------------------


def _filters(state: LessonsState) -> Scene:
    assert state.filters is not None
    shown = replace(BASE, filters=state.filters, bias=())
    cost = cost_lines(workshop.layer_of(shown), _pixels(shown).shape)[0]
    return _on_stage(shown, _shape_line(shown), cost)


def _kernel_size(state: LessonsState) -> Scene:
    assert state.kernel_size is not None
    shown = replace(SMOOTH, kernel_size=(state.kernel_size,) * 2, bias=())
    return _on_stage(shown, cost_lines(workshop.layer_of(shown), _pixels(shown).shape)[0])


def _strides(state: LessonsState) -> Scene:
    assert state.strides is not None
    shown = replace(BASE, strides=(state.strides, state.strides))
    return _on_stage(shown, *shape_lines(workshop.layer_of(shown), _pixels(shown).shape))


def _padding(state: LessonsState) -> Scene:
    assert state.padding is not None
    shown = replace(BASE, padding=state.padding)
    return _on_stage(shown, *shape_lines(workshop.layer_of(shown), _pixels(shown).shape))


def _data_format(state: LessonsState) -> Scene:
    assert state.data_format is not None
    shown = replace(BASE, data_format=state.data_format)
    first = state.data_format == "channels_first"
    return _on_stage(shown, _shape_line(shown, channels_first=first))


def _dilation_rate(state: LessonsState) -> Scene:
    assert state.dilation_rate is not None
    shown = replace(BASE, dilation_rate=(state.dilation_rate,) * 2)
    return _on_stage(shown, shape_lines(workshop.layer_of(shown), _pixels(shown).shape)[0])


def _groups(state: LessonsState) -> Scene:
    assert state.groups is not None
    shown = replace(TWO_CHANNELS, groups=state.groups)
    picture = _pixels(shown).shape
    try:
        layer = workshop.layer_of(shown)
        lines = cost_lines(layer, picture)[:1] + lesson_lines(layer, picture)
    except LayerError as error:
        return Scene(shown, drawing=Refusal(str(error), _keras_on_groups(shown)))
    return _on_stage(shown, *lines)


def _keras_on_groups(shown: ConvolutionState) -> str:
    import keras

    try:
        layer = keras.layers.Conv2D(shown.filters, shown.kernel_size, groups=shown.groups)
        layer.build((1, *_pixels(shown).shape))
    except ValueError as error:
        return str(error)
    return ""


def _activation(state: LessonsState) -> Scene:
    assert state.activation is not None
    return _on_stage(replace(BASE, activation=state.activation))


def _use_bias(state: LessonsState) -> Scene:
    assert state.use_bias is not None
    shown = replace(BASE, use_bias=state.use_bias)
    return _on_stage(shown, cost_lines(workshop.layer_of(shown), _pixels(shown).shape)[0])


def _kernel_initializer(state: LessonsState) -> Scene:
    name = state.kernel_initializer
    preset = name if name == "ones" else f"{name}-{state.seed}"
    return _on_stage(replace(BASE, kernels=((str(preset),),) * 3, bias=()))


def _bias_initializer(state: LessonsState) -> Scene:
    value = {"zeros": 0.0, "ones": 1.0}[str(state.bias_initializer)]
    return _on_stage(replace(BASE, bias=(value,) * 3))


def _kernel_regularizer(state: LessonsState) -> Scene:
    return _penalised(state, "weights", workshop.kernel_of(BASE, workshop.layer_of(BASE), 1))


def _bias_regularizer(state: LessonsState) -> Scene:
    bias = workshop.bias_of(BASE)
    assert bias is not None
    return _penalised(state, "biases", bias)


def _activity_regularizer(state: LessonsState) -> Scene:
    return _penalised(state, "outputs", workshop.convolved(BASE, _pixels(BASE)).output)


def _penalised(state: LessonsState, what: str, values: Floats) -> Scene:
    import keras

    name = str(state.regularizer)
    regularizer = {"l1": keras.regularizers.L1, "l2": keras.regularizers.L2}[name](RATE)
    penalty = float(regularizer(values))
    added = float(np.abs(values).sum() if name == "l1" else np.square(values).sum())
    sizes = "sizes |x|" if name == "l1" else "squares x²"
    return _on_stage(
        BASE,
        f"`keras.regularizers.{name.upper()}({RATE})` adds {RATE} times the sum of the {sizes} of "
        f"all {values.size} {what} to the loss: {RATE} · {plain(round(added, 2))} = "
        f"**{plain(round(penalty, 4))}**. The maps stay as they are.",
    )


def _kernel_constraint(state: LessonsState) -> Scene:
    kernel = workshop.kernel_of(BASE, workshop.layer_of(BASE), 1)
    return _constrained(state, kernel, axis=(0, 1, 2))


def _bias_constraint(state: LessonsState) -> Scene:
    bias = workshop.bias_of(BASE)
    assert bias is not None
    kept = _kept(state, bias, axis=(0,))
    line = f"biases ({_listed(bias)}) → **({_listed(kept)})**"
    return _on_stage(replace(BASE, bias=tuple(map(float, kept))), line)


def _constrained(state: LessonsState, kernel: Floats, *, axis: tuple[int, ...]) -> Scene:
    kept = _kept(state, kernel, axis=axis)
    norms = [np.sqrt(np.square(each).sum(axis=axis)) for each in (kernel, kept)]
    before, after = map(_listed, norms)
    line = f"length √(sum of w²) of each filter: ({before}) → **({after})**"
    if state.constraint == "none":
        return _on_stage(BASE, line)
    return _on_stage(replace(BASE, weights=typed(kept)), line)


def _kept(state: LessonsState, values: Floats, *, axis: tuple[int, ...]) -> Floats:
    """Return what Keras makes of weights after a step of training."""
    import keras

    if state.constraint == "none":
        return values
    constraint = {
        "non_neg": keras.constraints.NonNeg,
        "max_norm": lambda: keras.constraints.MaxNorm(LARGEST_NORM, axis=list(axis)),
        "unit_norm": lambda: keras.constraints.UnitNorm(axis=list(axis)),
    }[str(state.constraint)]()
    return np.asarray(constraint(keras.ops.convert_to_tensor(values)), np.float32)


def _listed(values: Floats) -> str:
    return ", ".join(plain(round(float(value), 2)) for value in values)


# ---- the arguments -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Argument:
    """One argument: what it is, the controls that show it, and what they show."""

    default: str
    sentence: str
    controls: tuple[Control, ...]
    scene: Callable[[LessonsState], Scene]


_REGULARIZER = (Options("regularizer", {"l1": "L1", "l2": "L2"}),)
_CONSTRAINT = Options(
    "constraint",
    {
        "none": "None",
        "non_neg": "NonNeg()",
        "max_norm": f"MaxNorm({LARGEST_NORM:g})",
        "unit_norm": "UnitNorm()",
    },
)

TABLE: Mapping[str, Argument] = {
    "filters": Argument(
        "required",
        "How many filters there are, and so how many maps come out.",
        (Slider("filters", 1, 8),),
        _filters,
    ),
    "kernel_size": Argument(
        "required",
        "Rows and columns of every kernel: one number for both, or two.",
        (Slider("kernel_size", 1, 7),),
        _kernel_size,
    ),
    "strides": Argument(
        "(1, 1)",
        "How far the window moves, down and to the right.",
        (Slider("strides", 1, 4),),
        _strides,
    ),
    "padding": Argument(
        '"valid"',
        '`"valid"` adds nothing, `"same"` adds zeros until there are ⌈size / stride⌉ windows. For '
        "other amounts Keras has a layer of its own, `ZeroPadding2D`.",
        (Options("padding", {"valid": "valid", "same": "same"}),),
        _padding,
    ),
    "data_format": Argument(
        "None",
        "Whether the channels come last or first in the shape. The numbers are the same. None "
        "means what Keras is set to: channels last.",
        (Options("data_format", {name: name for name in AXES}),),
        _data_format,
    ),
    "dilation_rate": Argument(
        "(1, 1)",
        "How far the weights stand apart: they see further, without more of them. Keras refuses it "
        "together with strides above 1; `tf.nn.conv2d` computes that.",
        (Slider("dilation_rate", 1, 3),),
        _dilation_rate,
    ),
    "groups": Argument(
        "1",
        "Into how many parts channels and filters are split; a filter reads its own part only. "
        "Channels and filters must both divide by it. Here are 2 channels and 4 filters: try 3.",
        (Slider("groups", 1, 4),),
        _groups,
    ),
    "activation": Argument(
        "None",
        "What is applied to each sum. None changes nothing, as `linear` does.",
        (Options("activation", {name: name for name in ACTIVATIONS}),),
        _activation,
    ),
    "use_bias": Argument(
        "True",
        "Whether each filter adds a number of its own, the same one at every place.",
        (Switch("use_bias"),),
        _use_bias,
    ),
    "kernel_initializer": Argument(
        '"glorot_uniform"',
        "What the weights are before training. Random: filters that begin alike would stay alike.",
        (
            Options("kernel_initializer", {name: name for name in (*INITIALIZERS, "ones")}),
            Slider("seed", 0, 99),
        ),
        _kernel_initializer,
    ),
    "bias_initializer": Argument(
        '"zeros"',
        "What the biases are before training. They may begin alike, since the weights do not.",
        (Options("bias_initializer", {"zeros": "zeros", "ones": "ones"}),),
        _bias_initializer,
    ),
    "kernel_regularizer": Argument(
        "None",
        "A penalty for large weights, so that training keeps them small unless they pay.",
        _REGULARIZER,
        _kernel_regularizer,
    ),
    "bias_regularizer": Argument(
        "None", "The same penalty, for the biases.", _REGULARIZER, _bias_regularizer
    ),
    "activity_regularizer": Argument(
        "None",
        "A penalty for large outputs: a filter learns to be silent unless it matters.",
        _REGULARIZER,
        _activity_regularizer,
    ),
    "kernel_constraint": Argument(
        "None",
        "A rule that holds after every step of training: no weight below 0, or no filter longer "
        "than allowed.",
        (_CONSTRAINT,),
        _kernel_constraint,
    ),
    "bias_constraint": Argument(
        "None", "The same kind of rule, for the biases.", (_CONSTRAINT,), _bias_constraint
    ),
}


def _text() -> tuple[str, ...]:
    needed = sum(argument.default == "required" for argument in TABLE.values())
    return (
        f"`keras.layers.Conv2D` takes **{len(TABLE)} arguments**. {needed} must be given, the "
        "others have a default. The first nine say what the layer computes. **Initializers** say "
        "how its weights begin. **Regularizers** and **constraints** only matter while the network "
        "learns: they keep its numbers in bounds.",
        "Choose an argument, change it, and watch what changes.",
    )


def _scene(state: LessonsState) -> Scene:
    argument = TABLE[str(state.argument)]
    shown = argument.scene(state)
    default = "must be given" if argument.default == "required" else f"default {argument.default}"
    first = f"**`{state.argument}`** ({default}). {argument.sentence}"
    return replace(shown, lines=(first,))


def _controls(state: LessonsState) -> tuple[Control, ...]:
    names = Options(
        "argument", {name: f"{place}. {name}" for place, name in enumerate(ARGUMENTS, start=1)}
    )
    return (names, *TABLE[str(state.argument)].controls)


# ---- the question --------------------------------------------------------------------------------


def _ask(numbers: Random) -> Question:
    batch, side = numbers.choice((2, 4, 8, 16, 32)), numbers.choice((20, 28, 30, 33, 40))
    channels, data_format = numbers.choice((1, 3)), numbers.choice(tuple(AXES))
    dilation = numbers.choice((1, 1, 2))
    layer = Conv2D(
        numbers.choice((5, 6, 10, 12, 24)),
        numbers.choice((3, 5)),
        strides=numbers.choice((2, 3)) if dilation == 1 else 1,
        padding=numbers.choice(("valid", "same")),
        dilation_rate=dilation,
    )
    height, width, filters = layer.output_shape((side, side, channels))
    axis, _ = layer.axes((side, side, channels))
    first = data_format == "channels_first"
    before = (batch, channels, side, side) if first else (batch, side, side, channels)
    after = (batch, filters, height, width) if first else (batch, height, width, filters)
    stride = layer.strides[0]
    if layer.padding == "same":
        size = f"`same`: ⌈{side} / {stride}⌉ = {height} rows, and as many columns."
    else:
        size = f"`valid`: ({side} − {axis.span}) / {stride} + 1 = {height} rows"
        size += f"{', rounded down' if axis.dropped else ''}, and as many columns."
    span = (
        f"The {axis.kernel_size} weights of a row reach over ({axis.kernel_size} − 1) · {dilation} "
        f"+ 1 = {axis.span} cells."
    )
    return Question(
        f"`{_code(layer, data_format)}` reads a batch of shape **{shape(before)}**. What is "
        "the shape of its output?",
        Shape(after, AXES[data_format]),
        (
            *((span,) if dilation > 1 and layer.padding == "valid" else ()),
            size,
            f"{filters} filters make {filters} channels; the {batch} pictures stay "
            f"{batch} pictures.",
            f"({', '.join(AXES[data_format])}) = **{shape(after)}**",
        ),
    )


def _code(layer: Conv2D, data_format: str) -> str:
    written = [f"Conv2D({layer.filters}, {layer.kernel_size[0]}"]
    if layer.strides != (1, 1):
        written.append(f"strides={layer.strides[0]}")
    written.append(f'padding="{layer.padding}"')
    if layer.dilation_rate != (1, 1):
        written.append(f"dilation_rate={layer.dilation_rate[0]}")
    if data_format == "channels_first":
        written.append('data_format="channels_first"')
    return ", ".join(written) + ")"


LESSON = Lesson(
    "The arguments of Conv2D",
    _text,
    _scene,
    _ask,
    start={
        "argument": "filters",
        "filters": 3,
        "kernel_size": 3,
        "strides": 2,
        "padding": "same",
        "data_format": "channels_last",
        "dilation_rate": 2,
        "groups": 2,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": "glorot_uniform",
        "seed": 1,
        "bias_initializer": "zeros",
        "regularizer": "l2",
        "constraint": "non_neg",
    },
    controls=_controls,
)
