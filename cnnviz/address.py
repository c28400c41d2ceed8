"""The full address of a state, and what hands it to others: a QR code and a line of HTML.

Layer: knows no Streamlit and no state; it is given a page's address and a query.
"""

import html
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

# A QR code holds 2,953 bytes, in 177 x 177 modules: no telephone tells those apart on a wall. With
# 800 there are 105 at most, which fill a projector's 768 lines at 7 pixels each.
LONGEST_SCANNED = 800
IFRAME_HEIGHT = 760


class AddressError(ValueError):
    """An address that cannot be handed on.

    Attributes
    ----------
    field : str
        The parameter that is wrong.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def full_address(page: str, query: Mapping[str, str], *, embedded: bool = False) -> str:
    """Return a page's address with a query.

    Parameters
    ----------
    page : str
        Its address as the visitor's browser has it. A query or fragment in it is left out.
    query : mapping of str to str
    embedded : bool
        Whether the page opens without menu, as in a frame of another page.

    Examples
    --------
    >>> full_address("http://cnn.school/convolution", {"strides": "2"}, embedded=True)
    'http://cnn.school/convolution?strides=2&embed=true'
    """
    parts = urlsplit(page)
    text = urlencode({**query, **({"embed": "true"} if embedded else {})})
    return urlunsplit((parts.scheme, parts.netloc, parts.path, text, ""))


def is_only_here(address: str) -> bool:
    """Whether an address names the very machine that reads it, so that nobody else gets there.

    Examples
    --------
    >>> is_only_here("http://localhost:8501/"), is_only_here("http://192.168.1.20:8501/")
    (True, False)
    """
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def iframe_line(address: str, title: str) -> str:
    """Return the line of HTML that shows an address in a frame of another page.

    Examples
    --------
    >>> print(iframe_line("http://cnn.school/pooling?rows=4&embed=true", "Pooling"))
    <iframe src="http://cnn.school/pooling?rows=4&amp;embed=true" title="Pooling" width="100%" \
height="760" style="border:0" allow="camera; clipboard-write; fullscreen"></iframe>
    """
    return (
        f'<iframe src="{html.escape(address)}" title="{html.escape(title)}" width="100%" '
        f'height="{IFRAME_HEIGHT}" style="border:0" '
        'allow="camera; clipboard-write; fullscreen"></iframe>'
    )


@dataclass(frozen=True)
class QRCode:
    """A QR code to draw.

    Attributes
    ----------
    picture : str
        A data URL of an SVG picture, black on white in light and dark alike, with the quiet zone
        of 4 modules that ISO/IEC 18004 asks for.
    side : int
        Modules from edge to edge. A picture of a multiple of as many pixels is sharp.
    """

    picture: str
    side: int


def qr_code(address: str) -> QRCode:
    """Make an address a QR code, the smallest there is, with what correction fits into it.

    Parameters
    ----------
    address : str
        At most `LONGEST_SCANNED` bytes in UTF-8.

    Raises
    ------
    AddressError
        When the address is longer.

    Examples
    --------
    >>> code = qr_code("http://cnn.school/")
    >>> code.side, code.picture[:18]
    (33, 'data:image/svg+xml')
    """
    import segno

    size = len(address.encode())
    if size > LONGEST_SCANNED:
        raise AddressError(
            "address",
            f"address has {size:,} bytes, but a QR code that a telephone reads from a wall holds "
            f"at most {LONGEST_SCANNED}. Leave the drawing or the picture out of it.",
        )
    code = segno.make_qr(address, error="l")
    picture = code.svg_data_uri(border=4, omitsize=True, dark="#000", light="#fff")
    return QRCode(str(picture), int(code.symbol_size(border=4)[0]))
