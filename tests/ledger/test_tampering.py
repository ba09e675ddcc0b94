"""Whoever edits the books behind the application's back is found, and what was edited is named."""

from dataclasses import dataclass

import pytest

from tests.documents.january import JANUARY, a_january, document_of
from tests.support import World, assert_books_balance
from tests.support.world import broken_laws


@dataclass(frozen=True, slots=True)
class Edit:
    """`statements` are what somebody with all rights does; each of `named` must be told of."""

    what: str
    statements: tuple[str, ...]
    named: tuple[str, ...]


_SWAP = """UPDATE entry e SET points = o.points, occurred_at = o.occurred_at, hash = o.hash
  FROM entry o WHERE e.kind = 1 AND o.kind = 1 AND e.member_id = o.member_id
   AND (e.seq, o.seq) IN ((1, 2), (2, 1))"""
_INSERT = """INSERT INTO entry SELECT (jsonb_populate_record(e, jsonb_build_object('seq', 90))).*
  FROM entry e WHERE seq = 1"""
# Whoever knows how the chain is made makes it anew, to the member's head.
_REHASH = """DO $$ DECLARE e record; h bytea := ''; BEGIN
  FOR e IN SELECT n.*, l.earned_at, l.spendable_from, l.expires_on, a.claim, a.request_hash,
                  a.reference, a.amount, a.basis, a.spendable_from AS from_then, a.store_code,
                  a.terminal_code, a.channel, a.lines
             FROM entry n LEFT JOIN lot l USING (member_id, seq)
             LEFT JOIN award a USING (member_id, seq) ORDER BY n.seq LOOP
    h := books.chain_entry(NULL, h, books.entry_text(e.member_id, e.seq, e.period_id, e.kind,
      e.debit, e.credit, e.points, e.partner_id, e.agreement_id, e.promotion_id, e.reverses,
      e.reverses_period_id, e.occurred_at, e.recorded_at, e.earned_at, e.spendable_from,
      e.expires_on, CASE WHEN e.claim IS NOT NULL THEN books.purchase_text(e.claim,
        e.request_hash, e.reference, e.amount, e.basis, e.from_then, e.store_code, e.terminal_code,
        e.channel, e.lines) END));
    UPDATE entry SET hash = h WHERE member_id = e.member_id AND seq = e.seq;
  END LOOP;
  UPDATE balance SET head = h; END $$"""
_HEAD = "head of period 2026-01 of monthly@America/New_York"
_GROCER = "statement 2026-01/grocer"
_NOT_SIGNED = "it is not the line that was signed"


def _replaced(table: str, old: str, new: str) -> str:
    """A text inside a kept content, with the hash beside it made anew."""
    content = f"replace(content, '\"{old}\"', '\"{new}\"')"
    return f"UPDATE {table} SET content = {content}, sha256 = sha256(convert_to({content}, 'UTF8'))"


EDITS = [
    Edit("an entry's points", ("UPDATE entry SET points = points + 1 WHERE seq = 2",),
         ("entry of member {member} at place 2: not what its hash",)),
    Edit("an entry's time, with every hash behind it made anew",
         ("UPDATE entry SET occurred_at = occurred_at - interval '1 hour' WHERE seq = 2", _REHASH),
         (f"{_HEAD}: it was kept for 6 entries; the 6 that are there give another",)),
    Edit("an entry's hash", ("UPDATE entry SET hash = sha256('mine') WHERE seq = 2",),
         ("entry of member {member} at place 2: not what its hash", _HEAD)),
    Edit("an entry removed", ("DELETE FROM entry WHERE seq = 2",),
         ("entry of member {member} at place 3: not what its hash",
          "award of member {member} at place 2: 0 entries",
          f"{_HEAD}: it was kept for 6 entries; the 5 that")),
    Edit("the last entry removed", ("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",),
         ("balance of member {member}: its head is not the hash of its last entry",)),
    Edit("two entries swapped", (_SWAP,),
         ("entry of member {member} at place 1: not what its hash",
          "entry of member {member} at place 2: not what its hash")),
    Edit("an entry inserted", (_INSERT,),
         ("entry of member {member} at place 90: not what its hash",
          "entry of member {member} at place 90: nobody asked for it",
          f"{_HEAD}: it was kept for 6 entries; the 7 that")),
    Edit("what is left of a lot", ("UPDATE lot SET remaining = remaining - 1 WHERE seq = 2",),
         ("lot of member {member} at place 2",)),
    Edit("whose a lot is", ("UPDATE lot SET issuer_id = issuer_id + 1 WHERE seq = 2",),
         ("award of member {member} at place 2",)),
    Edit("a use of a lot", ("UPDATE lot_use SET points = points + 1 WHERE seq = 4",),
         ("entry of member {member} at place 4",)),
    Edit("a line's amount",
         ("UPDATE statement_line SET amount = amount + 1 WHERE partner_id = 2 AND line = 1",),
         (f"{_GROCER}, line 1: 654 from account 620", f"{_GROCER}, line 1: {_NOT_SIGNED}")),
    Edit("a line's words",
         ("UPDATE statement_line SET description = 'Gifts' WHERE partner_id = 2 AND line = 2",),
         (f"{_GROCER}, line 2: {_NOT_SIGNED}",)),
    Edit("a line removed", ("DELETE FROM statement_line WHERE partner_id = 2 AND line = 2",),
         (f"{_GROCER}: issued", f"{_GROCER}, lines: 1 in the books")),
    Edit("a statement's sum",
         ("UPDATE statement SET net = net + 1, issued = issued + 1 WHERE partner_id = 2",),
         (f"{_GROCER}: 604 USD to pay", f"{_GROCER}, totals.net")),
    Edit("a money entry's amount",
         ("UPDATE money_entry SET amount = amount + 5 WHERE partner_id = 2 AND line = 1",),
         (f"{_GROCER}, line 1: 653 from account 620 to 600, its money entries say 658",)),
    Edit("a money entry's account",
         ("UPDATE money_entry SET credit = 670 WHERE partner_id = 2 AND line = 1",),
         (f"{_GROCER}, line 1: 0 from account 670 to 600, its money entries say 653",)),
    Edit("a money entry removed", ("DELETE FROM money_entry WHERE partner_id = 2 AND line = 2",),
         (f"{_GROCER}, line 2: 50 from account 600 to 620, its money entries say 0",)),
    Edit("the head of a period", ("UPDATE period_head SET head = sha256('mine')",), (_HEAD,)),
    Edit("what a head follows on", ("UPDATE period_head SET previous = sha256('mine')",), (_HEAD,)),
    Edit("a head removed", ("DELETE FROM period_head",), (f"{_HEAD}: it is missing",)),
    Edit("a signed document", (_replaced("statement_document", "6.53", "6.54"),),
         (f"{_GROCER}, signature: The key", f"{_GROCER}, line 1: It was altered")),
    Edit("a document's signature",
         ("UPDATE statement_document SET signature = replace(signature, '..', '..A')",),
         (f"{_GROCER}, signature",)),
    Edit("a document of nothing", ("UPDATE statement_document SET statement_id = 99",),
         ("statement numbered 99, document: the statement that it was made of is not there",)),
    Edit("a document removed", ("DELETE FROM statement_document",),
         ("statement document 2: it was removed",)),
    Edit("when a statement was issued", ("UPDATE statement SET issued_at = issued_at + '1 day'",),
         (f"{_GROCER}, issuedAt: ", "statement 2: it is not what the application wrote")),
    Edit("a statement's taxes", ("UPDATE statement SET taxes = '[]' WHERE partner_id = 2",),
         (f"{_GROCER}, taxes: [] in the books",)),
    Edit("what was approved", ("UPDATE period_approval SET figures = sha256('mine')",),
         ("period approval 1/client approver/\\x", "the application did not write it",
          "it was removed")),
    Edit("who approved", ("UPDATE period_approval SET person = 'somebody'",),
         ("period approval 1/somebody/", "period approval 1/client approver/")),
    Edit("a lot's last day", ("UPDATE lot SET expires_on = '2030-01-01' WHERE seq = 2",),
         ("entry of member {member} at place 2: not what its hash",
          "award of member {member} at place 2: its times are not those of its entry")),
    Edit("from when a lot may be spent",
         ("UPDATE lot SET spendable_from = '2027-01-01' WHERE seq = 2",),
         ("entry of member {member} at place 2: not what its hash",)),
    Edit("what was bought", ("UPDATE award SET amount = amount + 1, basis = basis + 1",),
         ("entry of member {member} at place 1: not what its hash",)),
    Edit("a price, before it is billed", ("UPDATE agreement SET issue_price = 0.5",),
         ("agreement 1: it is not what the application wrote",)),
    Edit("an invoice's content", (_replaced("invoice", "603", "602"),),
         ("invoice INV-000001: it is not what its content says",)),
    Edit("an invoice removed", ("DELETE FROM invoice WHERE series = 'INV'",),
         (f"{_GROCER}: 603 USD to pay without packs, its invoices say 0",)),
    Edit("an invoice's place", ("UPDATE invoice SET place = 2 WHERE series = 'INV'",),
         ("series INV of the coalition: 1 documents, and the last is number 2",)),
]  # fmt: skip


_TABLES = (
    "entry", "balance", "lot", "lot_use", "statement", "statement_line", "money_entry",
    "period_head", "statement_document", "invoice", "period_approval", "award", "agreement",
)  # fmt: skip


@pytest.mark.long
async def test_what_was_edited_is_named(world: World) -> None:
    """One coalition, edited in one way after the other and each time put right again."""
    await a_january(world)
    await document_of(world, "grocer")
    await world.approve(JANUARY)
    await assert_books_balance(world)
    ((member,),) = await world.rows("SELECT member_id FROM balance")
    for table in _TABLES:
        await world.superuser.execute(f"CREATE TEMPORARY TABLE was_{table} AS TABLE {table}")
    missed = {}
    for edit in EDITS:
        await world.corrupt(*edit.statements)
        told = [row for rows in (await broken_laws(world)).values() for row in rows]
        for named in edit.named:
            if not any(named.format(member=member) in row for row in told):
                missed[edit.what] = told
        for table in _TABLES:
            await world.corrupt(
                f"DELETE FROM {table}",
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE was_{table}",
            )
    for table in _TABLES:
        await world.superuser.execute(f"DROP TABLE was_{table}")
    assert missed == {}
    await assert_books_balance(world)
