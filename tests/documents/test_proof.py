"""A partner checks its statement with nothing but its files and the coalition's public keys."""

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coalition.access import rotate_statement_key
from coalition.kit.database import administering
from coalition.proof import NoSuchKey, Report, canonical, read_keys, verify_statement
from coalition.proof.figures import hash_of
from coalition.proof.rows import row_hash
from tests.support import World
from tests.support.node import run_node

from .january import Files, a_january, files_of

_IN_JAVASCRIPT = Path(__file__).with_name("verify_statement.mjs")


def _report(files: Files) -> Report:
    lines = files.lines.splitlines(keepends=True)
    return verify_statement(files.statement, read_keys(files.keys), lines)


def _is_found(files: Files) -> bool:
    """Whether the check says that something is wrong, or that it cannot say."""
    try:
        return bool(_report(files).findings)
    except NoSuchKey:
        return True


def _places(files: Files) -> list[str]:
    return [one.where for one in _report(files).findings]


@pytest.mark.parametrize("brand", ["grocer", "bakery", "fuel"])
async def test_what_was_issued_holds(world: World, brand: str) -> None:
    await a_january(world, paid_at_issuance="0.4", vat_mode="standard", vat_rate="0.21",
                    fee_per_point="0.0007")  # fmt: skip
    report = _report(await files_of(world, brand))
    assert report.findings == ()
    assert report.number == f"2026-01/{brand}"


async def test_any_byte_that_is_changed_added_or_lost_is_found(world: World) -> None:
    await a_january(world)
    whole = await files_of(world, "grocer")

    @settings(max_examples=300)
    @given(st.data())
    def damaged(data: st.DataObject) -> None:
        in_lines = data.draw(st.booleans())
        file = whole.lines if in_lines else whole.statement
        at = data.draw(st.integers(0, len(file) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda one: one != file[at]))
        length = data.draw(st.sampled_from([0, 1, 2]))  # lost, changed, added
        inside = [b"", bytes([other]), bytes([other, file[at]])][length]
        changed = file[:at] + inside + file[at + 1 :]
        files = (
            Files(whole.statement, changed, whole.keys)
            if in_lines
            else Files(changed, whole.lines, whole.keys)
        )
        assert changed == file or _is_found(files)

    damaged()


async def test_an_altered_line_is_named(world: World) -> None:
    await a_january(world)
    files = await files_of(world, "grocer")
    signed = json.loads(files.statement)
    signed["statement"]["lines"][1]["points"] = "-40"
    altered = Files(canonical(signed), files.lines, files.keys)
    assert {"line 2", "signature"} <= set(_places(altered))
    assert "line 1" not in _places(altered)
    # Also by somebody who makes the line's own hash anew, and its arithmetic right.
    line = signed["statement"]["lines"][1]
    line["amount"] = "-0.40"
    line["sha256"] = hash_of(line)
    altered = Files(canonical(signed), files.lines, files.keys)
    assert {"signature", "totals", "line 2"} <= set(_places(altered))


async def test_an_altered_row_is_named_and_so_is_the_line_of_one_whose_hashes_are_made_anew(
    world: World,
) -> None:
    await a_january(world)
    files = await files_of(world, "grocer")
    rows = [json.loads(text) for text in files.lines.splitlines()]
    assert rows[2]["line"] == 1
    rows[2]["reference"] = "another receipt"

    def with_rows() -> Files:
        lines = b"".join(canonical(row) + b"\n" for row in rows)
        return Files(files.statement, lines, files.keys)

    assert _places(with_rows()) == ["line 1, row 2", "line file"]
    before = b""
    for row in rows[1:-1]:
        if row["line"] == 1:
            row["sha256"] = (before := row_hash(before, row)).hex()
    assert _places(with_rows()) == ["line 1", "line file"]


async def test_a_file_that_was_cut_off_or_is_another_brands_is_found(world: World) -> None:
    await a_january(world)
    files, others = await files_of(world, "grocer"), await files_of(world, "bakery")
    cut = b"".join(files.lines.splitlines(keepends=True)[:-1])
    assert "line file" in _places(Files(files.statement, cut, files.keys))
    assert "line file" in _places(Files(files.statement, b"", files.keys))
    places = _places(Files(files.statement, others.lines, files.keys))
    assert {"line file, line 1", "line file"} <= set(places)


async def test_a_statement_outlives_the_key_that_signed_it(world: World) -> None:
    await a_january(world)
    old = await files_of(world, "grocer")
    async with administering(world.addresses) as connection:
        kid = await rotate_statement_key(connection)
    await world.superuser.execute(
        "UPDATE signing_key SET created_at = created_at - interval '61 seconds'"
        " WHERE purpose = 'statements'"
    )
    new = await files_of(world, "bakery")
    assert _report(new).signed_by == kid
    again = await files_of(world, "grocer")
    assert again.statement == old.statement
    assert _report(again).findings == ()
    with pytest.raises(NoSuchKey, match="newest keys"):
        _report(Files(new.statement, new.lines, old.keys))
    await world.superuser.execute("DELETE FROM signing_key WHERE kid = $1", kid)


async def test_a_verifier_in_another_language_says_the_same(world: World, tmp_path: Path) -> None:
    await a_january(world, paid_at_issuance="0.4", vat_mode="standard", vat_rate="0.21")
    files = await files_of(world, "grocer")
    names = [tmp_path / name for name in ("statement.json", "lines.ndjson", "keys.json")]

    async def said(one: Files) -> tuple[int, str]:
        for name, content in zip(names, (one.statement, one.lines, one.keys), strict=True):
            name.write_bytes(content)
        ran = await asyncio.to_thread(run_node, _IN_JAVASCRIPT, *map(str, names))
        return ran.returncode, ran.stdout.strip() or ran.stderr

    assert await said(files) == (0, "[]")
    altered = files.lines.replace(b'"points":"500"', b'"points":"501"')
    code, found = await said(Files(files.statement, altered, files.keys))
    assert code == 1
    assert "line 1, row 1: altered" in found
