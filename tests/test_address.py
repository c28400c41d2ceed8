"""The full address of a state, and what hands it to others."""

import html
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from cnnviz.address import (
    LONGEST_SCANNED,
    AddressError,
    full_address,
    iframe_line,
    is_only_here,
    qr_code,
)

PAGE = "https://cnn.school:8443/deep/convolution"


def scanned(picture: str) -> str:
    """Draw the dark strokes of a QR code's SVG as a telephone sees them, and read it."""
    svg = unquote(picture.partition(",")[2])
    side = int(re.search(r"viewBox='0 0 (\d+) ", svg).group(1))
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    path = re.search(r"stroke='#000' d='([^']+)'", svg).group(1)
    x, y = 0.0, 0.0
    for command, arguments in re.findall(r"([Mmh])([-\d. ]+)", path):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", arguments)]
        if command == "h":
            draw.line((x, int(y), x + numbers[0] - 1, int(y)), fill=0)
            x += numbers[0]
        elif command == "M":
            x, y = numbers
        else:
            x, y = x + numbers[0], y + numbers[1]
    (found,) = zxingcpp.read_barcodes(image.resize((4 * side, 4 * side), Image.Resampling.NEAREST))
    return str(found.text)


def test_an_address_is_the_page_with_the_query_and_nothing_else():
    address = full_address(f"{PAGE}?old=1#there", {"strides": "2", "hide": "padding.groups"})
    assert address == f"{PAGE}?strides=2&hide=padding.groups"


def test_a_page_without_a_query_keeps_its_address():
    assert full_address(PAGE, {}) == PAGE


def test_what_an_address_may_not_hold_is_escaped_and_read_again():
    query = {"values": 'a&b="<é>', "embed_": "#?"}
    read = parse_qs(urlsplit(full_address(PAGE, query, embedded=True)).query)
    assert {name: texts[0] for name, texts in read.items()} == {**query, "embed": "true"}


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.0.1", "[::1]", "cnn.localhost", "LOCALHOST"]
)
def test_an_address_of_this_machine_is_told(host):
    assert is_only_here(f"http://{host}:8501/pooling?rows=3")


@pytest.mark.parametrize("host", ["192.168.1.20", "cnn.school", "localhost.school", "[fe80::1]"])
def test_an_address_that_others_reach_is_told(host):
    assert not is_only_here(f"http://{host}:8501/pooling")


def test_the_line_of_html_holds_the_address_as_a_browser_reads_it():
    address = full_address(PAGE, {"a": "1", "b": "2"}, embedded=True)
    line = iframe_line(address, 'Pooling "max" <b>')
    assert html.unescape(re.search('src="([^"]*)"', line).group(1)) == address
    assert html.unescape(re.search('title="([^"]*)"', line).group(1)) == 'Pooling "max" <b>'
    assert line.count("<") == 2


@pytest.mark.parametrize("size", [19, 240, LONGEST_SCANNED])
def test_a_qr_code_is_read_back_to_its_address(size):
    address = "http://cnn.school/?" + "aA~_-.7"[: size - 19] + "x" * (size - 26)
    code = qr_code(address[:size])
    assert scanned(code.picture) == address[:size]
    assert code.side <= 105


def test_a_qr_code_has_its_quiet_zone_and_no_address_of_others():
    svg = unquote(qr_code("http://cnn.school/").picture)
    assert "M4 4.5h7" in svg  # a finder pattern begins four modules from the corner
    assert re.findall(r"https?://[^'\"]*", svg) == ["http://www.w3.org/2000/svg"]


def test_an_address_that_no_telephone_reads_is_refused_and_the_fix_works():
    address = full_address(PAGE, {"strokes": "x" * 900})
    with pytest.raises(AddressError) as caught:
        qr_code(address)
    assert caught.value.field == "address"
    assert str(caught.value) == (
        "address has 949 bytes, but a QR code that a telephone reads from a wall holds at most "
        "800. Leave the drawing or the picture out of it."
    )
    assert scanned(qr_code(full_address(PAGE, {})).picture) == PAGE
