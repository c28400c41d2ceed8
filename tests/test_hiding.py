"""What `hide` in a link is read as, whatever it holds."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.hiding import HIDEABLE, LONGEST, HideError, read_hidden, write_hidden


def test_the_readme_lists_all_that_can_be_hidden_and_where():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_]+)` \| (.+) \| ([\w, ]+) \|$", readme, re.MULTILINE)
    assert listed == [
        (name, thing.what, "all" if len(thing.pages) == 5 else ", ".join(thing.pages))
        for name, thing in HIDEABLE.items()
    ]
    assert "`embed=true`" in readme


@pytest.mark.parametrize("text", ["padding.strides", "padding,strides", " Strides ; PADDING,,"])
def test_names_stand_between_dots_or_commas(text):
    assert read_hidden(text) == ({"padding", "strides"}, ())


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("stride", "strides"),
        ("dilation", "dilation_rate"),
        ("bias", "use_bias"),
        ("answer", "answers"),
    ],
)
def test_a_word_that_people_say_stands_for_the_name(word, name):
    assert read_hidden(word) == ({name}, ())


def test_an_unknown_name_is_explained_and_its_fix_works():
    names, (error,) = read_hidden("paddin.strides")
    assert names == {"strides"}
    assert error.field == "hide"
    assert str(error) == (
        "hide names 'paddin', but there is no such thing to hide. Write padding instead."
    )
    assert read_hidden("padding") == ({"padding"}, ())


def test_a_name_like_nothing_is_to_be_left_out():
    _, (error,) = read_hidden("xyzzy")
    assert str(error) == "hide names 'xyzzy', but there is no such thing to hide. Leave it out."


def test_thousands_of_names_give_few_messages():
    names, errors = read_hidden("padding." + ".".join(f"x{k}" for k in range(9_000)))
    assert names == {"padding"}
    assert len(errors) == 5
    assert str(errors[0]) == (
        "hide has 52,897 characters in this link, but at most 1,000 are read. Name each thing once."
    )
    assert str(errors[-1]) == ("hide names 217 more that are nothing to hide. Leave them out.")


def test_a_name_that_the_limit_cuts_is_not_read():
    text = "x" * (LONGEST - 4) + ".padding"
    names, errors = read_hidden(text)
    assert names == frozenset()
    assert "'padd'" not in " ".join(map(str, errors))


def test_all_names_together_fit():
    everything = write_hidden(HIDEABLE)
    assert len(everything) < LONGEST / 2
    assert read_hidden(everything) == (HIDEABLE.keys(), ())


def test_what_is_no_name_is_not_written():
    with pytest.raises(HideError) as caught:
        write_hidden({"paddin"})
    assert str(caught.value) == (
        "hide names 'paddin', but there is no such thing to hide. Write padding instead."
    )


@given(st.sets(st.sampled_from(sorted(HIDEABLE))))
def test_what_is_written_is_read_again(names):
    assert read_hidden(write_hidden(names)) == (names, ())


@given(st.text(max_size=3_000))
def test_anything_can_be_read(text):
    names, errors = read_hidden(text)
    assert names <= HIDEABLE.keys()
    assert len(errors) <= 5
    assert all(len(str(error)) < 250 for error in errors)
