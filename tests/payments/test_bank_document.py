"""A bank's file is read safely, or refused with the reason."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import Money
from coalition.payments.bank_document import LARGEST_FILE, Said, read_document
from coalition.payments.errors import BankFileNotValid, BankFileTooLarge
from coalition.payments.orders import end_to_end_id
from tests.payments.bank import Bank, Instruction, transfer_in

COLLECTED = Instruction("M-1", "2026-01/florist", "39.20", "EUR", is_credit=True)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 10) for n in range(9))
    + b"]><Document>&a8;</Document>"
)
FROM_ELSEWHERE = (
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&x;</Document>'
)
TYPED = (
    b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/evil.dtd">'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>'
)
SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (LAUGHS, "document type or entities"),
        (FROM_ELSEWHERE, "document type or entities"),
        (TYPED, "document type or entities"),
        (TYPED.decode().encode("utf-16"), "document type or entities"),
        (b"", "not whole XML"),
        (b"\x00\x01\x02", "not whole XML"),
        (b"<Document/>", "none of camt.053"),
        (b'<Document xmlns="urn:evil:camt.053.001.08"/>', "none of camt.053"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "none of camt"),
        (b'<?xml version="1.0" encoding="ebcdic-nowhere"?><Document/>', "not whole XML"),
        (Bank().statement(COLLECTED)[:-200], "not whole XML"),
        (f'<Document xmlns="{SPACE}"/>'.encode(), "no statement"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"39.2x"), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"-39.20"), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"39.205"), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"9" * 40), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b'"EUR"', b'"EEE"'), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"CRDT", b"BOTH"), "neither a credit nor a debit"),
        (Bank().statement(COLLECTED).replace(b"2026-11-05<", b"2026-13-05<"), "booked on no day"),
        (Bank().statement(COLLECTED).replace(b"IBAN>", b"Nothing>"), "of which account"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"999999999999999.00"), "is not an amount"),
        (
            Bank().statement(replace(COLLECTED, end_to_end_id="x" * 36)),
            "EndToEndId in it is longer",
        ),
        (
            Bank().statement(replace(COLLECTED, reference="x" * 9_000)),
            "AcctSvcrRef in it is longer",
        ),
        (Bank().statement().replace(b"STMT-1", b"S" * 36), "MsgId in it is longer"),
        (b"<a>" * 1_000_000, "more than 50 deep"),
        (b"<a>" + b"<a/>" * 500_000, "more than 500000 elements"),
        (Bank().statement().replace(b"<MsgId>STMT-1</MsgId>", b""), "no message id"),
        (
            Bank().notification(COLLECTED, COLLECTED).replace(b"78.40", b"78.41"),
            "do not sum to it",
        ),
    ],
)
def test_what_cannot_be_read_safely_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BankFileNotValid, match=why):
        read_document(content)


def test_a_file_of_a_hundred_megabytes_is_not_looked_into() -> None:
    with pytest.raises(BankFileTooLarge, match=str(LARGEST_FILE)):
        read_document(b" " * (100 * 1024 * 1024))


def test_only_booked_entries_count() -> None:
    content = Bank().statement(COLLECTED)
    assert len(read_document(content).entries) == 1
    assert read_document(content.replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>")).entries == ()
    # As the older versions write it.
    assert len(read_document(content.replace(b"<Cd>BOOK</Cd>", b"BOOK")).entries) == 1


def test_an_entry_says_what_it_pays_and_whose_words_name_it() -> None:
    (entry,) = read_document(
        Bank().statement(transfer_in("2026-01/grocer", "8.500", "KWD"))
    ).entries
    assert entry.amount == Money.of(Decimal("8.5"), "KWD")
    assert "2026-01/grocer" in entry.references
    assert (entry.said, entry.is_credit) == (Said.BOOKED, True)


def test_an_entry_says_whose_account_was_at_the_other_end() -> None:
    for is_credit in (True, False):
        one = replace(COLLECTED, account="nl91 abna 0417 1643 00", is_credit=is_credit)
        (entry,) = read_document(Bank().statement(one)).entries
        assert entry.other_account == "NL91ABNA0417164300"


def test_a_reason_may_be_the_banks_own() -> None:
    own = Bank().rejects(COLLECTED).replace(b"<Cd>AC01</Cd>", b"<Prtry>Own words</Prtry>")
    (entry,) = read_document(own).entries
    assert (entry.said, entry.reason) == (Said.REJECTED, "Own words")


def test_a_return_says_why() -> None:
    (entry,) = read_document(Bank().statement(COLLECTED.back("MD06"))).entries
    assert (entry.said, entry.is_credit, entry.reason) == (Said.RETURNED, False, "MD06")


def test_a_file_that_is_refused_as_a_whole_names_its_message() -> None:
    (entry,) = read_document(Bank().rejects(COLLECTED, whole=True)).entries
    assert (entry.said, entry.message_id, entry.references) == (Said.REJECTED, "M-1", ())


CODES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)


@given(CODES, st.sampled_from(["", "/GBP", "/2"]), st.integers(1, 12))
def test_every_statement_has_an_id_that_banks_carry(code: str, tail: str, attempt: int) -> None:
    number = f"2026-W05/{code}{tail}"
    found = end_to_end_id(number, attempt)
    assert 0 < len(found) <= 35
    assert set(found) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ "
    )
    assert "//" not in found
    assert not found.startswith("/")
    assert not found.endswith("/")
    if len(number) <= 32:
        assert found.startswith(number)


@given(CODES, CODES)
def test_two_statements_have_two_ids(one: str, other: str) -> None:
    ids = {end_to_end_id(f"2026-01/{code}") for code in (one, other)}
    assert len(ids) == len({one, other})
