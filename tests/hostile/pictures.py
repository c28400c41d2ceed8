"""A corpus of broken and odd picture files, all made here.

`python -m tests.hostile.pictures` reads them all in a process of its own and prints a line of JSON
for each: what came of it, what it took of a processor, and the most memory that was needed so far.
"""

import io
import json
import random
import resource
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from cnnviz.images import ImageError, read_picture
from tests.hostile import TIMES

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
Corpus = Iterator[tuple[str, bytes]]


def corpus() -> Corpus:
    """Yield each file with a name that says what is wrong or odd about it."""
    for part in (
        plain,
        cut_off,
        something_else,
        too_large,
        long_and_thin,
        animated,
        deep,
        inks,
        metadata,
        two_things_at_once,
        damaged_chunks,
        tiff_tricks,
        flipped_bits,
    ):
        for name, data in part():
            yield f"{part.__name__}: {name}", data


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    """Write a picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def photograph(side: int = 48, mode: str = "RGB") -> Image.Image:
    """Make a small picture with something in it."""
    values = np.random.default_rng(3).integers(0, 256, (side // 4, side // 4, 3), np.uint8)
    return Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC).convert(mode)


# ---- PNG by hand ---------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    """Write a chunk of a PNG file."""
    check = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check & 0xFFFFFFFF)


def png(
    width: int,
    height: int,
    *chunks: bytes,
    depth: int = 8,
    colour: int = 0,
    body: bytes | None = None,
    interlace: int = 0,
) -> bytes:
    """Write a PNG file from its parts; without a body, one that is all zeros."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    if body is None:
        channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
        row = 1 + (width * channels * depth + 7) // 8
        body = zeros(row * height)
    every = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(every)


@cache  # five files hold the same quarter of a gigabyte
def zeros(count: int) -> bytes:
    """Compress so many zeros without ever holding them."""
    pack = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [pack.compress(block) for _ in range(count >> 20)]
    return b"".join([*parts, pack.compress(bytes(count & ((1 << 20) - 1))), pack.flush()])


# ---- the corpus ----------------------------------------------------------------------------------


def plain() -> Corpus:
    """One pixel, and every mode that a format can hold."""
    for file_format in FORMATS:
        yield f"1x1 {file_format}", saved(Image.new("RGB", (1, 1), (9, 90, 200)), file_format)
        for mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "I", "F", "YCbCr", "LAB"):
            try:
                yield (
                    f"{mode} {file_format}",
                    saved(photograph(mode="RGB").convert(mode), file_format),
                )
            except (OSError, ValueError, KeyError):
                continue  # a format does not hold every mode
    yield (
        "a palette with transparency",
        saved(photograph().quantize(8), "PNG", transparency=bytes([0, 128, 255])),
    )
    yield "a progressive JPEG", saved(photograph(), "JPEG", progressive=True)
    yield "a lossless WebP", saved(photograph(mode="RGBA"), "WEBP", lossless=True)


def cut_off() -> Corpus:
    """Every format, ended too early."""
    for file_format in FORMATS:
        whole = saved(photograph(), file_format)
        for share in (0.01, 0.1, 0.3, 0.5, 0.8, 0.95, 0.999):
            yield f"{file_format} after {share:.1%}", whole[: int(share * len(whole))]


def something_else() -> Corpus:
    """No picture at all, or one that begins like another."""
    chance = random.Random(2)
    yield "nothing", b""
    yield "one byte", b"\x00"
    yield "zeros", bytes(5_000)
    yield "noise", chance.randbytes(5_000)
    yield "text", b"<html><script>alert(1)</script></html>" * 20
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield "pdf", b"%PDF-1.7\n" + bytes(200)
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(pwd) run\n"
    yield "icon", saved(photograph(32), "ICO")
    yield "avif", b"\x00\x00\x00\x1cftypavif" + bytes(100)
    heads = [saved(photograph(), file_format)[:16] for file_format in FORMATS]
    for file_format in FORMATS:
        body = saved(photograph(), file_format)[16:]
        for head in heads:
            yield f"{file_format} with another's first bytes {head[:4]!r}", head + body
    for file_format, head in zip(FORMATS, heads, strict=True):
        yield f"{file_format}, then noise", head + chance.randbytes(2_000)


def too_large() -> Corpus:
    """Little files that say that they are huge, or that unpack to be so."""
    yield "PNG of 20000x20000, one bit", png(20_000, 20_000, depth=1)
    yield "PNG of 2 billion squared", png(2**31 - 1, 2**31 - 1, body=zlib.compress(b"\0"))
    yield "PNG of no width", png(0, 9, body=zlib.compress(b"\0"))
    yield "PNG of 6324x6324", png(6_324, 6_324, depth=1)  # 39,992,976 pixels: just allowed
    yield "PNG of 16-bit RGBA, 6324x6324", png(6_324, 6_324, depth=16, colour=6)
    yield "PNG of 9x9 that unpacks to 256 MB", png(9, 9, body=zeros(1 << 28))
    yield "PNG, interlaced", png(6_000, 6_000, depth=1, interlace=1, body=zeros(5_000_000))
    for name, text in (("zTXt", b"note\0\0"), ("iCCP", b"profile\0\0")):
        yield f"PNG with a bomb in {name}", png(9, 9, chunk(name.encode(), text + zeros(1 << 28)))
    bomb = b"note\0\1\0\0\0" + zeros(1 << 28)
    yield "PNG with a bomb in iTXt", png(9, 9, chunk(b"iTXt", bomb))
    header = b"VP8L\x10\0\0\0\x2f" + struct.pack("<I", 16_382 | 16_382 << 14) + bytes(11)
    yield "WebP of 16383x16383", b"RIFF" + struct.pack("<I", 4 + len(header)) + b"WEBP" + header
    yield (
        "BMP of 60000x60000",
        bytes(
            saved(Image.new("L", (4, 4)), "BMP").replace(
                struct.pack("<ii", 4, 4), struct.pack("<ii", 60_000, 60_000)
            )
        ),
    )
    whole = saved(Image.new("P", (9, 9)), "GIF")
    yield "GIF of 65535x65535", whole[:6] + b"\xff\xff\xff\xff" + whole[10:]
    yield (
        "JPEG of 65500x65500",
        saved(photograph(), "JPEG").replace(b"\x08\x00\x30\x00\x30", b"\x08\xff\xdc\xff\xdc"),
    )
    yield "eleven megabytes", saved(photograph(), "PNG") + bytes(11 * 2**20)


def long_and_thin() -> Corpus:
    """One row or one column."""
    for width, height in ((20_000, 1), (1, 20_000), (65_000, 2), (3, 16_000)):
        for file_format in FORMATS:
            try:
                yield (
                    f"{width}x{height} {file_format}",
                    saved(Image.new("RGB", (width, height), (200, 100, 0)), file_format),
                )
            except (OSError, ValueError):
                continue  # WebP ends at 16383
    yield "PNG of a million in a row", png(1_000_000, 1)
    yield "PNG of 40 million in a row", png(40_000_000, 1, depth=1)


def animated() -> Corpus:
    """More than one picture in a file."""
    frames = [photograph().rotate(30 * k) for k in range(12)]
    for file_format in ("GIF", "WEBP", "PNG", "TIFF"):
        yield file_format, saved(frames[0], file_format, save_all=True, append_images=frames[1:])
    small = saved(Image.new("P", (1, 1)), "GIF")
    at = small.index(b"\x2c")
    yield "GIF of 400,000 frames", small[:at] + small[at:-1] * 400_000 + b"\x3b"
    yield "MPO", saved(frames[0], "MPO", save_all=True, append_images=frames[1:3])


def deep() -> Corpus:
    """More than eight bits a channel, and numbers that are none."""
    values = np.random.default_rng(1).random((20, 30))
    yield "16-bit PNG", saved(Image.fromarray((65_535 * values).astype(np.uint16)), "PNG")
    yield "16-bit PNG in colour", png(20, 20, depth=16, colour=2)
    yield "float TIFF", saved(Image.fromarray(values.astype(np.float32)), "TIFF")
    for name, value in (("nan", np.nan), ("inf", np.inf), ("-inf", -np.inf), ("1e38", 1e38)):
        holed = values.astype(np.float32)
        holed[3, 4] = value
        yield f"float TIFF with {name}", saved(Image.fromarray(holed), "TIFF")
    whole = np.array([[-(2**31), 2**31 - 1]], np.int32)
    yield "32-bit TIFF", saved(Image.fromarray(whole), "TIFF")
    yield "1-bit PNG of an odd width", png(13, 7, depth=1)


def inks() -> Corpus:
    """Printing colours."""
    yield "CMYK JPEG", saved(photograph(mode="CMYK"), "JPEG")
    yield "CMYK TIFF", saved(photograph(mode="CMYK"), "TIFF")
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x02"
    whole = saved(photograph(mode="CMYK"), "JPEG")
    yield "CMYK JPEG turned over by Adobe", whole[:2] + adobe + whole[2:]
    whole = saved(photograph(), "JPEG")
    yield "RGB JPEG that Adobe calls YCCK", whole[:2] + adobe + whole[2:]


def metadata() -> Corpus:
    """What stands beside the pixels: long, broken, or lying."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 60_000
    yield "JPEG with 60 KB of EXIF", saved(photograph(), "JPEG", exif=exif)
    for value in (0, 3, 6, 9, 999, "sideways", (6, 6)):
        turned = Image.Exif()
        turned[ExifTags.Base.Orientation] = value
        try:
            data = saved(photograph(), "JPEG", exif=turned)
        except (struct.error, TypeError, ValueError):
            continue
        yield f"orientation {value!r}", data
    loop = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"  # leads to itself
    for file_format in ("JPEG", "PNG", "WEBP"):
        yield (
            f"EXIF that leads to itself, {file_format}",
            saved(photograph(), file_format, exif=b"Exif\0\0" + loop),
        )
        yield (
            f"EXIF that is noise, {file_format}",
            saved(photograph(), file_format, exif=b"Exif\0\0" + random.Random(1).randbytes(900)),
        )
        yield (
            f"a colour profile that is noise, {file_format}",
            saved(photograph(), file_format, icc_profile=random.Random(2).randbytes(50_000)),
        )
    yield "PNG with 8 MB of EXIF", png(9, 9, chunk(b"eXIf", b"II*\0" + bytes(8_000_000)))
    note = PngImagePlugin.PngInfo()
    for k in range(3_000):
        note.add_text(f"note {k}", "<script>alert(1)</script>" * 20)
    yield "PNG with 3,000 notes", saved(photograph(), "PNG", pnginfo=note)
    yield (
        "PNG with a note before its size",
        (b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"a\0b") + png(9, 9)[8:]),
    )
    comments = b"\xff\xfe\xff\xff" + b"c" * 65_533
    whole = saved(photograph(), "JPEG")
    yield "JPEG with 9 MB of comments", whole[:2] + comments * 137 + whole[2:]
    comment = b"\x21\xfe" + (b"\xff" + b"c" * 255) * 20_000 + b"\0"
    yield "GIF with 5 MB of comments", saved(photograph(mode="P"), "GIF")[:-1] + comment + b"\x3b"


def two_things_at_once() -> Corpus:
    """Files that are a picture and something else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../evil.py", "print('evil')")
    for file_format in FORMATS:
        yield (
            f"{file_format} and a ZIP archive",
            saved(photograph(), file_format) + buffer.getvalue(),
        )
    script = b"/*" + bytes(40) + b"*/=1;alert(1);//"
    yield "GIF and JavaScript", b"GIF89a" + script + saved(photograph(mode="P"), "GIF")[6:]
    yield "BMP and a program", b"MZ" + saved(photograph(), "BMP")[2:]
    yield "PNG and HTML", png(9, 9, chunk(b"tEXt", b"x\0<html><script>alert(1)</script>"))
    whole = saved(photograph(), "JPEG")
    comment = b"\xff\xfe\x00\x20%PDF-1.4" + bytes(22)
    yield "JPEG and PDF", whole[:2] + comment + whole[2:]
    yield "PNG in a TIFF's name", b"II*\0" + png(9, 9)


def damaged_chunks() -> Corpus:
    """PNG and JPEG with single parts that are wrong."""
    yield "PNG with a wrong check sum", png(9, 9, chunk(b"gAMA", bytes(4), crc=1))
    yield "PNG without a palette", png(9, 9, colour=3)
    yield "PNG with a palette too short", png(9, 9, chunk(b"PLTE", bytes(4)), colour=3)
    yield (
        "PNG with indices beyond its palette",
        png(9, 9, chunk(b"PLTE", bytes(6)), colour=3, body=zlib.compress(b"\0" + b"\xff" * 9 * 10)),
    )
    yield "PNG with too few rows", png(9, 9, body=zlib.compress(bytes(30)))
    yield "PNG whose pixels are not packed", png(9, 9, body=b"not zlib at all")
    yield "PNG without pixels", png(9, 9, body=b"")
    yield "PNG with a depth of 3", png(9, 9, depth=3)
    yield "PNG with a chunk of 2 GB", png(9, 9, b"\x7f\xff\xff\xfftEXt")
    yield "PNG with a colour of 7", png(9, 9, colour=7)
    whole = saved(photograph(), "JPEG")
    yield "JPEG of no height", whole.replace(b"\x08\x00\x30\x00\x30", b"\x08\x00\x00\x00\x30")
    yield "JPEG with 5 channels", whole.replace(b"\x00\x30\x00\x30\x03", b"\x00\x30\x00\x30\x05")
    progressive = saved(photograph(), "JPEG", progressive=True)
    at = progressive.rindex(b"\xff\xda")
    yield "JPEG with 5,000 scans", progressive[:at] + progressive[at:-2] * 5_000 + b"\xff\xd9"
    yield "JPEG without tables", whole.replace(b"\xff\xdb", b"\xff\xfe")


def _tiff(
    entries: list[tuple[int, int, int, int]], *, following: int = 0, body: bytes = b""
) -> bytes:
    """Write a TIFF file from the entries of its first directory: tag, type, count, value."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return head + packed + struct.pack("<I", following) + body


def tiff_tricks() -> Corpus:
    """Directories that lie."""
    size = [(256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1)]
    strips = [(273, 4, 1, 200), (278, 4, 1, 16), (279, 4, 1, 256)]
    good = _tiff([*size, (259, 3, 1, 1), *strips])
    good += bytes(200 - len(good)) + bytes(256)
    yield "a small one", good
    yield (
        "a next page that is this one",
        _tiff([*size, (259, 3, 1, 1), *strips], following=8) + bytes(500),
    )
    yield "pixels beyond the end", _tiff([*size, (259, 3, 1, 1), (273, 4, 1, 2**31), *strips[1:]])
    yield "2 billion strips", _tiff([*size, (259, 3, 1, 1), (273, 4, 2**31 - 1, 8), *strips[1:]])
    yield "65535 channels", _tiff([*size[:-1], (277, 3, 1, 65_535), (259, 3, 1, 1), *strips])
    yield (
        "a width of 4 billion",
        _tiff([(256, 4, 1, 2**32 - 1), *size[1:], (259, 3, 1, 1), *strips]),
    )
    yield (
        "tiles of 60000x60000",
        _tiff(
            [
                *size,
                (259, 3, 1, 1),
                (322, 4, 1, 60_000),
                (323, 4, 1, 60_000),
                (324, 4, 1, 8),
                (325, 4, 1, 9),
            ]
        ),
    )
    yield "no directory", b"II*\0\0\0\0\0"
    yield "a directory beyond the end", b"II*\0\xff\xff\xff\x7f"
    for compression in (2, 3, 5, 6, 7, 8, 32_773, 34_712, 50_000, 65_535):
        data = _tiff([*size, (259, 3, 1, compression), *strips])
        yield f"compression {compression}", data + random.Random(7).randbytes(456 - len(data))
    packed = zeros(6_000 * 6_000)
    entries = [(256, 4, 1, 6_000), (257, 4, 1, 6_000), *size[2:], (259, 3, 1, 8)]
    entries += [(273, 4, 1, 200), (278, 4, 1, 6_000), (279, 4, 1, len(packed))]
    head = _tiff(entries)
    yield "36 megapixels, packed", head + bytes(200 - len(head)) + packed


def flipped_bits() -> Corpus:
    """Good files with some bytes changed, by a seeded chance."""
    chance = random.Random(11)
    for file_format in FORMATS:
        whole = saved(photograph(24), file_format)
        for k in range(40 * TIMES):
            data = bytearray(whole)
            for _ in range(chance.choice((1, 2, 8))):
                # what stands first says most: half of the changes go there
                data[int(len(data) * chance.random() ** chance.choice((1, 4)))] = chance.randrange(
                    256
                )
            yield f"{file_format} {k}", bytes(data)


def main() -> None:
    """Read the corpus and print what came of it."""
    read_picture(saved(photograph(), "PNG"), max_side=128)  # what is loaded once is no growth
    for name, data in corpus():
        started = time.process_time()
        result: dict[str, object] = {"name": name, "bytes": len(data)}
        try:
            picture = read_picture(data, max_side=128)
            pixels = picture.pixels
            result["shape"] = pixels.shape
            result["good"] = bool(
                pixels.ndim == 3
                and max(pixels.shape[:2]) <= 128
                and pixels.shape[2] in (1, 3)
                and pixels.min() >= 0
                and pixels.max() <= 1
            )
        except ImageError as error:
            result["message"] = str(error)
        result["seconds"] = time.process_time() - started
        result["megabytes"] = peak()
        json.dump(result, sys.stdout)
        sys.stdout.write("\n")


def peak() -> float:
    """Return the most memory that this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would count what the parent held: on Linux a child begins with that
        (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
