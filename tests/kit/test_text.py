"""Text from outside is bounded, printable and storable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.text import TextNotAllowed, clean, safe_cell, storable


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  till 7 ", "till 7"),
        ("Ñandú 🦤", "Ñandú 🦤"),
        ("x" * 9, "x" * 9),
        ("❤\ufe0f", "❤\ufe0f"),
        # With vowels and accents of scripture, as many marks over one letter as there are.
        ("\u05d1\u05bc\u05b0\u05a3", "\u05d1\u05bc\u05b0\u05a3"),
        ("한국어", "한국어"),
    ],
)
def test_printable_text_is_kept_without_the_blanks_around_it(given_text: str, kept: str) -> None:
    assert clean(given_text, ("reason",), longest=9) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "x" * 10,
        "a\x00b",
        "a\nb",
        "a\x1b[31mb",
        "\ud800",
        "a\u202eb",
        "a\u200fb",
        "a\tb",
        # What shows nothing, and what covers what stands around it.
        "\u3164",
        "\u2800 \u115f",
        "\u0301",
        "\ufe0f\ufe0f",
    ],
)
def test_what_cannot_be_stored_or_lies_on_paper_is_refused(text: str) -> None:
    """Security checklist, line 30."""
    with pytest.raises(TextNotAllowed) as refused:
        clean(text, ("purchase", "reference"), longest=9)
    assert refused.value.code == "TEXT_NOT_ALLOWED"
    assert refused.value.field == ("purchase", "reference")
    assert refused.value.message == "reference must be 1 to 9 printable characters."


def test_marks_over_a_letter_cover_nothing_around_it() -> None:
    assert clean("a" + "\u0301" * 8, ("title",))
    with pytest.raises(TextNotAllowed):
        clean("a" + "\u0301" * 9, ("title",))


@given(st.text())
def test_what_is_accepted_can_be_stored_and_is_accepted_again(text: str) -> None:
    try:
        kept = clean(text, ("reason",))
    except TextNotAllowed:
        return
    assert kept.encode()
    assert "\x00" not in kept
    assert clean(kept, ("reason",)) == kept


@pytest.mark.parametrize("formula", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_cell_is_no_formula(formula: str) -> None:
    assert safe_cell(formula) == f"'{formula}"


@pytest.mark.parametrize("text", ["", "a=1", "7001", "'=1"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def test_what_cannot_be_stored_is_marked() -> None:
    assert storable("a\0b\ud800c") == "a\N{REPLACEMENT CHARACTER}b?c"
