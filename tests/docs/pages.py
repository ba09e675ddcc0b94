"""What a page of documentation says, to be done: its blocks of code in their order."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"^(?:#|//) ([\w-]+\.(?:py|ts))\n")
ANYTHING = "..."


@dataclass(frozen=True, slots=True)
class Block:
    """`line` is where it begins in the page."""

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The name of the file that its first line says it is."""
        named = _NAMED.match(self.text)
        return named[1] if named else None


def blocks_of(page: str) -> list[Block]:
    written = (DOCS / page).read_text()
    return [
        Block(found[1], found[2], written.count("\n", 0, found.start()) + 1)
        for found in _BLOCK.finditer(written)
    ]


def is_shown(block: Block, said: str) -> bool:
    """Whether the block shows what was said; of JSON it may leave parts out."""
    if block.language == "json":
        return is_part(json.loads(block.text), json.loads(said))
    return block.text == said


def is_part(shown: object, said: object) -> bool:
    """Whether all that is shown was said. "..." stands for any text, alone or at the end."""
    match shown, said:
        case dict(), dict():
            return all(key in said and is_part(shown[key], said[key]) for key in shown)
        case list(), list():
            return len(shown) == len(said) and all(map(is_part, shown, said))
        case str(), str() if shown.endswith(ANYTHING):
            return said.startswith(shown.removesuffix(ANYTHING))
        case _:
            return shown == said
