"""A bank's file that was damaged anywhere is refused, or says nothing that its bytes do not say."""

import base64
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalition.payments.bank_document import BankDocument, read_document
from coalition.payments.errors import BankFileNotValid, BankFileTooLarge
from tests.payments.bank import Bank, Instruction, transfer_in
from tests.payments.brands import four_brands, instruct, sent, taken_file
from tests.support import World, assert_books_balance, nothing_moves

ONE = Instruction("M-1", "2026-01/florist", "39.20", "EUR", is_credit=True, reference="R-1")
GOOD = (
    Bank().statement(ONE, transfer_in("2026-01/grocer", "8.500", "KWD"), ONE.back("MD01")),
    Bank().notification(ONE, ONE.with_amount("0.80")),
    Bank().rejects(ONE),
    Bank().rejects(ONE, whole=True),
)
Damage = Callable[[bytes], bytes]
_AWKWARD = (
    b"<", b">", b"&", b'"', b"\0", b"\xff\xfe", b"]]>", b"<![CDATA[", b"<!--", b"<?x ?>",
    b"&#0;", b"&lol;", b"<!DOCTYPE a>", "\N{RIGHT-TO-LEFT OVERRIDE}".encode(), b"\xed\xa0\x80",
    b"9" * 400, b"-", b" ", b"<a>" * 60, b' xmlns="urn:x"',
)  # fmt: skip


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """Bytes put in, taken out, written over, moved or said twice, up to three times."""
    content = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        until = min(len(content), at + draw(st.integers(0, 200)))
        new = draw(st.sampled_from(_AWKWARD) | st.binary(max_size=8) | st.just(content[at:until]))
        content = draw(
            st.sampled_from(
                (
                    content[:at] + new + content[until:],
                    content[:at] + new + content[at:],
                    content[:at] + content[until:],
                    content[:at],
                )
            )
        )
    return content


def _read(content: bytes) -> BankDocument | None:
    """None: it is refused, in words that can be shown."""
    try:
        return read_document(content)
    except (BankFileNotValid, BankFileTooLarge) as refused:
        told = refused.message
    assert told.isprintable()
    assert len(told) < 300
    return None


@settings(max_examples=600)
@given(_damaged())
def test_whatever_is_damaged_is_refused_or_can_be_stored(content: bytes) -> None:
    found = _read(content)
    if found is None:
        return
    assert found.message_id.isprintable()
    for one in found.entries:
        assert one.amount is None or 0 <= one.amount.minor <= 10**14
        assert all(len(text) <= 500 and "\0" not in text for text in one.references)
        for text in (one.end_to_end_id, one.bank_reference, one.reason):
            assert text is None or (text.isprintable() and len(text) <= 35)


@settings(max_examples=200)
@given(st.sampled_from(GOOD), st.data())
def test_of_a_file_that_breaks_off_nothing_is_taken(content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content) - 1))
    assert _read(content[:cut]) is None


@settings(max_examples=200)
@given(st.sampled_from(GOOD), st.data())
def test_what_stands_between_elements_changes_nothing(content: bytes, data: st.DataObject) -> None:
    """Comments, blanks and instructions are no part of what a bank says."""
    places = [at + 1 for at in range(len(content)) if content[at : at + 2] == b"><"]
    at = data.draw(st.sampled_from(places))
    noise = data.draw(st.sampled_from((b"\n", b"<!-- 39.20 -->", b"<?pi x?>", b"\t\r\n ")))
    assert read_document(content[:at] + noise + content[at:]) == read_document(content)


@pytest.mark.long
async def test_damaged_files_move_nothing_or_what_they_say(world: World) -> None:
    await four_brands(world)
    told = sent(await instruct(world))
    good = Bank().statement(*told.values())
    chance = random.Random(7)  # noqa: S311 - the same damage each time
    refused = 0
    for _ in range(40):
        at = chance.randrange(len(good))
        content = good[:at] + chance.choice(_AWKWARD) + good[at + chance.randrange(4) :]
        if _read(content) is None:
            refused += 1
            async with nothing_moves(world):
                try:
                    await taken_file(world, content)
                except BankFileNotValid:
                    continue
            raise AssertionError(base64.b64encode(content))
        await taken_file(world, content, dry_run=True)
    assert refused > 20
    await assert_books_balance(world)
