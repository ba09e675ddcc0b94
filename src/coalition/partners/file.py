"""The partners' file: read strictly, every mistake told at once with its line."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from coalition.kit.strict_yaml import mistakes_told, read_yaml
from coalition.partners.consistency import inconsistencies
from coalition.partners.logos import Logo, read_logo
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
    read = read_yaml(path)
    try:
        content = PartnersFile.model_validate(read.plain)
    except ValidationError as error:
        raise MistakesInFile(path, read.mistakes + mistakes_told(read, error)) from None
    lines, mistakes = read.lines, list(read.mistakes)
    loaded = LoadedFile(path, content, lines, _logos(path, content, lines, mistakes))
    mistakes += inconsistencies(loaded)
    if mistakes:
        raise MistakesInFile(path, mistakes)
    return loaded


def _logos(
    path: Path, content: PartnersFile, lines: Mapping[Path_, int], mistakes: list[Mistake]
) -> dict[str, Logo]:
    """The pictures that brands name, by the brand's code."""
    found: dict[str, Logo] = {}
    for place, partner in enumerate(content.partners):
        if partner.logo is None:
            continue
        at: Path_ = ("partners", place, "logo")
        try:
            found[partner.code] = read_logo(path.parent / partner.logo)
        except ValueError as error:
            text = f"{partner.logo!r}: {error}"
            mistakes.append(Mistake(line_of(lines, at), spelled(at), text))
    return found
