"""Each trap of the authorization library that was found by running it is sprung by a test."""

import re
from pathlib import Path

TRAPS = 16


def test_every_trap_is_named_by_a_test() -> None:
    named = set()
    for file in Path(__file__).parents[1].rglob("test_*.py"):
        for name in re.findall(r"^(?:async )?def test_trap_(\w+)", file.read_text(), re.MULTILINE):
            # One, or several: trap_01_and_02_.
            first = re.match(r"(?:(?:and_)?\d\d_)+", name)
            named |= {int(number) for number in re.findall(r"\d\d", first[0] if first else "")}
    assert named == set(range(1, TRAPS + 1))
