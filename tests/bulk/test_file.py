"""Files that are broken as a whole, and the reading of those that are not."""

from typing import Any

import pytest

from tests.bulk.support import Office, a_cell_row, a_row, as_csv, ndjson, packed, work_off
from tests.support import Person, nothing_moves

CARD = "7001"
GOOD = ndjson(a_row(number, CARD) for number in range(3))
CELLS = as_csv(a_cell_row(number, CARD) for number in range(3))

# What is sent, how it is announced, and what is said of it.
BROKEN: dict[str, tuple[bytes, dict[str, Any], str, str, int | None]] = {
    "nothing at all": (b"", {}, "FILE_BROKEN", "no rows", None),
    "blank lines only": (b"\n\r\n  \n", {}, "FILE_BROKEN", "no rows", None),
    "a header and no row": (CELLS.splitlines(keepends=True)[0], {"format": "CSV"},
                            "FILE_BROKEN", "no rows", None),
    "gzip cut off": (packed(GOOD)[:-9], {"compression": "GZIP"}, "FILE_BROKEN", "middle", None),
    "gzip with a changed byte": (
        packed(GOOD)[:-6] + b"\x00" + packed(GOOD)[-5:], {"compression": "GZIP"},
        "FILE_BROKEN", "not gzip", None,
    ),
    "no gzip": (GOOD, {"compression": "GZIP"}, "FILE_BROKEN", "not gzip", None),
    "rubbish behind gzip": (packed(GOOD) + b"rubbish", {"compression": "GZIP"},
                            "FILE_BROKEN", "not gzip", None),
    "gzip that was not announced": (packed(GOOD), {}, "FILE_BROKEN", "not UTF-8", 1),
    "a bomb of blank lines": (packed(b"\n" * 80_000_000), {"compression": "GZIP"},
                              "FILE_BROKEN", "lines are blank", 100_001),
    "rows none of which can be read": (b'{"x": 1}\n' * 3000, {}, "FILE_BROKEN",
                                       "first 1,000 rows", 1),
    "a bomb of one line": (packed(b"\x00" * 20_000_000), {"compression": "GZIP"},
                           "FILE_BROKEN", "longer than", 1),
    "another number of rows": (GOOD, {"rows": 4}, "FILE_NOT_AS_ANNOUNCED", "3 rows", None),
    "Latin-1": (GOOD + '{"member": {"card": "é"}}\n'.encode("latin-1"), {},
                "FILE_BROKEN", "not UTF-8", 4),
    "UTF-16": (GOOD.decode().encode("utf-16"), {}, "FILE_BROKEN", "not UTF-8", 1),
    "a line of 10 MB": (GOOD + b'{"x": "' + b"x" * 10_000_000 + b'"}\n', {},
                        "FILE_BROKEN", "longer than", 4),
    "a column that is not known": (CELLS.replace(b"card", b"cart", 1), {"format": "CSV"},
                                   "FILE_BROKEN", "'cart'", 1),
    "a column too few": (CELLS.replace(b"card,", b"storeCode,", 1), {"format": "CSV"},
                         "FILE_BROKEN", "one of card", 1),
    "a column twice": (CELLS.replace(b"card", b"amount", 1), {"format": "CSV"},
                       "FILE_BROKEN", "each", 1),
    "no header": (b"".join(CELLS.splitlines(keepends=True)[1:]), {"format": "CSV"},
                  "FILE_BROKEN", "not known", 1),
    "a quote never closed": (CELLS + b'7001,"r-9,2026', {"format": "CSV"},
                             "FILE_BROKEN", "never closed", 5),
    "JSON as CSV": (GOOD, {"format": "CSV"}, "FILE_BROKEN", "header", 1),
    "CSV as JSON": (CELLS, {}, "FILE_BROKEN", "No row can be read", 1),
    "one JSON array": (b"[" + GOOD.replace(b"\n", b",")[:-1] + b"]", {},
                       "FILE_BROKEN", "not a JSON object", 1),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_file_is_rejected_as_a_whole(what: str, office: Office, ada: Person) -> None:
    assert ada.card == CARD
    file, asked, code, said, line = BROKEN[what]
    announced = dict(asked)
    before = await office.world.rows("SELECT count(*) FROM award")
    ended = await office.through(file, announced.pop("format", "NDJSON"), **announced)
    assert ended["state"] == "REJECTED", ended
    assert ended["reason"]["code"] == code
    assert said in ended["reason"]["message"]
    assert ended["reason"]["line"] == line
    assert ended["finishedAt"] is not None
    assert ended["done"] == 0
    assert await office.results(ended["id"]) == []
    assert await office.world.rows("SELECT count(*) FROM award") == before


WHOLE = {
    "a byte order mark": b"\xef\xbb\xbf" + CELLS,
    "line ends of Unix": CELLS.replace(b"\r\n", b"\n"),
    "no line end at the end": CELLS.rstrip(b"\r\n"),
    "blank lines between": CELLS.replace(b"\r\n", b"\r\n\r\n"),
    "every cell in quotes": b"\n".join(
        b",".join(b'"' + cell + b'"' for cell in line.split(b",")) for line in CELLS.splitlines()
    ),
}


@pytest.mark.parametrize("what", WHOLE)
async def test_what_spreadsheets_write_is_read(what: str, office: Office, ada: Person) -> None:
    ended = await office.through(WHOLE[what], "CSV")
    assert (ended["state"], ended["rows"], ended["awarded"]) == ("DONE", 3, 3), ended
    assert (await office.world.balance(ada)).available == 30


async def test_a_line_end_in_quotes_belongs_to_its_row(office: Office, ada: Person) -> None:
    odd = [a_cell_row(1, ada.card, storeCode="two\nlines"), a_cell_row(2, ada.card, storeCode="")]
    ended = await office.through(as_csv(odd), "CSV")
    first, second = await office.results(ended["id"])
    assert (first["line"], first["code"], first["field"]) == (
        2, "TEXT_NOT_ALLOWED", "purchase.storeCode",
    )  # fmt: skip
    assert (second["line"], second["outcome"]) == (4, "AWARDED")


async def test_several_packed_parts_are_one_file(office: Office, ada: Person) -> None:
    parts = [packed(ndjson([a_row(number, ada.card)])) for number in range(3)]
    ended = await office.through(b"".join(parts), compression="GZIP")
    assert ended["awarded"] == 3


async def test_a_file_that_was_changed_where_it_is_stored_is_not_awarded(
    office: Office, ada: Person
) -> None:
    bulk_id = await office.send(GOOD.replace(CARD.encode(), ada.card.encode()))
    await office.world.corrupt("UPDATE bulk_chunk SET data = overlay(data placing '9' from 300)")
    await work_off(office.world)
    async with nothing_moves(office.world):
        ended = await office.watch(bulk_id)
    assert ended["state"] == "REJECTED"
    assert ended["awarded"] == 0


# The reading alone
