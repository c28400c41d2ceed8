"""What a lesson is made of: sentences, controls, what it shows, and a question.

Layer: above `progress`. A lesson computes whatever it says and shows; the page lays it out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.lessons.answers import Kind
from cnnviz.lessons.progress import LessonsState
from cnnviz.share import ClassifierState, ConvolutionState, PoolingState, ShareError

Floats = NDArray[np.float32]


# ---- controls ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slider:
    """A control for a whole number, or for a share in steps of a hundredth."""

    name: str
    low: float
    high: float
    step: float = 1
    label: str = ""

    def holds(self, value: Any) -> bool:
        """Whether the control can stand at this value."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    @property
    def rule(self) -> str:
        """Say what it can stand at."""
        return f"from {self.low} to {self.high}"


@dataclass(frozen=True)
class Options:
    """A control for one of a few values, and what a reader reads for each."""

    name: str
    options: Mapping[Any, str]
    label: str = ""

    def holds(self, value: Any) -> bool:
        """Whether the control can stand at this value."""
        return value in self.options

    @property
    def rule(self) -> str:
        """Say what it can stand at."""
        return f"one of {', '.join(map(str, self.options))}"


@dataclass(frozen=True)
class Switch:
    """A control for true or false."""

    name: str
    label: str = ""

    def holds(self, value: Any) -> bool:
        """Whether the control can stand at this value."""
        return isinstance(value, bool)

    @property
    def rule(self) -> str:
        """Say what it can stand at."""
        return "true or false"


Control = Slider | Options | Switch


# ---- what is shown -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Growth:
    """Parameters of layers on pictures of several sizes, for a chart.

    Attributes
    ----------
    pictures : tuple of str
        The pictures' sizes, `28 × 28 × 1`.
    parameters : mapping of str to tuple of int
        For each kind of layer, its parameters on each picture.
    """

    pictures: tuple[str, ...]
    parameters: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Patch:
    """A picture, and the numbers of a small square of it.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, C), float32
        In [0, 1].
    row, column : int
        The upper left corner of the square.
    marked : (int, int)
        Row and column in the square of the number that is spoken of.
    written : tuple of (str, tuple of tuple of str)
        The name of each channel, and its numbers as they are written.
    """

    pixels: Floats
    row: int
    column: int
    marked: tuple[int, int]
    written: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Maps side by side, from the first step to the last.

    Attributes
    ----------
    steps : tuple of (str, ndarray of shape (H, W))
        What each is called, and its values in [0, 1].
    """

    steps: tuple[tuple[str, Floats], ...]


@dataclass(frozen=True)
class Refusal:
    """Weights that do not fit, and what is said about them.

    Attributes
    ----------
    message, keras : str
        What cnnviz says, and what Keras says.
    """

    message: str
    keras: str


@dataclass(frozen=True, eq=False)
class Digits:
    """A network's ten sums and what softmax makes of them.

    Attributes
    ----------
    logits, powers, probabilities : ndarray of shape (10,), float32
        By digit; `powers` is e to the logits.
    """

    logits: Floats
    powers: Floats
    probabilities: Floats


Drawing = Growth | Patch | Pictures | Refusal | Digits
Workshop = ConvolutionState | PoolingState | ClassifierState


@dataclass(frozen=True, eq=False)
class Scene:
    """What stands beside the sentences.

    Attributes
    ----------
    state : ConvolutionState, PoolingState, ClassifierState or None
        What is on the stage, and what "open this in the workshop" opens. None where a drawing
        shows what the workshop cannot.
    lines, notes : tuple of str
        What is said over it and under it, with its numbers. Markdown's bold and code only.
    drawing : Drawing or None
        What is drawn instead of the stage.
    histogram : bool
        Whether the values before and after the activation are charted under the stage.
    """

    state: Workshop | None
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    drawing: Drawing | None = None
    histogram: bool = False


# ---- the question --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matrix:
    """A few numbers that a question is about."""

    label: str
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Question:
    """Something to predict.

    Attributes
    ----------
    text : str
        Markdown's bold and code only.
    kind : Number, Shape or Choice
        How it is answered, and the correct answer.
    arithmetic : tuple of str
        How that comes about, with these numbers.
    given : tuple of Matrix
        What is printed with it.
    scene : callable or None
        What shows the answer, built when somebody may see it.
    """

    text: str
    kind: Kind
    arithmetic: tuple[str, ...]
    given: tuple[Matrix, ...] = ()
    scene: Callable[[], Scene] | None = None


@dataclass(frozen=True, eq=False)
class Lesson:
    """One lesson.

    Attributes
    ----------
    title : str
    text : callable
        Returns the paragraphs. Markdown's bold and code only.
    scene : callable
        Takes a state in which every control of the lesson has a value; returns what is shown.
    ask : callable
        Takes a source of random numbers; returns a question.
    start : mapping of str to value
        The lesson's controls by name, and where they open.
    controls : callable
        Takes a state as `scene` does; returns the controls that there are then.
    needs_tensorflow : bool
        Whether `scene` or the stage computes with it.
    wants_picture : bool
        Whether it shows the learner's own picture, where there is one.
    """

    title: str
    text: Callable[[], tuple[str, ...]]
    scene: Callable[[LessonsState], Scene]
    ask: Callable[[Random], Question]
    start: Mapping[str, Any] = field(default_factory=dict)
    controls: Callable[[LessonsState], tuple[Control, ...]] = lambda _: ()
    needs_tensorflow: bool = True
    wants_picture: bool = False

    def filled(self, state: LessonsState) -> tuple[LessonsState, tuple[ShareError, ...]]:
        """Give every control a value: its own where it can stand there, else where it opens.

        Returns
        -------
        (state, errors)
            One error for each value that the control cannot stand at.
        """
        chosen = {
            name: start if getattr(state, name) is None else getattr(state, name)
            for name, start in self.start.items()
        }
        state = replace(state, **chosen)
        errors = []
        for control in self.controls(state):
            value = getattr(state, control.name)
            if control.holds(value):
                continue
            start = self.start[control.name]
            errors.append(
                ShareError(
                    control.name,
                    f"{control.name} is {value} in this link, but in this lesson must be "
                    f"{control.rule}. The page shows {start} instead.",
                )
            )
            state = replace(state, **{control.name: start})
        return state, tuple(errors)

    def trimmed(self, state: LessonsState) -> LessonsState:
        """Forget what stands where the lesson opens, so that a link holds only what was touched.

        So does a control that there is not at present.
        """
        present = {control.name for control in self.controls(state)}
        untouched: dict[str, Any] = {
            name: None
            for name, start in self.start.items()
            if name not in present or getattr(state, name) == start
        }
        return replace(state, **untouched)

    def question(self, seed: int) -> Question:
        """Ask the question with the numbers of a seed: the same ones for the same seed."""
        return self.ask(Random(f"{self.title} {seed}"))
