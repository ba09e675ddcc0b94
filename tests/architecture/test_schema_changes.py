"""What partners were promised is not broken unannounced."""

from datetime import date
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
_loader = SourceFileLoader("gate", str(TOP / "scripts" / "check_schema_changes"))
# The file is there.
gate = module_from_spec(spec_from_loader("gate", _loader))  # type: ignore[arg-type]
_loader.exec_module(gate)
PROMISED = (TOP / "docs" / "schema" / "promised.graphql").read_text()
TODAY = date(2026, 11, 24)

BREAKS = {
    "a field that is gone": ("  reversedPoints: Points!\n", "  undone: Points!\n"),
    "a field that may be null now": ("  reversedPoints: Points!", "  reversedPoints: Points"),
    "another type": ("  reversedPoints: Points!", "  reversedPoints: String!"),
    "a new argument that must be given": (
        "  canSpend(", "  canSpend(of: String!, ",
    ),
    "a new field of an input that must be given": (
        "input ClosePeriodInput {", "input ClosePeriodInput {\n  reason: String!\n",
    ),
    "a value that is gone": ("  MEMBER_CLOSED\n", "  MEMBER_SHUT\n"),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_found(what: str) -> None:
    before, after = BREAKS[what]
    assert before in PROMISED
    offered = PROMISED.replace(before, after)
    (found,) = gate.unannounced(PROMISED, offered, "", TODAY)
    told = f"| 2026-11-24 | `{found}` | x |"
    assert gate.unannounced(PROMISED, offered, told, TODAY) == []
    too_early = f"| 2026-11-25 | `{found}` | x |"
    assert gate.unannounced(PROMISED, offered, too_early, TODAY) == [found]


def test_what_is_added_breaks_nobody() -> None:
    offered = PROMISED.replace(
        "type Award implements Node {", "type Award implements Node {\n  x: Int"
    )
    offered = offered.replace("input ClosePeriodInput {", "input ClosePeriodInput {\n  y: Int")
    assert offered != PROMISED
    assert gate.unannounced(PROMISED, offered, "", TODAY) == []
