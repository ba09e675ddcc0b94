"""docs/reference/schema.md is what the code says, and says it of everything."""

import runpy
from pathlib import Path

import pytest

from coalition.api.schema import schema
from tests.docs.pages import DOCS

WRITTEN = (DOCS / "reference" / "schema.md").read_text()
TYPES = [
    name
    for name, one in schema._schema.type_map.items()
    if not name.startswith("__")
    and name not in {"Query", "Mutation", "Subscription", "ID", "Int", "String", "Boolean"}
]


def test_the_reference_is_current() -> None:
    script = Path(__file__).parents[2] / "scripts" / "print_reference"
    printed = runpy.run_path(str(script))["reference"]()
    assert printed == WRITTEN, "run `make schema` and commit the difference"


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_its_heading_once(name: str) -> None:
    assert WRITTEN.count(f"\n### {name}\n") == 1


def test_who_may_see_a_field_is_told() -> None:
    (row,) = [line for line in WRITTEN.splitlines() if line.startswith("| `balance(")]
    assert "| member or operator: `member:read` or `operator:read` |" in row
    assert "\n### Mutation.awardPoints\n\nAward points to a member" in WRITTEN
    assert "For partner: `points:award`." in WRITTEN


def test_an_input_of_which_one_field_is_given_says_so() -> None:
    assert "\nExactly one of:\n\n| field | type | |\n|---|---|---|\n| `id` | `ID` |" in WRITTEN
