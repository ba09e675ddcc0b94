"""A bank speaks of a whole file, of a group of payments in it, or books them as one sum."""

from coalition.payments import PaymentState
from tests.payments.bank import ACCOUNT, Bank
from tests.payments.brands import (
    JANUARY,
    a_coalition_of,
    a_month,
    instruct,
    outcomes,
    paid,
    sent,
    state,
    taken_file,
)
from tests.support import World, a_florist, a_fuel, assert_books_balance, nothing_moves

_SPACE = "urn:iso:std:iso:20022:tech:xsd:"


async def _two_groups(world: World) -> str:
    """A file of debits in two groups: the florist's first collection, the fuel's next one."""
    fuel = a_fuel(currency="EUR")
    await a_coalition_of(world, [a_florist(), fuel], sequences={"florist": "FRST"})
    await a_month(world, given={"florist": "4000", "fuel": "900"}, spent={})
    (file,) = (await instruct(world)).files
    assert file.content.count(b"<PmtInf>") == 2
    return file.message_id


def _report(message_id: str, whole: str, *groups: tuple[str, str]) -> bytes:
    """A pain.002 with the state of the file and of groups in it, and of no single payment."""
    told = "".join(
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId><PmtInfSts>{state}</PmtInfSts>"
        "<StsRsnInf><Rsn><Cd>DT01</Cd></Rsn></StsRsnInf></OrgnlPmtInfAndSts>"
        for name, state in groups
    )
    return (
        f'<Document xmlns="{_SPACE}pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>S-1</MsgId>'
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>"
        f"<GrpSts>{whole}</GrpSts></OrgnlGrpInfAndSts>{told}</CstmrPmtStsRpt></Document>"
    ).encode()


def _booked(amount: str, batch: str, *, number: int = 1) -> bytes:
    """A camt.053 with one credit for several payments, and nothing about each of them."""
    return (
        f'<Document xmlns="{_SPACE}camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>B-{number}'
        f"</MsgId></GrpHdr><Stmt><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id></Acct>"
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>2026-02-05</Dt></BookgDt><NtryDtls><Btch>{batch}</Btch></NtryDtls></Ntry>"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


async def test_one_group_that_is_rejected_leaves_the_others_as_they_are(world: World) -> None:
    message_id = await _two_groups(world)
    report = _report(message_id, "PART", (f"{message_id}-1", "RJCT"), (f"{message_id}-2", "ACCP"))
    assert await outcomes(world, report) == ["REJECTED", "ACCEPTED"]
    found = await paid(world)
    states = {one.state for one in found.values()}
    assert states == {PaymentState.REJECTED, PaymentState.SENT}
    assert {one.bank_reason for one in found.values()} == {"DT01", None}
    # What was rejected is sent again, and nobody is collected from twice.
    again = [one for one in (await instruct(world, again=True)).payments if one.attempt == 2]
    assert len(again) == 1
    await assert_books_balance(world)


async def test_a_file_that_is_rejected_is_rejected_to_the_last_payment(world: World) -> None:
    message_id = await _two_groups(world)
    report = _report(message_id, "RJCT", (f"{message_id}-1", "RJCT"))
    assert await outcomes(world, report) == ["REJECTED", "KNOWN", "REJECTED"]
    assert {one.state for one in (await paid(world)).values()} == {PaymentState.REJECTED}


async def test_one_payment_may_be_the_reason_why_all_are_rejected(world: World) -> None:
    message_id = await _two_groups(world)
    one = f"<TxInfAndSts><OrgnlEndToEndId>{JANUARY}/fuel</OrgnlEndToEndId></TxInfAndSts>"
    report = _report(message_id, "RJCT", ("x", "RJCT")).replace(
        b"</OrgnlPmtInfAndSts>", f"{one}</OrgnlPmtInfAndSts>".encode()
    )
    # A group that we never named is nobody's.
    assert await outcomes(world, report) == ["REJECTED", "UNKNOWN", "REJECTED", "KNOWN"]


async def test_a_sum_that_is_booked_as_one_is_that_of_its_file_or_group(world: World) -> None:
    message_id = await _two_groups(world)
    owed = {brand: one.amount.amount for brand, one in (await paid(world)).items()}
    async with nothing_moves(world):
        dry = await taken_file(
            world, _booked(f"{sum(owed.values())}", f"<MsgId>{message_id}</MsgId>"), dry_run=True
        )
    assert [(one.outcome, one.names) for one in dry.entries] == [
        ("MATCHED", "2026-01/florist"), ("MATCHED", "2026-01/fuel"),
    ]  # fmt: skip
    by_group = _booked(f"{owed['florist']}", f"<PmtInfId>{message_id}-1</PmtInfId>")
    (first,) = (await taken_file(world, by_group)).entries
    assert (first.outcome, first.names) == ("MATCHED", "2026-01/florist")
    other = _booked(f"{owed['fuel']}", f"<MsgId>{message_id}</MsgId>", number=2)
    # Not the sum of the whole file: it is not guessed which payments it is.
    assert await outcomes(world, other) == ["UNKNOWN"]
    last = _booked(f"{owed['fuel']}", f"<PmtInfId>{message_id}-2</PmtInfId>", number=3)
    assert await outcomes(world, last) == ["MATCHED"]
    assert await state(world) == "settled"
    await assert_books_balance(world)


async def test_a_booking_of_several_returns_takes_back_each(world: World) -> None:
    await _two_groups(world)
    bank = Bank()
    debits = list(sent(await instruct(world)).values())
    assert await outcomes(world, bank.notification(*debits)) == ["MATCHED", "MATCHED"]
    returned = bank.notification(*(one.back("MD06") for one in debits))
    assert await outcomes(world, returned) == ["RETURNED", "RETURNED"]
    assert {one.bank_reason for one in (await paid(world)).values()} == {"MD06"}
    await assert_books_balance(world)
