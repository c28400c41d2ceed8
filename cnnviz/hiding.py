"""What a link can hide: `?hide=padding.strides` takes these away from every page.

Layer: no NumPy, no Streamlit. A teacher names what a class should not see yet. Names are those of
the link's own settings, which are Keras', or of a part of the page.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 1_000  # characters of `hide` that are read; all names together are less than half
MOST_MESSAGES = 3

_CONVOLUTION = ("convolution",)
_POOLING = ("pooling",)
_CLASSIFIER = ("classifier",)
_OPERATIONS = ("convolution", "pooling")
_ALL = ("home", "convolution", "pooling", "classifier", "lessons")


class HideError(ValueError):
    """A name in `hide` that is nothing to hide.

    Attributes
    ----------
    field : str
        Always "hide".
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.field = "hide"


@dataclass(frozen=True)
class Hideable:
    """Something that can be hidden.

    Attributes
    ----------
    what : str
        What goes, in words.
    pages : tuple of str
        The pages that have it.
    """

    what: str
    pages: tuple[str, ...]


HIDEABLE = {
    "input": Hideable(
        "the choice between matrix, drawing, upload, camera, sample and MNIST",
        (*_OPERATIONS, "classifier"),
    ),
    "preset": Hideable("the choice of a ready-made matrix", (*_OPERATIONS, "lessons")),
    "size": Hideable("rows, columns and channels of the matrix", _OPERATIONS),
    "values": Hideable("typing a matrix, and editing its cells on the stage", _OPERATIONS),
    "sample": Hideable("the choice of a sample picture", _OPERATIONS),
    "index": Hideable("the choice of an MNIST digit", (*_OPERATIONS, "classifier")),
    "side": Hideable("the side of the picture in pixels", _OPERATIONS),
    "colour": Hideable("grey or RGB", (*_OPERATIONS, "lessons")),
    "filters": Hideable("the number of filters", (*_CONVOLUTION, "lessons")),
    "kernel_size": Hideable("the kernel's size", (*_CONVOLUTION, "lessons")),
    "examples": Hideable("the examples over the stage", _POOLING),
    "kind": Hideable("the choice between maximum and average", (*_POOLING, "lessons")),
    "is_global": Hideable("the switch to global pooling", _POOLING),
    "pool_size": Hideable("the window's size", (*_POOLING, "lessons")),
    "strides": Hideable("the stride", (*_OPERATIONS, "lessons")),
    "padding": Hideable("the padding", (*_OPERATIONS, "lessons")),
    "dilation_rate": Hideable("the dilation", (*_CONVOLUTION, "lessons")),
    "groups": Hideable("the groups", (*_CONVOLUTION, "lessons")),
    "activation": Hideable("the activation", (*_CONVOLUTION, "lessons")),
    "beside": Hideable("what stands beside the layer on request", _POOLING),
    "rectangular": Hideable("separate heights and widths", _OPERATIONS),
    "use_bias": Hideable("the bias switch", (*_CONVOLUTION, "lessons")),
    "flip": Hideable("the switch that flips the kernel", (*_CONVOLUTION, "lessons")),
    "weights": Hideable(
        "choosing, typing and drawing weights, and editing them on the stage",
        (*_CONVOLUTION, "lessons"),
    ),
    "sum": Hideable("the sum under the grids", (*_OPERATIONS, "classifier", "home", "lessons")),
    "shape": Hideable("the shape arithmetic and what follows from it", _OPERATIONS),
    "data_format": Hideable("channels_last or channels_first", (*_OPERATIONS, "lessons")),
    "code": Hideable("the Keras code, the program and its files", _OPERATIONS),
    "notes": Hideable("what the filters on the stage look for", _CONVOLUTION),
    "histogram": Hideable("the histogram of values before and after the activation", _CONVOLUTION),
    "steps": Hideable("the steps of preparation: pictures and switches", _CLASSIFIER),
    "controls": Hideable("all controls of a lesson's figure", ("lessons",)),
    "answers": Hideable(
        "what the network says of a digit, and the reveal of a lesson's answer",
        ("classifier", "lessons"),
    ),
    "network": Hideable("the overview of all layers", _CLASSIFIER),
    "why": Hideable("saliency, Grad-CAM and occlusion", _CLASSIFIER),
    "what_if": Hideable("the sliders that move and turn the digit, and their chart", _CLASSIFIER),
    "file": Hideable("saving the page as a file and opening one", (*_OPERATIONS, "classifier")),
    "share": Hideable("the share panel", _ALL),
}
# What people write for them, too.
_ALSO = {
    "answer": "answers",
    "bias": "use_bias",
    "dilation": "dilation_rate",
    "stride": "strides",
}


def read_hidden(text: str) -> tuple[frozenset[str], tuple[HideError, ...]]:
    """Read the names in `hide`.

    Parameters
    ----------
    text : str
        Names with dots or commas between them. It comes from a link, so it may be anything.

    Returns
    -------
    (names, errors)
        The names that can be hidden, and an error for each other (for many, one for the rest).

    Examples
    --------
    >>> names, errors = read_hidden("padding,stride.paddin")
    >>> sorted(names)
    ['padding', 'strides']
    >>> print(errors[0])
    hide names 'paddin', but there is no such thing to hide. Write padding instead.
    """
    if len(text) <= LONGEST:
        return _read(text)
    whole_names = re.split(r"[.,;\s]+", text[:LONGEST])[:-1]  # the last one may be cut
    names, errors = _read(".".join(whole_names))
    too_long = HideError(
        f"hide has {len(text):,} characters in this link, but at most {LONGEST:,} are "
        "read. Name each thing once."
    )
    return names, (too_long, *errors)


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[frozenset[str], tuple[HideError, ...]]:
    names = re.split(r"[.,;\s]+", text.lower())
    names = [_ALSO.get(name, name) for name in dict.fromkeys(names) if name]
    unknown = [name for name in names if name not in HIDEABLE]
    errors = [_unknown(name) for name in unknown[:MOST_MESSAGES]]
    if more := unknown[MOST_MESSAGES:]:
        errors.append(
            HideError(f"hide names {len(more)} more that are nothing to hide. Leave them out.")
        )
    return frozenset(names) & HIDEABLE.keys(), tuple(errors)


def _unknown(name: str) -> HideError:
    near = difflib.get_close_matches(name, [*HIDEABLE, *_ALSO], n=1)
    fix = f"Write {near[0]} instead." if near else "Leave it out."
    shown = repr(name if len(name) <= 40 else name[:37] + "...")
    return HideError(f"hide names {shown}, but there is no such thing to hide. {fix}")


def write_hidden(names: Iterable[str]) -> str:
    """Write names as `hide` carries them: each once, always in the same order.

    Raises
    ------
    HideError
        When one is nothing that can be hidden.

    Examples
    --------
    >>> write_hidden({"strides", "padding"})
    'strides.padding'
    """
    names = set(names)
    for name in sorted(names - HIDEABLE.keys()):
        raise _unknown(name)
    return ".".join(name for name in HIDEABLE if name in names)
