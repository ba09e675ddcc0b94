"""A public id says its kind and nothing else, and has one spelling."""

import time
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.ids import Kind, NotAnId, Seal, new_request_id

SEAL = Seal(b"sixteen bytes ok")
kinds = st.sampled_from(Kind)
numbers = st.integers(0, 2**63 - 1)
places = st.integers(0, 2**31 - 1)


@given(kinds, numbers, places)
def test_an_id_opens_to_what_was_sealed(kind: Kind, number: int, place: int) -> None:
    text = SEAL.seal(kind, number, place)
    assert text.startswith(f"{kind.value}_")
    assert SEAL.open(kind, text) == (number, place)
    assert SEAL.number(kind, text) == number
    assert SEAL.kind_of(text) is kind


def test_the_same_row_always_has_the_same_id() -> None:
    assert SEAL.seal(Kind.AWARD, 7, 1) == SEAL.seal(Kind.AWARD, 7, 1)


def test_neighbouring_rows_have_ids_that_do_not_look_alike() -> None:
    one, two = SEAL.seal(Kind.MEMBER, 1), SEAL.seal(Kind.MEMBER, 2)
    assert sum(a == b for a, b in zip(one[4:], two[4:], strict=True)) < 10


@given(kinds, kinds, numbers)
def test_an_id_under_another_kinds_prefix_opens_to_nothing(
    kind: Kind, other: Kind, number: int
) -> None:
    body = SEAL.seal(kind, number).partition("_")[2]
    if kind is not other:
        with pytest.raises(NotAnId):
            SEAL.open(other, f"{other.value}_{body}")
        assert SEAL.number(other, f"{other.value}_{body}") == 0


def test_an_id_of_another_coalition_opens_to_nothing() -> None:
    with pytest.raises(NotAnId):
        SEAL.open(Kind.MEMBER, Seal(b"another sixteen!").seal(Kind.MEMBER, 1))


@given(numbers, st.integers(4, 29), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_an_id_with_a_letter_changed_opens_to_nothing(
    number: int, position: int, letter: str
) -> None:
    text = SEAL.seal(Kind.AWARD, number, 3)
    changed = text[:position] + letter + text[position + 1 :]
    if changed != text:
        with pytest.raises(NotAnId):
            SEAL.open(Kind.AWARD, changed)


@given(st.text(max_size=40))
def test_what_is_no_id_opens_to_nothing(text: str) -> None:
    for guess in (text, f"awd_{text}", f"awd_{text:a<26.26}"):
        with pytest.raises(NotAnId):
            SEAL.open(Kind.AWARD, guess)


def test_letters_that_grow_when_capitalised_are_no_id() -> None:
    with pytest.raises(NotAnId):
        SEAL.open(Kind.AWARD, "awd_" + "ß" * 8 + "a" * 18)


def test_an_id_in_capital_letters_is_another_spelling_and_not_accepted() -> None:
    text = SEAL.seal(Kind.AWARD, 7, 1)
    with pytest.raises(NotAnId):
        SEAL.open(Kind.AWARD, "awd_" + text[4:].upper())


def test_an_unknown_prefix_names_no_kind() -> None:
    with pytest.raises(NotAnId):
        SEAL.kind_of("xyz_abc")


def test_a_request_id_is_a_uuid_of_version_7_and_tells_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_request_id() for _ in range(100)]
    after = time.time_ns() // 1_000_000
    assert len(set(made)) == 100
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in made)
