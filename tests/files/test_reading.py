"""Files read in pieces: what comes out does not depend on how they came, and no memory does."""

import gzip
import zlib

import pytest

from coalition.files import LONGEST_RECORD, FileBroken, FileTooLarge, Record, Records, Unpacking

ROW = b'{"member": {"card": "7001"}, "purchase": {"reference": "r-0042", "amount": "10.00"}}\n'


def _read(file: bytes, step: int, *, quoted: bool = False) -> list[tuple[int, bytes]]:
    records = Records(quoted=quoted)
    found: list[Record] = []
    for start in range(0, len(file), step):
        found += records.feed(file[start : start + step])
    found += records.end()
    return [(one.line, one.data) for one in found]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
def test_records_do_not_depend_on_where_the_pieces_end(step: int) -> None:
    file = b'\xef\xbb\xbfa,b\r\n"1\n2",3\r\n\r\n"""x""",4\n5,6'
    assert _read(file, step, quoted=True) == [
        (1, b"a,b"), (2, b'"1\n2",3'), (5, b'"""x""",4'), (6, b"5,6"),
    ]  # fmt: skip


@pytest.mark.parametrize("step", [1, 5, 1000, 100_000])
def test_unpacking_does_not_depend_on_where_the_pieces_end(step: int) -> None:
    content = b"".join(b"%d\n" % number for number in range(100_000))
    file = gzip.compress(content[:400_000]) + gzip.compress(content[400_000:])
    unpacking = Unpacking("GZIP")
    found = [
        part
        for start in range(0, len(file), step)
        for part in unpacking.feed(file[start : start + step])
    ]
    unpacking.end()
    assert b"".join(found) == content
    assert max(map(len, found)) <= 256 * 1024


def test_a_file_unpacks_to_so_much_and_no_more() -> None:
    content = zlib.compress(bytes(range(256)) * 100, wbits=31)
    with pytest.raises(FileTooLarge, match="more than 10,000 bytes"):
        list(Unpacking("GZIP", most=10_000).feed(content))


def test_a_file_that_shrinks_too_well_is_a_bomb() -> None:
    with pytest.raises(FileTooLarge, match="200 times its size"):
        list(Unpacking("GZIP").feed(gzip.compress(ROW * 500_000)))
    list(
        Unpacking("GZIP").feed(
            gzip.compress(b"".join(ROW.replace(b"0042", b"%d" % (n * 7919)) for n in range(50_000)))
        )
    )


def test_a_file_of_many_empty_ones_is_given_up_at_once() -> None:
    empty = zlib.compress(b"", wbits=31)
    with pytest.raises(FileBroken, match="more than 1,000 gzip files"):
        list(Unpacking("GZIP").feed(empty * 200_000))
    assert list(Unpacking("GZIP").feed(empty * 900)) == []


def test_a_record_that_does_not_end_is_given_up_before_it_fills_memory() -> None:
    records = Records(quoted=True)
    list(records.feed(b'"a quote that is never closed\n'))
    with pytest.raises(FileBroken, match="closing quote"):  # noqa: PT012 - which one is told below
        # How far the loop has come is what is asked.
        for fed in range(0, 10 * LONGEST_RECORD, 1000):  # noqa: B007
            list(records.feed(b"x" * 999 + b"\n"))
    assert fed < LONGEST_RECORD + 2000
