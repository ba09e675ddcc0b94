"""An idempotency key claims one request of one partner for one verb."""

import pytest

from coalition.kit.claims import (
    LONGEST_KEY,
    IdempotencyKeyNotAllowed,
    claim_of,
    hash_of_request,
    reused,
)


def test_a_key_claims_the_same_whenever_it_is_asked() -> None:
    assert claim_of(1, "awardPoints", "k") == claim_of(1, "awardPoints", "k")


def test_another_partner_verb_or_key_claims_something_else() -> None:
    claims = {
        claim_of(1, "awardPoints", "k"),
        claim_of(2, "awardPoints", "k"),
        claim_of("operator", "awardPoints", "k"),
        claim_of(1, "redeemPoints", "k"),
        claim_of(1, "awardPoints", "K"),
        claim_of(11, "awardPoints", "k"),
        claim_of(1, "1awardPoints", "k"),
    }
    assert len(claims) == 7


@pytest.mark.parametrize("key", ["a", "~!{}", "x" * LONGEST_KEY])
def test_visible_ascii_is_a_key(key: str) -> None:
    assert claim_of(1, "awardPoints", key)


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "x" * (LONGEST_KEY + 1), "é", "a\n", "\x00", "\x7f"]
)
def test_anything_else_is_refused_and_names_its_field(key: str) -> None:
    with pytest.raises(IdempotencyKeyNotAllowed) as refused:
        claim_of(1, "awardPoints", key)
    assert refused.value.field == ("idempotencyKey",)


def test_requests_that_differ_anywhere_have_another_fingerprint() -> None:
    prints = {
        hash_of_request("a", 1, None),
        hash_of_request("a", "1", None),
        hash_of_request("a", 1, "None"),
        hash_of_request("a", 1),
        hash_of_request("a", [1], None),
        hash_of_request("a,1", None),
    }
    assert len(prints) == 6
    assert hash_of_request("a", (1, 2)) == hash_of_request("a", [1, 2])


def test_a_reused_key_is_told_with_what_to_do() -> None:
    refusal = reused("till-7")
    assert refusal.code == "IDEMPOTENCY_KEY_REUSED"
    assert "'till-7'" in refusal.message
    assert "Send a new key" in refusal.message
