"""A bank's file is read safely, or refused with the reason."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import Money
from coalition.payments.bank_document import LARGEST_FILE, Said, read_document
from coalition.payments.errors import BankFileNotValid, BankFileTooLarge
from coalition.settlement.payment_reference import end_to_end_id
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
        (b"<Document/>", "no Document of camt.053"),
        (b'<Document xmlns="urn:evil:camt.053.001.08"/>', "is no Document of camt.053"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "is no Document"),
        (b'<?xml version="1.0" encoding="ebcdic-nowhere"?><Document/>', "its encoding"),
        (Bank().statement(COLLECTED)[:-200], "not whole XML"),
        (f'<Document xmlns="{SPACE}"/>'.encode(), "no statement"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"39.2x"), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"-39.20"), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"39.205"), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"39.20", b"9" * 40), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b'"EUR"', b'"EEE"'), "is not an amount"),
        (Bank().statement(COLLECTED).replace(b"CRDT", b"BOTH"), "neither a credit nor a debit"),
        (Bank().statement(COLLECTED).replace(b"2026-11-05<", b"2026-13-05<"), "is no day on which"),
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


def _statement(old: bytes, new: bytes) -> bytes:
    content = Bank().statement(COLLECTED)
    assert old in content
    return content.replace(old, new)


def _declared(encoding: str) -> bytes:
    return _statement(b'encoding="UTF-8"', f'encoding="{encoding}"'.encode())


def _booked_on(day: str) -> bytes:
    return _statement(b"<Dt>2026-11-05</Dt>", f"<Dt>{day}</Dt>".encode())


def _quoting(*texts: str) -> bytes:
    told = "".join(f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>" for text in texts)
    return _statement(b"</TxDtls>", f"{told}</TxDtls>".encode())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        *[
            (_declared(one), f"its encoding '{one}' is none of utf-8")
            for one in ("utf-7", "idna", "rot13", "punycode", "unicode_escape", "cp037", "zlib")
        ],
        (_declared("e" * 90), f"its encoding '{'e' * 40}...' is none of"),
        (
            _statement(b"<Stmt>", b"<Stmt " + b" ".join(b'a%d="1"' % n for n in range(11)) + b">"),
            "an element 'Stmt' in it has more than 10 attributes",
        ),
        (_statement(b"STMT-2<", "STMT\N{NEXT LINE}1<".encode()), r"'STMT\x851'"),
        (
            _statement(b"STMT-2<", "STMT\N{RIGHT-TO-LEFT OVERRIDE}1<".encode()),
            r"a MsgId in it cannot be printed: 'STMT\u202e1'",
        ),
        (_statement(b"STMT-2<", b"&#1;<"), "not whole XML"),
        (_statement(b"2026-01/florist", b"&#x202e;florist"), "EndToEndId in it cannot be printed"),
        *[
            (_booked_on(one), f"'{one}' is no day")
            for one in ("20261105", "2026-W45-4", "05.11.2026", "2026-11-5", "2026-02-30",
                        "2026-11-05T", "2026-11-05junk", "٢٠٢٦-11-05", "0000-01-01")
        ],
        *[
            (_statement(b"39.20", one.encode()), f"'{one}' 'EUR' is not an amount")
            for one in ("-1", "+1", "1e2", "NaN", "Infinity", "1,20", ".5", "5.", "٣٩", "0x1F",
                        "39.200000", "1_000", "10000000000000.01")
        ],
        (_statement(b"39.20", b"9" * 90), f"'{'9' * 40}...' 'EUR' is not an amount"),
        (_statement(b'Ccy="EUR">39.20', b'Ccy="JPY">39.20'), "'39.20' 'JPY' is not an amount"),
        (_statement(b'Ccy="EUR">39.20', b'Ccy="KWD">1.2345'), "'1.2345' 'KWD' is not an amount"),
        (_statement(b'Ccy="EUR"', b'Ccy="eur"'), "'39.20' 'eur' is not an amount"),
        (_statement(b'Ccy="EUR"', b'Ccy="XAU"'), "'39.20' 'XAU' is not an amount"),
        (_statement(b' Ccy="EUR"', b""), "'39.20' '' is not an amount"),
        (_statement(b"BOOK", b"BOOX"), "the status 'BOOX', which is none"),
        (_statement(b"<Sts><Cd>BOOK</Cd></Sts>", b""), "the status '', which is none"),
        (_statement(b"CRDT", b"CRDTs"), "'CRDTs' is neither a credit nor a debit"),
        (_statement(b"<Sts>", b"<RvslInd>maybe</RvslInd><Sts>"), "'maybe' does not say whether"),
        (_quoting("x" * 501), "a Ustrd in it is longer than 500 characters: 'xxx"),
        (
            _quoting(*(" ".join(f"2026-01/a{m}{n}" for n in range(9)) for m in range(9))),
            "quotes more than 50 references",
        ),
        (
            _statement(b"<NtryDtls>", b"<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch>"),
            "says that it holds 3 payments, and tells of 1",
        ),
        (
            _statement(b"<NtryDtls>", b"<NtryDtls><Btch><NbOfTxs>many</NbOfTxs></Btch>"),
            "'many' is no number of payments",
        ),
        (
            Bank().notification(COLLECTED, replace(COLLECTED, currency="USD")),
            "a part of an entry is in USD, and the entry in EUR",
        ),
    ],
)  # fmt: skip
def test_what_no_bank_writes_is_refused_with_the_value(content: bytes, why: str) -> None:
    with pytest.raises(BankFileNotValid, match=re.escape(why)) as refused:
        read_document(content)
    assert len(refused.value.message) < 250
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_file_reads_alike_in_every_encoding_that_banks_use(encoding: str) -> None:
    text = Bank().statement(replace(COLLECTED, remittance="Blumen für März")).decode()
    declared = text.replace("UTF-8", encoding.removesuffix("-sig"))
    assert read_document(declared.encode(encoding)) == read_document(text.encode())


def test_text_that_quotes_nothing_costs_no_time() -> None:
    """Nor may it be searched again and again from each of its letters."""
    content = _quoting(*["a" * 500] * 20_000)
    assert read_document(content).entries[0].references == ("2026-01/florist",)


def test_an_entry_of_nothing_is_read_and_pays_nothing() -> None:
    (entry,) = read_document(_statement(b"39.20", b"0.00")).entries
    assert entry.amount == Money(0, "EUR")


@pytest.mark.parametrize(
    "day", ["2026-11-05", "2026-11-05Z", "2026-11-05+01:00", "2026-11-05T23:59:59.5+01:00"]
)
def test_a_day_may_say_its_zone_and_hour(day: str) -> None:
    (entry,) = read_document(_booked_on(day)).entries
    assert entry.booked_on == date(2026, 11, 5)


def test_a_booking_takes_another_one_back_in_both_spellings_of_true() -> None:
    for text, said in ((b"true", Said.RETURNED), (b"1", Said.RETURNED), (b"0", Said.BOOKED)):
        content = _statement(b"<Sts>", b"<RvslInd>%s</RvslInd><Sts>" % text)
        assert read_document(content).entries[0].said is said


def test_a_booking_of_credits_less_debits_is_what_is_left() -> None:
    parts = Bank().notification(COLLECTED, replace(COLLECTED, amount="9.20"))
    less = (
        parts.replace(b"48.40", b"30.00")
        .replace(b"9.20</Amt></TxDtls>", b"9.20</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>", 2)
        .replace(b"39.20</Amt><CdtDbtInd>DBIT</CdtDbtInd>", b"39.20</Amt>")
    )
    first, second = read_document(less).entries
    assert (first.is_credit, second.is_credit) == (True, False)


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
