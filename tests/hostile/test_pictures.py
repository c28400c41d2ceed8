"""Whatever file is chosen: pixels within limits, or a message that says what to do."""

import json
import re
import subprocess
import sys

import pytest

from tests.browser.server import ROOT

# Field, value, limit, and a fix; nothing of Python's or Pillow's own words.
MESSAGE = re.compile(r"^The [^<>{}\\]+ (are|is|be) (read|needed|shown)\b.*upload that\.$")
EITHER = ("shape", "message")


@pytest.fixture(scope="module")
def results():
    """Read the corpus in a process of its own, which shall live to the end."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.hostile.pictures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_file_is_read_or_refused(results):
    assert len(results) > 400
    assert [result["name"] for result in results if not any(map(result.get, EITHER))] == []
    outcomes = {next(kind for kind in EITHER if kind in result) for result in results}
    assert outcomes == set(EITHER)


def test_what_is_read_is_a_picture_within_the_limits(results):
    assert [result["name"] for result in results if result.get("good") is False] == []


def test_what_is_refused_is_told_why_and_what_to_do(results):
    messages = {result["message"]: result["name"] for result in results if "message" in result}
    assert {name: words for words, name in messages.items() if not MESSAGE.match(words)} == {}


def test_no_file_keeps_a_processor_busy_for_long(results):
    assert {result["name"]: result["seconds"] for result in results if result["seconds"] > 6} == {}


def test_no_file_takes_much_memory(results):
    # the largest that is allowed has 40 million pixels of 8 bytes
    assert max(result["megabytes"] for result in results) < 900
