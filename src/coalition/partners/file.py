"""The partners' file: read strictly, every mistake told at once with its line.

YAML gives the shape only. Every value is taken as the text that stands in the file, so 0.0100
is never a float and NO never a boolean; what a value must be is said by the models.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from coalition.partners.consistency import inconsistencies
from coalition.partners.mistakes import (
    LoadedFile,
    Mistake,
    MistakesInFile,
    Path_,
    line_of,
    spelled,
)
from coalition.partners.models import PartnersFile

__all__ = ["LoadedFile", "Mistake", "MistakesInFile", "load_file"]


def load_file(path: Path) -> LoadedFile:
    """Raises `MistakesInFile`."""
    try:
        node = YAML().compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise MistakesInFile(
            path, [Mistake(mark.line + 1 if mark else 1, "", f"not YAML: {error.problem}")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MistakesInFile(path, [Mistake(1, "", f"cannot be read: {error}")]) from None
    if node is None:
        raise MistakesInFile(path, [Mistake(1, "", "is empty")])
    lines: dict[Path_, int] = {}
    mistakes: list[Mistake] = []
    plain = _plain(node, (), lines, mistakes)
    try:
        content = PartnersFile.model_validate(plain)
    except ValidationError as error:
        mistakes += [_mistake(lines, dict(found)) for found in error.errors()]
        raise MistakesInFile(path, mistakes) from None
    loaded = LoadedFile(path, content, lines)
    mistakes += inconsistencies(loaded)
    if mistakes:
        raise MistakesInFile(path, mistakes)
    return loaded


def _plain(node: Node, at: Path_, lines: dict[Path_, int], mistakes: list[Mistake]) -> object:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, MappingNode):
        result: dict[str, object] = {}
        for key, value in node.value:
            name = str(key.value)
            inside = (*at, name)
            if name in result:
                mistakes.append(Mistake(key.start_mark.line + 1, spelled(inside), "is given twice"))
            result[name] = _plain(value, inside, lines, mistakes)
            lines[inside] = key.start_mark.line + 1
        return result
    if isinstance(node, SequenceNode):
        return [
            _plain(item, (*at, place), lines, mistakes) for place, item in enumerate(node.value)
        ]
    if isinstance(node, ScalarNode):
        empty = node.style is None and node.value in {"", "~", "null"}
        return None if empty else node.value
    raise TypeError(f"A YAML node of kind {type(node)}.")


def _mistake(lines: Mapping[Path_, int], found: dict[str, object]) -> Mistake:
    # Pydantic's own places: texts and numbers.
    at: Path_ = tuple(found["loc"])  # type: ignore[arg-type]
    message = str(found["msg"]).removeprefix("Value error, ")
    match found["type"]:
        case "missing":
            message = "is missing"
        case "extra_forbidden":
            message = "is not a field that is known here"
        case _ if not isinstance(found["input"], dict | list):
            message = f"{found['input']!r}: {message}"
    return Mistake(line_of(lines, at), spelled(at), message)
