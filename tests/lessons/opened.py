"""A lesson as a test opens it."""

from cnnviz import pooling, workshop
from cnnviz.compute import convolve, pool
from cnnviz.drawing import sample
from cnnviz.images import read_image, to_grey
from cnnviz.lessons import LAST, LESSONS, LessonsState
from cnnviz.share import PoolingState

NUMBERS = range(1, LAST + 1)


def lesson(number):
    return LESSONS[number - 1]


def scene(number, **controls):
    """Return what a lesson shows while its controls stand like this."""
    state, errors = lesson(number).filled(LessonsState(lesson=number, **controls))
    assert errors == ()
    return lesson(number).scene(state)


def written(number):
    """Return a lesson's sentences without marks."""
    return " ".join(lesson(number).text()).replace("**", "").replace("`", "")


def computed(state):
    """Run the layer that a scene shows, on its picture."""
    if isinstance(state, PoolingState):
        from_maps = state.input == "convolution"
        image = computed(state.convolution) if from_maps else workshop.matrix_of(state)
        return pool(image, pooling.layer_of(state, image.shape))
    layer, image = workshop.layer_of(state), picture(state)
    kernel = workshop.kernel_of(state, layer, image.shape[2])
    return convolve(image, kernel, workshop.bias_of(state), layer)


def picture(state):
    """Return the picture of a scene's state."""
    if state.input == "matrix":
        return workshop.matrix_of(state)
    if state.input == "upload":
        return to_grey(read_image(state.picture, max_side=state.side))
    pixels = sample(state.sample, max_side=state.side)
    return to_grey(pixels) if state.colour == "grey" else pixels
