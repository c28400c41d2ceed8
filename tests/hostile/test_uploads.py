"""Broken and odd pictures through the page's own upload, and uploads that no page makes."""

import asyncio
import random
import re
import warnings
from contextlib import AsyncExitStack
from urllib.request import urlopen

import aiohttp
import pytest
from PIL import Image
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.images import MAX_BYTES, is_large
from cnnviz.ui.uploads import MOST_BYTES
from tests.hostile import TIMES
from tests.hostile.pictures import corpus, photograph, saved
from tests.hostile.test_messages import neighbour, shows_secret
from tests.load.visit import Listening, Visit, played

# One or more of each part of the corpus; all of it is read in test_pictures, and here with HOSTILE.
SAMPLE = (
    "plain: 1x1 PNG",
    "cut_off: JPEG after 50.0%",
    "something_else: nothing",
    "something_else: svg",
    "something_else: noise",
    "too_large: PNG of 20000x20000, one bit",
    "too_large: PNG of 9x9 that unpacks to 256 MB",
    "long_and_thin: 20000x1 PNG",
    "animated: GIF",
    "deep: 16-bit PNG in colour",
    "deep: float TIFF with nan",
    "inks: CMYK JPEG",
    "metadata: PNG with 8 MB of EXIF",
    "metadata: PNG with 3,000 notes",
    "two_things_at_once: GIF and JavaScript",
    "two_things_at_once: JPEG and a ZIP archive",
    "damaged_chunks: PNG with a wrong check sum",
    "damaged_chunks: JPEG with 5,000 scans",
    "tiff_tricks: a next page that is this one",
    "flipped_bits: PNG 0",
)


@pytest.fixture(scope="module")
def files():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow writes what it would not read again
        found = {name: data for name, data in corpus() if TIMES > 1 or name in SAMPLE}
    assert found.keys() >= set(SAMPLE)
    return found


def uploader(visit):
    """Return the key of the uploader or camera, which counts visits and what was removed."""
    return next(key for key in visit.keys if re.match(r"\w+:(file|upload|camera):", key))


@pytest.mark.parametrize(
    ("page", "source", "every"),
    [
        ("convolution", "upload", 1),
        ("classifier", "upload", 1),
        ("pooling", "upload", 3),  # by the convolution page's controls
        ("classifier", "camera", 3),  # by those of the classifier's uploads
    ],
)
def test_any_file_ends_in_a_picture_or_a_message(server, files, page, source, every):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            await visit.open(page, {"input": source})
            for name in list(files)[:: 1 if TIMES > 1 else every]:
                answer = await visit.upload(uploader(visit), files[name], name="picture.jpg")
                if len(files[name]) > MAX_BYTES:
                    assert answer == 413, name
                    continue
                assert answer.exceptions == [], name
                told = [shown.body for shown in answer.of("alert")]
                stage = [shown for shown in answer.of("bidi_component") if "stage" in shown.id]
                assert told or stage, name
                assert not any("script" in words for words in told), name
                assert not shows_secret(answer), name

    played(script())


def drawn(messages):
    """Return where something was drawn, and as part of what."""
    found = map(ForwardMsg.FromString, messages)
    return [
        (tuple(message.metadata.delta_path), message.delta.fragment_id)
        for message in found
        if message.HasField("delta")
    ]


LARGE = 1_200  # pixels a side: more than a megapixel waits in line, as the photographs of phones do


@pytest.mark.parametrize("page", ["convolution", "pooling", "classifier"])
def test_a_large_picture_is_read_and_leaves_the_frame_as_it_is(server, page):
    picture = saved(photograph(LARGE), "JPEG")
    assert is_large(picture)

    async def script():
        async with Listening(server.address) as visit:
            await visit.open(page, {"input": "upload"})
            frame = {place for place, part in drawn(visit.received) if not part}
            assert len(frame) > 5
            visit.received.clear()
            answer = await visit.upload(uploader(visit), picture, name="picture.jpg")
            assert answer.exceptions == []
            assert frame.isdisjoint(place for place, _ in drawn(visit.received))
            if page != "classifier":  # which says nothing about sizes
                assert any(f"from {LARGE} × {LARGE}" in words for words in captions(answer))
            assert "picture=" in visit.query

    played(script())


class InAHurry(Visit):
    """A visit that does the next thing as soon as it has done one."""

    next_thing = None

    async def send(self, *changes, page=None, part=None):
        await super().send(*changes, page=page, part=part)
        if self.next_thing is not None:
            soon, self.next_thing = self.next_thing, None
            await super().send(soon)


async def settled(visit):
    """Return the whole page; of a run that was overtaken there may still be word."""
    for _ in range(2):
        answer = await visit.act()
    return answer


def test_a_large_picture_is_read_though_the_visitor_goes_on_meanwhile(server):
    picture = saved(photograph(LARGE), "JPEG")

    async def script():
        async with InAHurry(server.address) as visit:
            await visit.open("convolution", {"input": "upload"})
            await visit.act(visit.slider("convolution:strides", 2))
            visit.next_thing = visit.slider("convolution:strides", 3)
            answer = await visit.upload(uploader(visit), picture, name="picture.jpg")
            assert answer.exceptions == []
            answer = await settled(visit)
            assert any(f"from {LARGE} × {LARGE}" in words for words in captions(answer))
            assert "strides=3" in visit.query

    played(script())


@pytest.mark.parametrize(
    ("page", "other"), [("convolution", "Matrix"), ("pooling", "Matrix"), ("classifier", "Draw")]
)
def test_a_large_picture_waits_for_a_visitor_who_has_gone_to_another_input(server, page, other):
    picture = saved(Image.new("RGB", (6_000, 6_000), "teal"), "PNG")

    async def script():
        async with InAHurry(server.address) as visit:
            await visit.open(page, {"input": "upload"})
            visit.next_thing = visit.state(f"{page}:input", string_array_value=[other])
            answer = await visit.upload(uploader(visit), picture, name="picture.png")
            assert answer.exceptions == []
            await settled(visit)
            assert "picture=" not in visit.query
            back = visit.state(f"{page}:input", string_array_value=["Upload"])
            assert (await visit.act(back)).exceptions == []
            await settled(visit)
            assert "picture=" in visit.query

    played(script())


def test_whose_picture_waits_for_another_is_told_so_and_reads_it_then(server):
    sides = (5_800, 6_000)  # half a second of work each

    async def script():
        async with Visit(server.address) as one, Visit(server.address) as other:
            for visit in (one, other):
                await visit.open("convolution", {"input": "upload"})
            pictures = [saved(Image.new("RGB", (side, side), "olive"), "PNG") for side in sides]
            answers = await asyncio.gather(
                *(
                    visit.upload(uploader(visit), picture, name="picture.png")
                    for visit, picture in zip((one, other), pictures, strict=True)
                )
            )
            for side, answer in zip(sides, answers, strict=True):
                assert any(f"from {side} × {side}" in words for words in captions(answer))
            told = [shown.body for answer in answers for shown in answer.of("alert")]
            assert "1 visitor before you. It starts by itself." in told

    played(script())


def captions(answer):
    return [shown.body for shown in answer.of("markdown")]


def test_a_file_name_is_never_more_than_a_name(server):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            await visit.open("convolution", {"input": "upload"})
            for name in ("../../etc/passwd", "<img src=x onerror=alert(1)>", "a" * 3_000, "é 🙂"):
                answer = await visit.upload(
                    uploader(visit), saved(photograph(), "PNG"), name=f"{name}.png"
                )
                assert answer.exceptions == []
                assert answer.of("bidi_component")

    played(script())


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(server):
    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            await visit.open("convolution", {"input": "upload"})
            refused = await visit.upload(uploader(visit), bytes(11 * 2**20), name="large.png")
            assert refused == 413
            assert (await visit.act()).exceptions == []

    played(script())


def test_nobody_uploads_into_a_visit_without_its_token(server):
    async def script():
        async with Visit(server.address) as visit, aiohttp.ClientSession() as stranger:
            await visit.open("convolution", {"input": "upload"})
            path = f"{server.address}/_stcore/upload_file/{visit.session_id}/1"
            answers = []
            for headers in ({}, {"X-Xsrftoken": "2|aaaa|bbbb|1"}):
                form = aiohttp.FormData()
                form.add_field("file", b"x", filename="x.png")
                async with stranger.put(path, data=form, headers=headers) as answer:
                    answers.append(answer.status)
            return answers

    assert played(script()) == [403, 403]


def test_a_visit_keeps_few_files_however_many_it_is_sent(server):
    chance = random.Random(9)

    async def script():
        async with neighbour(server), Visit(server.address) as visit:
            await visit.open("convolution", {"input": "upload"})
            before = server.megabytes()
            for k in range(30):
                content = saved(photograph(), "PNG") + chance.randbytes(9 * 2**20)
                answer = await visit.put(f"file-{k}", content)
                assert answer == 204
            grown = server.megabytes() - before
            answer = await visit.upload(
                uploader(visit), saved(photograph(), "PNG"), name="good.png"
            )
            assert answer.exceptions == []
            assert answer.of("bidi_component")
            return grown

    assert played(script()) < 100


def test_all_visits_together_keep_few_bytes_and_nobody_loses_a_picture(server):
    async def script():
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(Visit(server.address))
            await first.open("classifier", {"input": "upload"})
            await first.upload(uploader(first), saved(photograph(), "PNG"), name="small.png")
            shown = first.query
            assert "picture=" in shown
            for _ in range(9):
                visit = await stack.enter_async_context(Visit(server.address))
                await visit.open("convolution", {"input": "upload"})
                for k in range(3):
                    assert await visit.put(f"file-{k}", bytes(9 * 2**20)) == 204
            assert MOST_BYTES - 10 * 2**20 < held_by(server) <= MOST_BYTES
            answer = await first.act()
            assert answer.exceptions == []
            assert first.query == shown

    played(script())


def held_by(server):
    """Return the bytes of the files that a server keeps."""
    with urlopen(f"{server.address}/_stcore/metrics?families=cache_memory_bytes") as answer:
        metrics = answer.read().decode()
    (held,) = re.findall(r"^cache_memory_bytes\{.*UploadedFileManager.*\} (\d+)", metrics, re.M)
    return int(held)
