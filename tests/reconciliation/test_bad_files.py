"""Files that do not keep to their contract: each is refused with the reason and the line."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from coalition import reconciliation
from coalition.files import FileBroken, FileTooLarge
from coalition.kit.errors import Refusal
from coalition.reconciliation import file_contract
from tests.reconciliation.books import (
    PartnerFile,
    compare,
    items,
    pieces,
    reconcile,
    send,
    true_file,
)
from tests.support import World, nothing_moves

ROW = {
    "kind": "AWARD", "reference": "n1-001", "occurredAt": "2026-03-03T12:00:00Z", "points": "100",
    "amount": "100.00", "card": "7001",
}  # fmt: skip
FILE = PartnerFile([ROW, ROW | {"reference": "n1-002"}], created="2026-03-15T11:00:00Z")


@pytest.fixture
async def grocer(world: World) -> World:
    await world.apply()
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    await world.award("grocer", ada, "100.00", reference="n1-001")
    return world


def row(**changes: str) -> bytes:
    return FILE.but(rows=[ROW | changes]).csv()


def lines_of(*order: int) -> bytes:
    """The lines of a good file, in another order, from 1."""
    whole = FILE.csv().decode().splitlines()
    return ("\n".join(whole[place - 1] for place in order) + "\n").encode()


BAD = {
    "nothing": (b"", "FILE_CONTRACT_BROKEN", None),
    "cut off behind its rows": (lines_of(1, 2, 3, 4), "FILE_CONTRACT_BROKEN", None),
    "cut off inside a row": (FILE.csv()[:-60], "FILE_CONTRACT_BROKEN", 4),
    "a row is missing": (lines_of(1, 2, 3, 5), "FILE_TRAILER_WRONG", 4),
    "a row is there twice": (lines_of(1, 2, 3, 3, 4, 5), "FILE_TRAILER_WRONG", 6),
    "its trailer counts other rows": (
        FILE.but(trailer={"rows": "3"}).csv(), "FILE_TRAILER_WRONG", 5,
    ),
    "its trailer sums other points": (
        FILE.but(trailer={"points": "201"}).csv(), "FILE_TRAILER_WRONG", 5,
    ),
    "its trailer sums another amount": (
        FILE.but(trailer={"amount": "200.01"}).csv(), "FILE_TRAILER_WRONG", 5,
    ),
    "its trailer says nothing": (
        FILE.but(trailer={"amount": ""}).csv(), "FILE_CONTRACT_BROKEN", 5,
    ),
    "the trailer stands before the rows": (
        lines_of(1, 2, 5, 3, 4), "FILE_TRAILER_WRONG", 3,
    ),
    "rows behind the trailer": (lines_of(1, 2, 3, 4, 5, 4), "FILE_CONTRACT_BROKEN", 6),
    "the header stands behind the rows": (lines_of(2, 3, 4, 1, 5), "FILE_CONTRACT_BROKEN", 1),
    "two headers": (lines_of(1, 1, 2, 3, 4, 5), "FILE_CONTRACT_BROKEN", 2),
    "two files in one": (FILE.csv() + FILE.csv(), "FILE_CONTRACT_BROKEN", 6),
    "another partner's": (FILE.but(partner="bakery").csv(), "RECONCILIATION_PARTNER_WRONG", 1),
    "of another period": (FILE.but(period="2026-02").csv(), "RECONCILIATION_PERIOD_WRONG", 1),
    "made before its period began": (
        FILE.but(rows=[], created="2026-02-27T12:00:00Z").csv(), "RECONCILIATION_PERIOD_WRONG", 1,
    ),
    "in another currency": (FILE.but(currency="EUR").csv(), "RECONCILIATION_CURRENCY_WRONG", 1),
    "made tomorrow": (FILE.but(created="2026-03-16T12:00:00Z").csv(), "FILE_CONTRACT_BROKEN",
                      1),
    "made at no moment": (FILE.but(created="2026-03-15").csv(), "FILE_CONTRACT_BROKEN", 1),
    "without a sequence number": (FILE.but(sequence=0).csv(), "FILE_CONTRACT_BROKEN", 1),
    "a number that is none": (FILE.but(sequence="²").csv(), "FILE_CONTRACT_BROKEN", 1),
    "a formula for a reference": (row(reference="=HYPERLINK(1)"), "FILE_FORMULA", 3),
    "a formula in full width": (row(reference="\uff1d1+1"), "FILE_FORMULA", 3),
    "a formula for a store": (row(store="@SUM(A1)"), "FILE_FORMULA", 3),
    "a formula for a receipt": (row(receipt="+1"), "FILE_FORMULA", 3),
    "a formula for a card": (row(card="-7001"), "FILE_FORMULA", 3),
    "not UTF-8": (FILE.csv().replace(b"n1-002", b"n\xe9"), "FILE_BROKEN", 4),
    "a NUL": (row(reference="a\0b"), "FILE_CONTRACT_BROKEN", 3),
    "a direction mark": (row(reference="a\u202eb"), "FILE_CONTRACT_BROKEN", 3),
    "a kind that there is not": (row(kind="GIFT"), "FILE_CONTRACT_BROKEN", 3),
    "points that are none": (row(points="1e2"), "FILE_CONTRACT_BROKEN", 3),
    "points below nothing": (row(points="-1"), "FILE_CONTRACT_BROKEN", 3),
    "more points than can be held": (row(points="9" * 19), "FILE_CONTRACT_BROKEN", 3),
    "rows that sum to more than can be held": (
        FILE.but(rows=[ROW | {"points": "9" * 18}] * 10).csv(), "FILE_CONTRACT_BROKEN", 12,
    ),
    "an amount that can not be held": (row(amount="9" * 14), "FILE_CONTRACT_BROKEN", 3),
    "an amount with three decimals": (row(amount="9.999"), "FILE_CONTRACT_BROKEN", 3),
    "no amount": (row(amount=""), "FILE_CONTRACT_BROKEN", 3),
    "a currency that there is not": (row(currency="XXQ"), "FILE_CONTRACT_BROKEN", 3),
    "a status that there is not": (row(status="OPEN"), "FILE_CONTRACT_BROKEN", 3),
    "a time without an offset": (row(occurredAt="2026-03-03T12:00"), "FILE_CONTRACT_BROKEN",
                                 3),
    "a time after the file": (row(occurredAt="2026-03-20T12:00:00Z"), "FILE_CONTRACT_BROKEN",
                              3),
    "a year that no calendar has": (row(occurredAt="0001-01-01T00:00:00+14:00"),
                                    "FILE_CONTRACT_BROKEN", 3),
    "a redemption of nobody": (row(kind="REDEMPTION", card=""), "FILE_CONTRACT_BROKEN", 3),
    "a cell too many": (FILE.csv().replace(b"7001\n", b"7001,x\n", 1), "FILE_CONTRACT_BROKEN",
                        3),
    "a quote that does not end": (FILE.csv().replace(b"n1-001", b'"n1-001', 1),
                                  "FILE_BROKEN", 3),
    "a line end in a cell": (FILE.csv().replace(b"n1-001", b'"n1\n001"', 1),
                             "FILE_CONTRACT_BROKEN", 3),
    "a column that there is not": (FILE.csv().replace(b"receipt,card", b"receipt,cart"),
                                   "FILE_CONTRACT_BROKEN", 2),
    "a line of a megabyte": (row(reference="x" * 2**20), "FILE_BROKEN", 3),
    "no line end at all": (b"x" * 2**18, "FILE_BROKEN", 1),
}  # fmt: skip


async def test_each_is_refused_with_its_line_and_nothing_moves(grocer: World) -> None:
    place = await reconciliation.create_file(
        grocer.office,
        actor=grocer.actor("grocer"),
        request=reconciliation.FileRequest("one", "2026-03", "CSV", "NONE"),
        now=grocer.now,
    )
    found = {}
    async with nothing_moves(grocer):
        for what, (content, _, _) in BAD.items():
            try:
                await reconciliation.take_file(
                    grocer.office, actor=grocer.actor("grocer"), file_id=place.file_id,
                    pieces=pieces(content), now=grocer.now,
                )  # fmt: skip
            except Refusal as refused:
                found[what] = (refused.code, getattr(refused, "line", None))
    assert found == {what: (code, line) for what, (_, code, line) in BAD.items()}
    taken = await send(grocer, FILE, key="one")
    assert taken.file_id == place.file_id, "the place is still there for a better one"


JSON_BAD = {
    "a float": (b'"points": "100"', b'"points": 1.5'),
    "a name twice": (b'"points": "100"', b'"points": "100", "points": "100"'),
    "a name that it does not have": (b'"points": "100"', b'"points": "100", "pts": "1"'),
    "a list": (b'"points": "100"', b'"points": ["100"]'),
    "not JSON": (b'{"type": "ROW"', b'{"type": "ROW'),
    "deeply nested": (b'"points": "100"', b'"points": ' + b"[" * 9_000),
    "no object": (b'{"type": "ROW"', b'[{"type": "ROW"'),
    "a type that there is not": (b'"type": "ROW"', b'"type": "LINE"'),
}


async def test_ndjson_is_read_as_strictly(grocer: World) -> None:
    for what, (before, after) in JSON_BAD.items():
        content = FILE.ndjson().replace(before, after, 1)
        assert content != FILE.ndjson()
        with pytest.raises(FileBroken) as refused:
            await send(grocer, content, format_="NDJSON")
        assert refused.value.line == 2, what


async def test_both_formats_packed_or_not_say_the_same(grocer: World) -> None:
    file = await true_file(grocer)
    for sequence, (format_, compression) in enumerate(
        (("CSV", "NONE"), ("CSV", "GZIP"), ("NDJSON", "NONE"), ("NDJSON", "GZIP")), start=1
    ):
        content = file.but(sequence=sequence)
        said = content.csv() if format_ == "CSV" else content.ndjson()
        sent = gzip.compress(said[:50]) + gzip.compress(said[50:])
        taken = await send(
            grocer, sent if compression == "GZIP" else said, format_=format_,
            compression=compression,
        )  # fmt: skip
        await compare(grocer, taken)
        assert (taken.rows, await items(grocer, taken.file_id)) == (1, [])


async def test_what_a_spreadsheet_saved_is_read_too(grocer: World) -> None:
    file = await true_file(grocer)
    saved = b"\xef\xbb\xbf" + file.csv().replace(b"\n", b"\r\n")
    assert (await send(grocer, saved)).rows == 1


PACKED_BAD = {
    "cut off": (FILE.gzipped()[:-20], "FILE_BROKEN"),
    "not gzip": (FILE.csv(), "FILE_BROKEN"),
    "damaged": (FILE.gzipped()[:40] + b"\0\0\0\0" + FILE.gzipped()[44:],
                "FILE_BROKEN"),
    "a bomb of blank lines": (gzip.compress(b"\n" * 5_000_000), "FILE_BROKEN"),
    "a bomb of blanks": (gzip.compress((b" " * 15_000 + b"\n") * 6000), "FILE_TOO_LARGE"),
    "ten thousand empty ones": (gzip.compress(b"") * 10_000, "FILE_BROKEN"),
    "nothing packed": (gzip.compress(b""), "FILE_CONTRACT_BROKEN"),
}  # fmt: skip


async def test_a_packed_file_is_no_way_around(grocer: World) -> None:
    for what, (content, code) in PACKED_BAD.items():
        with pytest.raises(FileBroken) as refused:
            await send(grocer, content, compression="GZIP")
        assert refused.value.code == code, what


async def test_more_rows_than_a_file_may_have_are_refused_at_the_first(
    grocer: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_contract, "MOST_ROWS", 1)
    async with nothing_moves(grocer):
        with pytest.raises(FileTooLarge) as refused:
            await _send_and_forget(grocer, FILE.csv())
    assert refused.value.line == 4


async def test_more_bytes_than_a_file_may_have_are_refused(
    grocer: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_contract, "LAYOUT", replace(file_contract.LAYOUT, most=100))
    async with nothing_moves(grocer):
        with pytest.raises(FileTooLarge):
            await _send_and_forget(grocer, FILE.csv())


async def _send_and_forget(world: World, content: bytes) -> None:
    actor = world.actor("grocer")
    request = reconciliation.FileRequest("once", "2026-03", "CSV", "NONE")
    place = await reconciliation.create_file(
        world.office, actor=actor, request=request, now=world.now
    )
    await reconciliation.take_file(
        world.office, actor=actor, file_id=place.file_id, pieces=pieces(content), now=world.now,
        forget=True,
    )  # fmt: skip


async def test_the_same_file_twice_is_done_once(grocer: World) -> None:
    file = FILE.but(rows=[ROW])
    first = await reconcile(grocer, file)
    before = await items(grocer, first)
    again = await send(grocer, file)
    assert (again.file_id, again.repeated) == (first, True)
    packed = await send(grocer, file.gzipped(), compression="GZIP")
    assert (packed.file_id, packed.repeated) == (first, True)
    ran = await compare(grocer, again)
    assert ran.already
    assert await items(grocer, first) == before


async def test_another_file_under_a_number_that_was_used_is_refused(grocer: World) -> None:
    await reconcile(grocer, FILE)
    with pytest.raises(Refusal, match="as number 2") as refused:
        await send(grocer, FILE.but(rows=[ROW]))
    assert refused.value.code == "RECONCILIATION_SEQUENCE_REUSED"


async def test_a_file_that_comes_behind_its_correction_is_refused(grocer: World) -> None:
    await reconcile(grocer, FILE)
    await reconcile(grocer, FILE.but(sequence=3, rows=[ROW]))
    with pytest.raises(Refusal, match="number 2 comes too late"):
        await send(grocer, FILE.but(sequence=2, rows=[]))


async def test_numbers_that_were_left_out_are_an_alarm_and_no_refusal(grocer: World) -> None:
    await reconcile(grocer, FILE)
    taken = await send(grocer, FILE.but(sequence=4, rows=[ROW]))
    assert (taken.gap_after, taken.repeated) == (1, False)


async def test_a_period_that_there_is_not_has_no_place(grocer: World) -> None:
    async with nothing_moves(grocer):
        for label in ("2026", "2026-13", "2026-04", "=1", "2026-W10"):
            with pytest.raises(reconciliation.FileOfAnotherPeriod):
                await send(grocer, FILE, period=label)


async def test_a_line_that_is_lost_on_its_way_leaves_nothing(grocer: World) -> None:
    async def broken_off() -> AsyncIterator[bytes]:
        yield FILE.csv()[:200]
        raise ConnectionError

    actor = grocer.actor("grocer")
    request = reconciliation.FileRequest("once", "2026-03", "CSV", "NONE")
    place = await reconciliation.create_file(
        grocer.office, actor=actor, request=request, now=grocer.now
    )
    async with nothing_moves(grocer):
        with pytest.raises(ConnectionError):
            await reconciliation.take_file(
                grocer.office, actor=actor, file_id=place.file_id, pieces=broken_off(),
                now=grocer.now,
            )  # fmt: skip
