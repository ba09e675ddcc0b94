"""YAML that a person wrote, read strictly: each value as the text that stands in the file.

YAML gives the shape only, so 0.0100 is never a float and NO never a boolean; what a value must be
is said by a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from coalition.kit.mistakes import Mistake, MistakesInFile, Path_, line_of, spelled

# A name for a part of the file (&a, *a) may stand in others that have names: a page of them says
# more than any machine can hold.
_MOST_VALUES = 250_000
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class ReadYaml:
    """`plain`: texts, None, lists and dicts. `lines`: where each of them stands. `mistakes`: names
    that are given twice.
    """

    plain: object
    lines: Mapping[Path_, int]
    mistakes: list[Mistake]


def read_yaml(path: Path) -> ReadYaml:
    """Raises `MistakesInFile` for what is no YAML."""
    try:
        node = YAML().compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise MistakesInFile(
            path, [Mistake(mark.line + 1 if mark else 1, "", f"not YAML: {error.problem}")]
        ) from None
    except YAMLError as error:
        raise MistakesInFile(path, [Mistake(1, "", f"not YAML: {error}")]) from None
    except RecursionError:
        raise MistakesInFile(path, [Mistake(1, "", "is nested too deeply")]) from None
    except (OSError, ValueError) as error:
        raise MistakesInFile(path, [Mistake(1, "", f"cannot be read: {error}")]) from None
    if node is None:
        raise MistakesInFile(path, [Mistake(1, "", "is empty")])
    reading = _Reading(path)
    plain = reading.plain(node, ())
    return ReadYaml(plain, reading.lines, reading.mistakes)


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = 0
        self.lines: dict[Path_, int] = {}
        self.mistakes: list[Mistake] = []

    def plain(self, node: Node, at: Path_) -> object:
        line = node.start_mark.line + 1
        self.lines[at] = line
        self._values += 1
        if len(at) > _DEEPEST or self._values > _MOST_VALUES:
            what = "is nested too deeply" if len(at) > _DEEPEST else "says more than a file may"
            raise MistakesInFile(self._path, [Mistake(line, spelled(at[:3]), what)])
        if isinstance(node, MappingNode):
            return self._mapping(node, at)
        if isinstance(node, SequenceNode):
            return [self.plain(item, (*at, place)) for place, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            empty = node.style is None and node.value in {"", "~", "null"}
            return None if empty else node.value
        raise TypeError(f"A YAML node of kind {type(node)}.")

    def _mapping(self, node: MappingNode, at: Path_) -> dict[str, object]:
        result: dict[str, object] = {}
        for key, value in node.value:
            name = str(key.value)
            inside = (*at, name)
            line = key.start_mark.line + 1
            if name in result:
                self.mistakes.append(Mistake(line, spelled(inside), "is given twice"))
            result[name] = self.plain(value, inside)
            self.lines[inside] = line
        return result


def mistakes_told(read: ReadYaml, error: ValidationError) -> list[Mistake]:
    """What a model finds wrong with the file, in its words and at its lines."""
    return [_mistake(read.lines, dict(found)) for found in error.errors()]


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
