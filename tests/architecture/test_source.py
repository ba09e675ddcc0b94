"""Habits that no linter knows: each test is one rule about the tree."""

import ast
import re
import runpy
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

# Loaded for the refusals that they define.
from coalition import (
    bulk,
    earning,
    ledger,
    members,
    partners,
    reconciliation,
    redemption,
    settlement,
    webhooks,
)
from coalition.functions import sql_files
from coalition.kit.errors import Refusal, refusal_codes

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "coalition"
CAPABILITIES = (
    bulk,
    earning,
    ledger,
    members,
    partners,
    reconciliation,
    redemption,
    settlement,
    webhooks,
)
EXACT = (
    "bulk",
    "earning",
    "redemption",
    "reconciliation",
    "settlement",
    "ledger",
    "kit/amounts.py",
)
LONGEST_FUNCTION = 70
# Longer ones that were there before the rule; a name leaves this list and none joins it.
LONG_ALREADY: dict[str, int] = {}


def _modules(*places: str) -> list[Path]:
    found = [SOURCE / place for place in places or ("",)]
    return sorted(
        file for place in found for file in ([place] if place.is_file() else place.rglob("*.py"))
    )


def _name(file: Path) -> str:
    return str(file.relative_to(SOURCE))


def _floats(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno


@pytest.mark.parametrize("file", _modules(*EXACT), ids=_name)
def test_points_and_money_are_never_floats(file: Path) -> None:
    assert list(_floats(ast.parse(file.read_text()))) == []


def test_the_search_for_floats_finds_them() -> None:
    planted = ast.parse("a = 1.0\nb = float('1')\nc: float\nd = 1\n")
    assert sorted(_floats(planted)) == [1, 2, 3]


def _functions(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{_name(file)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_functions_stay_short_enough_to_be_read() -> None:
    lengths = dict(one for file in _modules() for one in _functions(file))
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}
    assert {name: lines for name, lines in long.items() if lines > LONG_ALREADY.get(name, 0)} == {}
    assert LONG_ALREADY.keys() <= long.keys(), "shorter now: take it off the list"


_EXCEPTION = re.compile(r"# (?:noqa|type: ignore)\b")
_WITH_A_REASON = re.compile(
    r"# noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S|# type: ignore\[[a-z-]+(, [a-z-]+)*\]  # \S"
)


def _unexplained(lines: list[str]) -> Iterator[str]:
    """The exceptions from a rule without a reason behind them or in a comment above."""
    for place, line in enumerate(lines):
        above = lines[place - 1].strip() if place else ""
        if _EXCEPTION.search(line) and not (_WITH_A_REASON.search(line) or above.startswith("# ")):
            yield f"{place + 1}: {line.strip()}"


@pytest.mark.parametrize("folder", ["src", "tests", "bench", "migrations"])
def test_every_exception_from_a_rule_has_its_reason_beside_it(folder: str) -> None:
    found = {
        str(file.relative_to(ROOT)): own
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file != Path(__file__) and (own := list(_unexplained(file.read_text().splitlines())))
    }
    assert found == {}


def test_the_search_for_exceptions_finds_them() -> None:
    one, other = "# no" + "qa: S101", "# type: " + "ignore[misc]"
    planted = ["a = 1", f"b = 2  {one}", f"c = 3  {other}", f"d = 4  {one[:6]}"]
    explained = ["# Of the planted one.", f"e = 5  {one}", f"f = 6  {one} - planted",
                 f"g = 7  {other}  # planted"]  # fmt: skip
    assert len(list(_unexplained(planted))) == 3
    assert list(_unexplained(explained)) == []


SQL = {file.name: file.read_text() for file in sql_files(resources.files("coalition"))}


@pytest.mark.parametrize("name", SQL)
def test_a_sql_file_holds_one_function_with_its_purpose(name: str) -> None:
    text = SQL[name]
    assert text.startswith("-- "), "it begins by saying what it is for"
    assert len(re.findall(r"^CREATE ", text, re.MULTILINE)) == 1
    (schema,) = re.findall(r"^CREATE (?:FUNCTION|AGGREGATE) (\w+)\.\w+\(", text, re.MULTILINE)
    if "SECURITY DEFINER" in text:
        assert schema == "verbs", "only a verb may act with the owner's rights"
        assert "SET search_path = coalition, pg_temp" in text
    else:
        assert schema == "books", "a verb acts with the owner's rights"


def test_no_two_sql_files_share_a_name() -> None:
    assert len(SQL) == len(list(SOURCE.rglob("*.sql")))


@pytest.mark.parametrize("code", sorted(refusal_codes()))
def test_a_refusal_has_a_code_and_says_its_law(code: str) -> None:
    refusal = refusal_codes()[code]
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code)
    law = (refusal.__doc__ or "").strip()
    assert law.endswith(".")
    assert law != (Refusal.__doc__ or "").strip()


def test_two_refusals_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match="share the code MEMBER_NOT_FOUND"):
        type("Another", (Refusal,), {"code": "MEMBER_NOT_FOUND"})


def test_every_refusal_is_documented() -> None:
    listed: str = runpy.run_path(str(ROOT / "scripts" / "list_errors"))["listed"]()
    written = (ROOT / "docs" / "errors.md").read_text()
    assert written == listed, "run scripts/list_errors > docs/errors.md"
    assert all(f"`{code}`" in written for code in refusal_codes())


def test_a_transaction_is_ended_in_one_place_only() -> None:
    ending = re.compile(r"\.(commit|rollback)\(")
    assert [_name(file) for file in _modules() if ending.search(file.read_text())] == []
