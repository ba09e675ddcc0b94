"""What a statement of the bank says of itself: its balances are compared, its numbers looked at."""

import pytest

from coalition.payments.bank_document import read_document
from coalition.payments.errors import BankFileNotValid
from tests.payments.bank import Bank, Instruction
from tests.payments.brands import a_coalition_of, taken_file
from tests.support import World, a_florist, assert_books_balance, nothing_moves

RENT = Instruction("", "RENT-1", "39.20", "EUR", is_credit=True)


def _balance(code: str, amount: str, currency: str = "EUR", day: str = "2026-11-05") -> str:
    """`amount` below zero: overdrawn."""
    sense = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{sense}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _statement(
    *moved: Instruction, says: str = "", number: int = 1, sequence: int | None = None,
    page: int | None = None,
) -> bytes:  # fmt: skip
    """`says`: its balances."""
    paging = "" if page is None else f"<StmtPgntn><PgNb>{page}</PgNb></StmtPgntn>"
    counted = "" if sequence is None else f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>"
    whole = Bank().statement(*moved, number=number).decode()
    whole = whole.replace("</Id><Acct>", f"</Id>{paging}{counted}<Acct>", 1)
    return whole.replace("</Acct>", f"</Acct>{says}", 1).encode()


def _twice(moved: Instruction) -> bytes:
    whole = _statement(moved).decode()
    statement = whole[whole.index("<Stmt>") : whole.index("</Stmt>")]
    return whole.replace("<Stmt>", f"{statement}</Stmt><Stmt>").encode()


@pytest.mark.parametrize(
    "content",
    [
        _statement(RENT, RENT.back(), says=_balance("OPBD", "5.00") + _balance("CLBD", "5.00")),
        _statement(RENT, says=_balance("PRCD", "-40.00") + _balance("CLBD", "-0.80")),
        _statement(RENT, page=1, says=_balance("OPBD", "0.00") + _balance("ITBD", "39.20")),
        _statement(RENT, page=2, says=_balance("ITBD", "39.20") + _balance("ITBD", "78.40")),
        _statement(RENT, page=3, says=_balance("ITBD", "78.40") + _balance("CLBD", "117.60")),
        _statement(says=_balance("OPBD", "1.250", "KWD") + _balance("CLBD", "1.250", "KWD")),
        # What it says one end of, or of what is available, is compared with nothing.
        _statement(RENT, says=_balance("CLBD", "7.00") + _balance("CLAV", "9.00")),
        _statement(RENT),
    ],
)
def test_a_statement_that_adds_up_is_read(content: bytes) -> None:
    assert len(read_document(content).statements) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            _statement(RENT, says=_balance("OPBD", "100.00") + _balance("CLBD", "100.00")),
            "begins with 100.00 EUR and 39.20 EUR were booked, which is 139.20 EUR, and it ends",
        ),
        (
            _statement(
                says=_balance("OPBD", "1.250", "KWD") + _balance("CLBD", "1.251", "KWD")
            ),
            "which is 1.250 KWD, and it ends with 1.251 KWD",
        ),
        (
            # Each currency by itself: what is right in euro is wrong in yen.
            _statement(
                RENT,
                says=_balance("OPBD", "0.00") + _balance("CLBD", "39.20")
                + _balance("OPBD", "5", "JPY") + _balance("CLBD", "6", "JPY"),
            ),
            "begins with 5 JPY and 0 JPY were booked",
        ),
        (
            _statement(RENT, page=2, says=_balance("ITBD", "1.00") + _balance("CLBD", "-41.00")),
            "page 2 of statement 1 does not add up",
        ),
        (_statement(says=_balance("OPBD", "1.00").replace("CRDT", "BOTH")), "neither a credit nor"),
        (_statement(says=_balance("OPBD", "1.005")), "is not an amount"),
        (_statement(says=_balance("OPBD", "1.00", day="2026-02-30")), "is no day"),
        (_statement(says="<Bal/>"), "a balance in it has no amount"),
        (_statement(sequence=1).replace(b"SeqNb>1<", b"SeqNb>one<"), "is no number of a statement"),
        (_twice(RENT), "statement 1 is in it twice"),
    ],
)  # fmt: skip
def test_a_statement_that_does_not_add_up_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BankFileNotValid, match="This bank file cannot be read") as refused:
        read_document(content)
    assert why in refused.value.message


async def test_statements_that_lack_or_come_again_are_named(world: World) -> None:
    """The bank counts them per currency, and begins anew with the year."""
    await a_coalition_of(world, [a_florist()])

    async def take(
        number: int, sequence: int, day: str, *, currency: str = "EUR", dry_run: bool = False
    ) -> tuple[int | None, bool]:
        ends = ("OPBD", "CLBD")
        says = "".join(_balance(code, f"{number}", currency, day) for code in ends)
        taken = await taken_file(
            world, _statement(says=says, number=number, sequence=sequence), dry_run=dry_run
        )
        (one,) = taken.statements
        assert (one.sequence, one.identification, one.currency) == (
            sequence, f"{number}", currency,
        )  # fmt: skip
        return one.missing_after, one.is_repeated

    assert await take(11, 7, "2026-11-04") == (None, False)
    async with nothing_moves(world):
        assert await take(12, 10, "2026-11-05", dry_run=True) == (7, False)
    assert await take(12, 10, "2026-11-05") == (7, False)
    async with nothing_moves(world):  # the same bytes
        assert await take(12, 10, "2026-11-05") == (7, False)
    assert await take(13, 8, "2026-11-04") == (None, False)
    assert await take(12, 10, "2026-11-06") == (None, True)
    assert await take(14, 3, "2026-11-06", currency="JPY") == (None, False)
    assert await take(15, 1, "2027-01-02") == (None, False)
    assert await take(16, 3, "2027-01-03") == (1, False)
    assert await take(17, 2, "2028-01-03") == (0, False)
    await assert_books_balance(world)
