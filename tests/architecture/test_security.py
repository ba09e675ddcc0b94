"""Every line of the security checklist has a test that says so, and the page names it."""

import runpy
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
checklist = runpy.run_path(str(TOP / "scripts" / "list_security"))
LINES: dict[int, str] = checklist["lines"]()
TESTS: dict[int, list[tuple[str, str]]] = checklist["tests_by_line"]()


def test_the_checklist_is_whole() -> None:
    assert list(LINES) == list(range(1, 44))


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_shown_by_a_test_or_does_not_apply(line: int) -> None:
    reason = LINES[line].startswith(checklist["NOT_HERE"])
    assert bool(TESTS.get(line)) != reason


def test_no_test_names_a_line_that_is_not_there() -> None:
    assert TESTS.keys() <= LINES.keys()


def test_the_page_names_the_tests_that_there_are() -> None:
    written = (TOP / "docs" / "security.md").read_text()
    assert written == checklist["listed"](), (
        "run scripts/list_security > new && mv new docs/security.md"
    )
