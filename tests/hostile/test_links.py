"""Whatever a link holds: a page with what could be read, and a sentence for each thing that not."""

import json
import random
import re
import time

import pytest

from cnnviz.hiding import read_hidden
from cnnviz.share import ShareError, decode, encode, from_file
from tests.hostile import TIMES
from tests.hostile.links import STATES, links, value

COUNT = 10_000 * TIMES
# Field, value, limit or what it means, and a fix.
UNKNOWN = r"is no setting of this page, so it changes nothing\. (Write \w+ instead|Leave it out)"
MESSAGE = re.compile(
    r"^\w+ is .+ in this link, but must be .+\. The page (shows .+ instead|goes on without it)\.$"
    rf"|^('.*'|\".*\") {UNKNOWN}\.$"
    r"|^The link has [\d,]+ more names that are no setting of this page\. Leave them out\.$",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def decoded():
    """Decode every link: the page, the query, the state and what was wrong."""
    return [(page, query, *decode(STATES[page], query)) for page, query in links(COUNT, seed=20)]


def test_many_links_are_decoded_without_an_exception(decoded):
    assert len(decoded) == COUNT
    assert {type(state) for _, _, state, _ in decoded} == set(STATES.values())
    broken = sum(bool(errors) for *_, errors in decoded)
    assert 0.3 * COUNT < broken < COUNT  # else this tests little


def test_every_state_that_was_read_can_be_written_and_read_again(decoded):
    for page, query, state, _ in decoded:
        link = encode(state)
        if not link.left_out:
            assert decode(STATES[page], link.query) == (state, ()), query


def test_everything_wrong_has_a_message_in_a_sentence_of_its_own(decoded):
    for _, query, _, errors in decoded:
        assert {error.field for error in errors} <= set(query)
        for error in errors:
            assert MESSAGE.match(str(error)), (str(error), query)
            assert len(str(error)) < 500


@pytest.mark.parametrize(
    "text",
    [
        *(text * 1_000_000 for text in ("9", "1_", "~", "A", "1x", "filters.1~~", "(")),
        "".join(f"a{k}.b~~" for k in range(200_000)),
    ],
    ids=lambda text: f"{text[:8]} and so on",
)
@pytest.mark.parametrize("page", STATES)
def test_megabytes_in_one_setting_are_refused_at_once(page, text):
    kind = STATES[page]
    started = time.process_time()
    for name in vars(kind()):
        _, errors = decode(kind, {name: text})
        assert all(len(str(error)) < 500 for error in errors)
    assert time.process_time() - started < 3


def test_a_link_with_a_hundred_thousand_names_is_refused_at_once():
    query = {f"setting{k}": "1" for k in range(100_000)}
    started = time.process_time()
    state, errors = decode(STATES["convolution"], {"a" * 3_000_000: "", **query, "filters": "5"})
    assert time.process_time() - started < 1
    assert state.filters == 5
    assert len(errors) < 20


def test_what_is_hidden_is_read_at_once_whatever_it_is():
    chance = random.Random(6)
    started = time.process_time()
    for text in [*(value(chance) for _ in range(1_000)), "a." * 1_000_000, "x" * 5_000_000]:
        _, errors = read_hidden(text)
        assert all(len(str(error)) < 500 for error in errors)
    assert time.process_time() - started < 3


def test_saved_files_of_any_content_are_read_or_refused():
    chance = random.Random(8)
    kinds = {name: kind.__name__ for name, kind in STATES.items()}
    odd = [b"", b"null", b"[]", b"{}", b'{"cnnviz": 1}', b"[" * 100_000, b'{"a":' * 50_000]
    odd += [b"\xff\xfe", b"NaN", b"1e999", b'{"cnnviz": "ConvolutionState", "filters": 3}']
    for page, query in links(500 * TIMES, seed=21):
        odd.append(json.dumps({"cnnviz": kinds[page], **query}).encode())
        odd.append(bytes(chance.randrange(256) for _ in range(40)))
    told = [opened(kind, content) for content in odd for kind in STATES.values()]
    refused = [words for words in told if words is not None]
    assert 0 < len(refused) < len(told)
    assert {words.rpartition(". ")[2] for words in refused} == {
        "Choose a file that this page saved."
    }


def opened(kind, content):
    """Open a saved file; return why it was refused, or None."""
    try:
        state, _ = from_file(kind, content)
    except ShareError as error:
        return str(error)
    return None if isinstance(state, kind) else "another kind of state"
