"""The colours that mean something, named once for the stage, Plotly and the page.

Layer: the bottom. Imports nothing. `.streamlit/config.toml` repeats the four page colours of each
palette because Streamlit reads it before any code runs; a test holds the two together.
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Palette:
    """Colours of one appearance, as `#rrggbb`.

    The signed scale runs `negative` - `zero` - `positive`: blue against orange, which the common
    forms of colour blindness keep apart (after Wong, Nature Methods 8, 441, 2011).
    """

    background: str
    surface: str
    text: str
    border: str
    quiet: str  # captions, indices, the numbers of padding
    pointer: str  # whatever the visitor points at, and what belongs to it
    agree: str  # TensorFlow and the written sum agree
    differ: str
    negative: str
    zero: str
    positive: str

    def as_dict(self) -> dict[str, str]:
        """Return the colours by name, as the stage receives them."""
        return asdict(self)


LIGHT = Palette(
    background="#ffffff",
    surface="#f8f9fc",
    text="#1b1d24",
    border="#d9dce3",
    quiet="#5c616d",
    pointer="#5b3df5",
    agree="#1a7f4b",
    differ="#b3261e",
    negative="#1f63b4",
    zero="#ffffff",
    positive="#d97326",
)

DARK = Palette(
    background="#14161c",
    surface="#1c1f27",
    text="#eceef3",
    border="#3a3f4b",
    quiet="#a3a9b6",
    pointer="#a594ff",
    agree="#5ccb92",
    differ="#ff8a80",
    negative="#5b9df0",
    zero="#20242d",
    positive="#f29a4e",
)

# Ten lines that can be told apart on light and on dark, by hue and by lightness.
DIGITS = (
    "#4c78a8",
    "#df7300",
    "#54a24b",
    "#e45756",
    "#3f9e98",
    "#a98c14",
    "#b279a2",
    "#d6618f",
    "#9d755d",
    "#8a8f98",
)
