"""Files as three banks write them: each figure of theirs is found where it belongs."""

from decimal import Decimal

from coalition.payments import PaymentState
from tests.payments.bank import ACCOUNT
from tests.payments.brands import a_coalition_of, a_month, instruct, paid, state, taken_file
from tests.support import World, a_bakery, a_florist, a_fuel, a_grocer, assert_books_balance

_SPACE = "urn:iso:std:iso:20022:tech:xsd:"
_ACCOUNT = f"<Acct><Id><IBAN>{ACCOUNT[:4]} {ACCOUNT[4:]}</IBAN></Id></Acct>"


def _entry(amount: str, currency: str, inside: str, *, sense: str = "CRDT", status: str) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sense}</CdtDbtInd>'
        f"<Sts>{status}</Sts><BookgDt><Dt>2026-02-05</Dt></BookgDt>{inside}</Ntry>"
    )


def _first_bank(yen: Decimal) -> bytes:
    """camt.053.001.02 in Latin 1: a statement per currency of the account, charges, a rent, and a
    payer who writes the statement's number into free text.
    """
    text = f"Überweisung fuer 2026-01/bakery, Summe {yen} JPY"
    own = f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    euro = _entry("12.90", "EUR", "<AcctSvcrRef>FEE-1</AcctSvcrRef>", sense="DBIT", status="BOOK")
    asian = _entry(f"{yen}", "JPY", f"<AcctSvcrRef>J-1</AcctSvcrRef>{own}", status="BOOK")
    pending = _entry("999.00", "EUR", "", status="PDNG")
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?><Document xmlns="{_SPACE}camt.053.001.02">'
        "<BkToCstmrStmt><GrpHdr><MsgId>A-2026-036</MsgId></GrpHdr>"
        f"<Stmt><Id>1</Id>{_ACCOUNT}{euro}{pending}</Stmt>"
        f"<Stmt><Id>2</Id>{_ACCOUNT}{asian}</Stmt></BkToCstmrStmt></Document>"
    ).encode("iso-8859-1")


def _second_bank(parts: dict[str, Decimal]) -> bytes:
    """camt.054.001.08: one booking of all debits, its number, the details, and no references."""
    details = "".join(
        f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>"
        f'<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls></TxDtls>'
        for name, amount in parts.items()
    )
    batch = f"<NtryDtls><Btch><NbOfTxs>{len(parts)}</NbOfTxs></Btch>{details}</NtryDtls>"
    entry = _entry(f"{sum(parts.values())}", "EUR", batch, status="<Cd>BOOK</Cd>")
    return (
        f'<Document xmlns="{_SPACE}camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>B-7'
        f"</MsgId></GrpHdr><Ntfctn><Id>7</Id>{_ACCOUNT}{entry}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    ).encode("utf-16")


def _third_bank(name: str, amount: Decimal, charge: Decimal) -> bytes:
    """camt.053.001.13: a returned debit, with what the bank takes for it in the same sum."""
    inside = (
        "<AcctSvcrRef>C-1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>"
        f'{name}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>'
        "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
    )
    entry = _entry(f"{amount + charge}", "EUR", inside, sense="DBIT", status="<Cd>BOOK</Cd>")
    return (
        f'<Document xmlns="{_SPACE}camt.053.001.13"><BkToCstmrStmt><GrpHdr><MsgId>C-1</MsgId>'
        f"</GrpHdr><Stmt>{_ACCOUNT}{entry}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


async def test_what_three_banks_write_comes_to_its_figures(world: World) -> None:
    brands = [
        a_grocer(currency="EUR"), a_florist(), a_fuel(),
        a_bakery(currency="JPY", issue_price="1.10", redeem_price="1.00"),
    ]  # fmt: skip
    await a_coalition_of(world, brands)
    await a_month(
        world, given={"grocer": "9000", "florist": "4000", "bakery": "3000"}, spent={"grocer": 500}
    )
    await instruct(world)
    owed = {code: one.amount.amount for code, one in (await paid(world)).items()}

    first = await taken_file(world, _first_bank(owed["bakery"]))
    assert [(one.outcome, one.names, one.booked) for one in first.entries] == [
        ("UNKNOWN", None, 0), ("MATCHED", "2026-01/bakery", int(owed["bakery"])),
    ]  # fmt: skip
    parts = {f"2026-01/{code}": owed[code] for code in ("grocer", "florist")}
    second = await taken_file(world, _second_bank(parts))
    assert [(one.outcome, one.names, one.booked) for one in second.entries] == [
        ("MATCHED", name, int(amount * 100)) for name, amount in parts.items()
    ]
    assert await state(world) == "settled"
    third = _third_bank("2026-01/florist", owed["florist"], Decimal("4.50"))
    (back,) = (await taken_file(world, third)).entries
    assert (back.outcome, back.booked, back.surplus) == (
        "RETURNED", int(owed["florist"] * -100), 450,
    )  # fmt: skip
    found = await paid(world)
    assert {code: one.state for code, one in found.items()} == {
        "grocer": PaymentState.PAID, "florist": PaymentState.RETURNED,
        "bakery": PaymentState.PAID,
    }  # fmt: skip
    rows = await world.rows(
        "SELECT currency, sum(CASE WHEN debit = 660 THEN amount ELSE -amount END)::bigint"
        " FROM money_entry WHERE 660 IN (debit, credit) GROUP BY 1 ORDER BY 1"
    )
    assert rows == [("EUR", int(owed["grocer"] * 100)), ("JPY", int(owed["bakery"]))]
    await assert_books_balance(world)
