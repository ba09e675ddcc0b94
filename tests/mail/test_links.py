"""What links in mails open: what they were made for, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.ids import Seal
from coalition.mail import LinkNotValid, Links, Unsubscribing

LINKS = Links(b"k" * 32, Seal(b"s" * 16), "https://points.example")
OTHERS = Links(b"o" * 32, Seal(b"s" * 16), "https://points.example")


def _token(link: str) -> str:
    return link.partition("?token=")[2]


@given(
    member=st.integers(1, 2**40),
    kind=st.sampled_from(["EXPIRING", "MONTHLY", "MARKETING"]),
    brand=st.none() | st.integers(1, 2**20),
)
def test_a_link_says_what_it_was_made_for(member: int, kind: str, brand: int | None) -> None:
    what = Unsubscribing(member, kind, brand)
    link = LINKS.unsubscribing(what)
    assert LINKS.unsubscribed(_token(link)) == what
    assert str(member) not in link or len(str(member)) < 4
    with pytest.raises(LinkNotValid):
        OTHERS.unsubscribed(_token(link))


@given(place=st.integers(0, 200), letter=st.sampled_from("aB3-_~."))
def test_a_link_that_was_changed_opens_nothing(place: int, letter: str) -> None:
    token = _token(LINKS.unsubscribing(Unsubscribing(7, "EXPIRING")))
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(LinkNotValid):
            LINKS.unsubscribed(changed)


@pytest.mark.parametrize("token", ["", ".", "x", "~~.", "\udcff", "é" * 300, "mbr_x~EXPIRING~.x"])
def test_what_is_no_link_is_refused(token: str) -> None:
    with pytest.raises(LinkNotValid):
        LINKS.unsubscribed(token)
    with pytest.raises(LinkNotValid):
        LINKS.verification_of(token)
    assert not LINKS.is_right(token, 1, "SIGN_UP", "ada@example.com")


def test_a_confirmation_is_for_one_purpose_and_one_address() -> None:
    token = LINKS.token(3, "SIGN_UP", "ada@example.com")
    assert LINKS.verification_of(token) == 3
    assert LINKS.is_right(token, 3, "SIGN_UP", "ada@example.com")
    for other in ((4, "SIGN_UP", "ada@example.com"), (3, "NEW_ADDRESS", "ada@example.com"),
                  (3, "SIGN_UP", "eve@example.com")):  # fmt: skip
        assert not LINKS.is_right(token, *other)
