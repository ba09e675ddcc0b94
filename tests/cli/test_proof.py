"""Statements exported and checked as they are typed: with a database, and then without anything."""

import asyncio
import contextlib
import json
import os
import re
import shlex
import shutil
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coalition.cli import app
from coalition.proof import canonical
from coalition.proof.figures import hash_of
from tests.documents.january import JANUARY, a_january
from tests.support import World, nothing_moves
from tests.support.commands import Ran

from .shell import Shell

# Whatever would look outside of this process ends it: nothing of it is needed to check.
_ALONE = """
import runpy, sys
def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__",):
        sys.stderr.write(f"reached out: {event} {arguments}")
        raise SystemExit(9)
sys.addaudithook(watch)
sys.argv = ["coalition", *sys.argv[1:]]
runpy.run_module("coalition", run_name="__main__")
"""
_PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
FILES = ("2026-01_grocer.json", "2026-01_grocer.ndjson", "settlement-keys.json")


@dataclass(frozen=True, slots=True)
class Desk:
    """A partner's machine: a folder with the files that it was sent, and nothing else."""

    folder: Path

    def json(self, name: str = FILES[0]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / name).read_bytes())
        return found

    def write(self, content: object, name: str = FILES[0]) -> None:
        (self.folder / name).write_bytes(canonical(content))

    @property
    def rows(self) -> list[bytes]:
        return (self.folder / FILES[1]).read_bytes().splitlines(keepends=True)

    def write_rows(self, rows: list[bytes]) -> None:
        (self.folder / FILES[1]).write_bytes(b"".join(rows))

    def verify(self, *words: str, file: str = FILES[0]) -> Ran:
        """The command in this process, in the partner's folder."""
        with contextlib.chdir(self.folder):
            ran = CliRunner().invoke(app, ["verify-statement", file, *words])
        return Ran(ran.exit_code, str(ran.stdout), str(ran.stderr))

    async def verify_alone(self, *words: str) -> Ran:
        """In a process with no variable of ours, no home and no way out."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _ALONE, "verify-statement", FILES[0], *words,
            cwd=self.folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.defpath, "HOME": "/nowhere", "NO_COLOR": "1", "COLUMNS": "200"},
        )  # fmt: skip
        out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())

    def wrong(self, *words: str) -> list[str]:
        """Where something was altered; the exit code says that it was."""
        ran = self.verify("--lines", FILES[1], "--json", *words)
        assert ran.code == 1, ran
        assert ran.err == ""
        said = json.loads(ran.out)
        assert said["holds"] is False
        return [f"{one['where']}: {one['message']}" for one in said["findings"]]


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that exports leaves what it exported, for those that only check."""
    return tmp_path_factory.mktemp("issued")


async def _exported(world: World, shell: Shell, issued: Path) -> None:
    if (issued / FILES[0]).exists():
        return
    await a_january(world, vat_mode="standard", vat_rate="0.21")
    await world.approve(JANUARY)
    ran = await shell.run("settlement", "export", JANUARY, "--to", str(issued))
    assert ran.code == 0, ran.err


@pytest.fixture
async def desk(world: World, shell: Shell, issued: Path, tmp_path: Path) -> Desk:
    await _exported(world, shell, issued)
    folder = tmp_path / "partner"
    folder.mkdir()
    for name in (*FILES, "2026-01_bakery.json", "2026-01_bakery.ndjson"):
        shutil.copy(issued / name, folder / name)
    return Desk(folder)


async def test_a_partner_checks_its_statement_with_three_files_and_nothing_else(
    desk: Desk,
) -> None:
    ran = await desk.verify_alone("--lines", FILES[1], "--keys", FILES[2])
    assert (ran.code, ran.err) == (0, "")
    kid = desk.json(FILES[2])["keys"][0]["kid"]
    assert ran.out.splitlines() == [
        "2026-01/grocer holds.", f"signed by   {kid}", "entries     4, all hold",
    ]  # fmt: skip
    written = _PAGE.read_text()
    (typed,) = re.findall(r"```sh\ncoalition verify-statement (.+)\n```", written)
    file, *words = shlex.split(typed)
    assert desk.verify(*words, file=file).code == 0
    (program,) = re.findall(r"```python\n(.*?)```", written, re.DOTALL)
    by_hand = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=desk.folder, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await by_hand.communicate()
    assert told == b"2026-01/grocer 7.30\n"
    short = desk.verify()
    assert short.code == 0
    assert "not checked (--lines)" in short.out
    said = json.loads(desk.verify("--lines", FILES[1], "--json").out)
    assert said == {
        "number": "2026-01/grocer", "signedBy": kid, "rows": 4, "holds": True, "findings": [],
    }  # fmt: skip


def test_what_cannot_be_checked_is_told_with_a_code_of_its_own(desk: Desk) -> None:
    def refused(*words: str, file: str = FILES[0]) -> str:
        ran = desk.verify(*words, file=file)
        assert ran.code == 3, ran
        assert ran.out == ""
        assert "Traceback" not in ran.err
        return ran.err

    assert refused(file="nowhere.json").startswith("nowhere.json cannot be read: No such file")
    assert "nowhere.ndjson cannot be read" in refused("--lines", "nowhere.ndjson")
    assert "[b]x cannot be read" in refused("--keys", "[b]x")
    assert ". cannot be read: Is a directory" in refused("--lines", ".")
    assert "no set of public keys" in refused("--keys", FILES[1])
    keys = desk.json(FILES[2])
    other = {**keys, "keys": [{**keys["keys"][0], "kid": "another"}]}
    desk.write(other, "other.json")
    told = refused("--keys", "other.json")
    assert "is not among those given: another. Fetch the coalition's newest keys." in told
    desk.write({**keys, "keys": [{**keys["keys"][0], "x": "AAAA"}]}, "broken.json")
    assert "no set of public keys" in refused("--keys", "broken.json")
    with (desk.folder / "huge.json").open("wb") as huge:
        huge.truncate(65 << 20)
    assert "huge.json is larger than 64 MiB" in refused(file="huge.json")
    (desk.folder / FILES[2]).unlink()
    assert f"{FILES[2]} cannot be read" in refused()
    assert desk.verify("--nonsense").code == 2


def test_what_is_no_statement_is_not_called_an_altered_one(desk: Desk) -> None:
    rows = (desk.folder / FILES[1]).read_bytes()
    cases = {
        b"": "It is empty.", b" \n": "It is empty.", b"hello": "It is no JSON: give the",
        b"null": "It is no JSON", b"\xff\xfe\x00": "It is no JSON",
        b"%PDF-1.7": "It is a PDF, which only shows the statement: give its .json file.",
        b"PK\x03\x04": "It is a workbook, which only shows", rows: "It is a line file: give it",
        b"{}": "It is JSON, or begins like it, but no statement", b"[]": "It is JSON,",
        b"[" * 100_000: "It is JSON,", b'{"statement":{"number":"1"}}': "It is JSON,",
    }  # fmt: skip
    for content, why in cases.items():
        (desk.folder / FILES[0]).write_bytes(content)
        for words in ((), ("--json",)):
            ran = desk.verify(*words)
            assert (ran.code, ran.out) == (3, ""), content[:20]
            told = " ".join(ran.err.split())
            assert told.startswith(f"{FILES[0]} could not be checked. {why}"), told


def test_a_statement_that_was_cut_off_is_told_in_a_line(desk: Desk) -> None:
    whole = (desk.folder / FILES[0]).read_bytes()
    for content in (whole[:-9], whole[:200], whole.replace(b"..", b".", 1)):
        (desk.folder / FILES[0]).write_bytes(content)
        ran = desk.verify()
        assert ran.code == 1, ran
        first, second = ran.out.splitlines()
        assert first == f"{FILES[0]} was altered:"
        assert second.startswith("file: It is no signed statement any more")


def test_an_altered_statement_is_named_by_its_line_or_total(desk: Desk) -> None:
    def of_line(content: dict[str, Any]) -> None:
        content["lines"][1]["points"] = "-40"

    def with_its_hash(content: dict[str, Any]) -> None:
        of_line(content)
        content["lines"][1]["amount"] = "-0.40"
        content["lines"][1]["sha256"] = hash_of(content["lines"][1])

    def of_total(content: dict[str, Any]) -> None:
        content["totals"]["net"] = "6.02"

    def of_tax(content: dict[str, Any]) -> None:
        content["taxes"][0]["vat"] = "1.26"

    def of_words(content: dict[str, Any]) -> None:
        content["partner"]["name"] = "\x1b[2Jevil[bold]"

    edits: Mapping[Callable[[dict[str, Any]], None], tuple[str, ...]] = {
        of_line: ("signature: ", "line 2: It was altered", "line 2: -40 points x 0.01 x 1 is not"),
        with_its_hash: ("signature: ", "totals: issued is", "line 2: Its rows do not sum"),
        of_total: ("signature: ", "totals: net is 6.02, not what the other totals give"),
        of_tax: ("signature: ", "taxes: 6.03 x 0.21 is not 1.26"),
        of_words: ("signature: ",),
    }
    whole = desk.json()
    for edit, named in edits.items():
        signed = json.loads(json.dumps(whole))
        edit(signed["statement"])
        desk.write(signed)
        wrong = desk.wrong()
        for one in named:
            assert any(row.startswith(one) for row in wrong), wrong
        assert not [row for row in wrong if row.startswith("line 1:")]


def test_a_row_that_is_altered_missing_added_or_moved_is_named(desk: Desk) -> None:
    whole = desk.rows
    assert [json.loads(row).get("line") for row in whole] == [None, 1, 1, 1, 2, None]
    altered = whole[2].replace(b'"points":"120"', b'"points":"121"')
    assert altered != whole[2]
    others = (desk.folder / "2026-01_bakery.ndjson").read_bytes().splitlines(keepends=True)
    cases: Mapping[str, tuple[list[bytes], tuple[str, ...]]] = {
        "altered": ([*whole[:2], altered, *whole[3:]],
                    ("line 1, row 2: It was altered", "line 1: Its rows have 654 points, not 653")),
        "missing": ([*whole[:2], *whole[3:]],
                    ("line 1, row 2: It calls itself row 3", "line 1: 3 rows stand behind it; 2")),
        "twice": ([*whole[:3], whole[2], *whole[3:]],
                  ("line 1, row 3: It calls itself row 2", "line 1: 3 rows stand behind it; 4")),
        "moved": ([whole[0], whole[2], whole[1], *whole[3:]],
                  ("line 1, row 1: It calls itself row 2", "line 1, row 2: It calls itself row 1")),
        "spelled": ([*whole[:2], whole[2].replace(b":", b": ", 1), *whole[3:]],
                    ("line file, line 3: It is not spelled as it was issued",)),
        "no row": ([*whole[:2], b"\xff\n", *whole[3:]],
                   ("line file, line 3: It cannot be read",)),
        "cut off": (whole[:-1], ("line file: It ends before its end: it was cut off",)),
        "longer": ([*whole, whole[2]], ("line file, line 7: It stands behind the end",)),
        "empty": ([], ("line file: It ends before its end", "line 1: 3 rows stand behind it; 0")),
        "another's": (others, ("line file, line 1: It does not begin the line file of",)),
    }  # fmt: skip
    for case, (rows, named) in cases.items():
        desk.write_rows(rows)
        wrong = desk.wrong()
        assert wrong[-1] == "line file: It is not the file that the statement was signed with."
        for one in named:
            assert any(row.startswith(one) for row in wrong), (case, wrong)


def test_a_line_file_of_any_size_is_read_in_little_memory(desk: Desk) -> None:
    """Without a line feed too: a hole of 300 MiB, in which no row ever ends."""
    with (desk.folder / FILES[1]).open("ab") as file:
        file.truncate(300 << 20)
    tracemalloc.start()
    try:
        wrong = desk.wrong()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert any(row.startswith("line file, line 7: It cannot be read") for row in wrong), wrong
    assert most < 100 << 20


async def test_what_was_exported_again_is_the_same_and_replaces_nothing_else(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await a_january(world)
    to = tmp_path / "out"
    async with nothing_moves(world):
        for words, code, told in (
            (("2025-12",), 3, "2025-12 has no statements yet. Close it first:"),
            (("2026-02",), 3, "2026-02 has no statements yet. Close it first:"),
            ((JANUARY, "--partner", "nobody"), 1, "There is no brand 'nobody'. There are: bakery"),
            ((JANUARY, "--format", "docx"), 2, "There is no format 'docx'. There are: json, csv"),
        ):
            ran = await shell.run("settlement", "export", *words, "--to", str(to))
            assert (ran.code, ran.out) == (code, ""), ran
            assert told in ran.err
            assert "Traceback" not in ran.err
        assert not to.exists()
    first = await shell.run("settlement", "export", JANUARY, "--to", str(to), "--json")
    assert first.code == 0, first.err
    files = {path.name: path.read_bytes() for path in to.iterdir()}
    names = {one["file"] for one in json.loads(first.out)}
    assert names == files.keys()
    assert {f"2026-01_{brand}.{extension}" for brand in ("grocer", "bakery", "fuel")
            for extension in ("json", "csv", "xlsx", "pdf", "ndjson")} < names  # fmt: skip
    (to / "2026-01_grocer.csv").write_text("mine")
    refused = await shell.run("settlement", "export", JANUARY, "--to", str(to))
    assert refused.code == 1
    assert "2026-01_grocer.csv is there and is another file" in refused.err
    assert (to / "2026-01_grocer.csv").read_text() == "mine"
    over = await shell.run(
        "settlement", "export", JANUARY, "--to", str(to), "--overwrite", "--json"
    )
    assert over.out == first.out
    assert {path.name: path.read_bytes() for path in to.iterdir()} == files
    await world.corrupt("UPDATE award SET reference = 'another' WHERE seq = 1")
    tampered = await shell.run(
        "settlement", "export", JANUARY, "--to", str(tmp_path / "more"), "--format", "lines"
    )
    assert tampered.code == 1
    assert "NOT_AS_SIGNED: The entries behind 2026-01_grocer.ndjson" in tampered.err
    assert not [path for path in (tmp_path / "more").iterdir() if "grocer" in path.name]


async def test_the_keys_of_statements_are_shown_and_rotated(world: World, shell: Shell) -> None:
    await world.apply()
    before = await world.rows("SELECT kid FROM signing_key WHERE purpose = 'statements'")
    rotated = await shell.run("keys", "rotate-statements")
    assert rotated.code == 0, rotated.err
    kid = rotated.out.split()[1].rstrip(",")
    assert rotated.out == f"key  {kid}, signs in 60 seconds\n"
    shown = await shell.run("keys", "show-statements")
    after = json.loads(shown.out)
    assert {one["kid"] for one in after["keys"]} == {kid, *(row[0] for row in before)}
    assert all("d" not in one for one in after["keys"])
    await world.superuser.execute("DELETE FROM signing_key WHERE kid = $1", kid)
