"""From a period's traffic to statements: each line rounded once, the money book in step with it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import Money
from coalition.ledger import Account, Kind, MoneyAccount
from coalition.partners import Agreement, Partner, PartnerStatus
from coalition.settlement import LineKind
from coalition.settlement.statement import StatementDraft, draft_statements_of
from coalition.settlement.traffic import BrandRef, OwnUse, Sum, Traffic

STARTED = datetime(2025, 1, 1, tzinfo=UTC)
_BILLED = {
    Kind.AWARD: (Account.ISSUED,),
    Kind.AWARD_REVERSAL: (
        Account.MEMBER, Account.OWED, Account.SHORTFALL_ISSUER, Account.SHORTFALL_POOL,
    ),
    Kind.REDEMPTION: (Account.MEMBER, Account.HELD),
    Kind.REDEMPTION_REVERSAL: (Account.REDEEMED,),
}  # fmt: skip

prices = st.decimals(min_value=0, max_value=10, places=8)


def _agreement(number: int, issue: Decimal | str, redeem: Decimal | str) -> Agreement:
    return Agreement(number, 1, STARTED, Decimal(1), Decimal(issue), Decimal(redeem), 1)


def _partner(number: int = 1, currency: str = "EUR") -> Partner:
    name = f"brand-{number}"
    return Partner(number, name, name, name, currency, PartnerStatus.ACTIVE, ())


def _drafted(partner: Partner, sums: Iterable[Sum], period: str = "2026-01") -> StatementDraft:
    (found,) = draft_statements_of(period, partner, Traffic(sums=tuple(sums)))
    return found


@st.composite
def _sums(draw: st.DrawFn) -> list[Sum]:
    terms = [_agreement(n, draw(prices), draw(prices)) for n in (1, 2)]
    keys = [
        (kind, debit, agreement)
        for kind, debits in _BILLED.items()
        for debit in debits
        for agreement in terms
    ]
    chosen = draw(
        st.lists(st.sampled_from(keys), unique_by=lambda key: (key[0], key[1], key[2].id))
    )
    points = st.integers(1, 10**12)
    return [Sum(*key, draw(points), draw(st.integers(1, 1000))) for key in chosen]


@st.composite
def _statements(draw: st.DrawFn) -> list[StatementDraft]:
    currencies = draw(st.lists(st.sampled_from(["EUR", "JPY", "KWD"]), min_size=1, max_size=6))
    return [
        _drafted(_partner(number, currency), draw(_sums()))
        for number, currency in enumerate(currencies, start=1)
    ]


def _net(statement: StatementDraft) -> int:
    """Net by the postings alone: what the partner owes less what it is owed."""
    return sum(
        -posting.amount if posting.debit is MoneyAccount.POOL else posting.amount
        for posting in statement.postings
    )


@given(_statements())
def test_the_money_book_says_what_the_statement_says(statements: list[StatementDraft]) -> None:
    for one in statements:
        assert one.net.minor == one.issued.minor - one.redeemed.minor == _net(one)
        for posting in one.postings:
            assert posting.line is not None
            assert posting.amount == abs(one.lines[posting.line - 1].amount.minor) > 0
            assert MoneyAccount.POOL in {posting.debit, posting.credit}


@given(_sums())
def test_a_line_is_the_exact_amount_of_all_its_points_rounded_once(sums: list[Sum]) -> None:
    for line in _drafted(_partner(), sums).lines:
        assert line.amount.minor == round(line.points * Fraction(line.price or 0) * 100)


@given(_sums(), st.randoms(use_true_random=False))
def test_the_same_sums_in_any_order_give_the_same_hash(sums: list[Sum], random: Random) -> None:
    before = _drafted(_partner(), sums)
    shuffled = list(sums)
    random.shuffle(shuffled)
    assert _drafted(_partner(), shuffled) == before


def test_a_hundred_purchases_of_a_point_each_are_billed_83_cents_not_a_euro() -> None:
    sums = [Sum(Kind.AWARD, Account.ISSUED, _agreement(1, "0.0083", "0"), 100, 100)]
    statement = _drafted(_partner(), sums)
    assert statement.issued == Money(83, "EUR")
    assert [(line.kind, line.points, line.entries) for line in statement.lines] == [
        (LineKind.ISSUANCE, 100, 100)
    ]


def test_each_agreement_has_its_line_also_at_one_price() -> None:
    sums = [
        Sum(Kind.AWARD, Account.ISSUED, _agreement(number, "0.005", "0"), 3, 1) for number in (1, 2)
    ]
    lines = _drafted(_partner(), sums).lines
    assert [(line.points, line.amount) for line in lines] == [(3, Money(2, "EUR"))] * 2


def test_what_a_partner_gave_back_is_taken_off_at_the_price_it_was_given_at() -> None:
    terms = _agreement(1, "0.01", "0.008")
    statement = _drafted(
        _partner(),
        [
            Sum(Kind.AWARD, Account.ISSUED, terms, 1000, 3),
            Sum(Kind.AWARD_REVERSAL, Account.MEMBER, terms, 200, 1),
            Sum(Kind.AWARD_REVERSAL, Account.SHORTFALL_ISSUER, terms, 50, 1),
            Sum(Kind.REDEMPTION, Account.MEMBER, terms, 500, 2),
            Sum(Kind.REDEMPTION_REVERSAL, Account.REDEEMED, terms, 100, 1),
        ],
    )
    assert [(line.kind.value, line.points, line.amount.minor) for line in statement.lines] == [
        ("ISSUANCE", 1000, 1000),
        ("ISSUANCE_REVERSAL", -250, -250),
        ("SHORTFALL", 50, 50),
        ("REDEMPTION", 500, 400),
        ("REDEMPTION_REVERSAL", -100, -80),
    ]
    assert (statement.issued.minor, statement.redeemed.minor) == (800, 320)
    assert statement.net == Money(480, "EUR")


def test_what_is_paid_when_points_are_spent_is_not_given_back_whoever_bears_a_shortfall() -> None:
    half = replace(_agreement(1, "0.0100", "0.0080"), paid_at_issuance=Decimal("0.5"))
    spent = OwnUse(half, BrandRef(2, "bakery", "EUR"), _agreement(2, "0.01", "0.0080"),
                   refunded=False, points=400, entries=1)  # fmt: skip
    sums = (
        Sum(Kind.AWARD, Account.ISSUED, half, 400, 1),
        Sum(Kind.AWARD_REVERSAL, Account.SHORTFALL_POOL, half, 400, 1),
    )
    (pool,) = draft_statements_of("2026-01", _partner(), Traffic(sums=sums, own_uses=(spent,)))
    assert [(line.kind, line.amount.minor) for line in pool.lines] == [
        ("ISSUANCE", 200), ("ISSUANCE_REVERSAL", -200), ("SHORTFALL", 0),
        ("OWN_POINTS_REDEEMED", 160),
    ]  # fmt: skip


def test_a_partner_without_entries_has_a_statement_that_says_nothing_is_due() -> None:
    statement = _drafted(_partner(), ())
    assert (statement.number, statement.lines, statement.net.minor) == ("2026-01/brand-1", (), 0)


def test_another_amount_period_or_partner_gives_another_hash() -> None:
    terms = _agreement(1, "0.01", "0")

    def hash_of(period: str, partner: int, points: int) -> str:
        sums = [Sum(Kind.AWARD, Account.ISSUED, terms, points, 1)]
        return _drafted(_partner(partner), sums, period).hash

    hashes = {
        hash_of("2026-01", 1, 5),
        hash_of("2026-02", 1, 5),
        hash_of("2026-01", 2, 5),
        hash_of("2026-01", 1, 6),
    }
    assert len(hashes) == 4
