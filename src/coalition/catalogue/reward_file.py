"""A brand's file of rewards: what it may say, and how it is read.

Its fields are those of `putReward` (api/catalogue_verbs.py), under the same names. Whether a
reward may be like that is asked of the verb (apply_file.py); here its shape is looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from coalition.catalogue.errors import RewardImageNotValid
from coalition.catalogue.images import MOST_BYTES, picture_in
from coalition.catalogue.rules import CostBasis, Place, RewardKind
from coalition.kit.mistakes import Mistake, MistakesInFile, Path_, line_of, spelled
from coalition.kit.strict_yaml import mistakes_told, read_yaml

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)
# Beyond them an instant has no place in UTC or in the database.
_YEARS = range(1970, 9999)


def _whole(given: object) -> int:
    if not isinstance(given, str) or not _WHOLE.fullmatch(given):
        raise ValueError("must be a whole number, like 1200")
    return int(given)


def _decimal(given: object) -> Decimal:
    if not isinstance(given, str) or not _DECIMAL.fullmatch(given):
        raise ValueError("must be a decimal, like 19.99")
    return Decimal(given)


def _instant(given: object) -> datetime:
    wanted = "must be a day like 2026-03-01, or an instant like 2026-03-01T09:00:00+01:00"
    if not isinstance(given, str) or not _INSTANT.fullmatch(given):
        raise ValueError(wanted)
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError(wanted) from None
    if found.year not in _YEARS:
        raise ValueError(f"must be in the years {_YEARS[0]} to {_YEARS[-1]}")
    return found


Whole = Annotated[int, BeforeValidator(_whole)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class MoneyModel(_Strict):
    amount: Annotated[Decimal, BeforeValidator(_decimal)]
    currency: str


class TextsModel(_Strict):
    title: str
    description: str | None = None
    terms: str | None = None


class RewardModel(_Strict):
    """An instant without an offset is meant in the programme's zone. `image`: beside the file."""

    kind: RewardKind
    texts: dict[str, TextsModel]
    points: Whole
    money: MoneyModel | None = None
    category: str | None = None
    image: str | None = None
    stock: Whole | None = None
    per_member: Whole | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    until: Instant | None = None
    tier: str | None = None
    place: Place = Place.BOTH
    face_value: MoneyModel | None = None
    cost_basis: CostBasis = CostBasis.PRICE
    cost: MoneyModel | None = None
    cancel_hours: Whole = 0
    valid_days: Whole | None = None
    winners: Whole | None = None
    charity: str | None = None


class RewardsModel(_Strict):
    rewards: Annotated[dict[str, RewardModel], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class RewardFile:
    """A file whose shape is right: its rewards and the bytes of their images, by code."""

    path: Path
    rewards: Mapping[str, RewardModel]
    images: Mapping[str, bytes]
    lines: Mapping[Path_, int]

    def mistake(self, code: str, field: tuple[str, ...], message: str) -> Mistake:
        """At a field of a reward, as a refusal of the verb names it."""
        inside: tuple[str, ...] = field
        match field:
            case ("texts", place, *rest):
                locale = list(self.rewards[code].texts)[int(place)]
                inside = ("texts", locale, *(one for one in rest if one != "locale"))
            case ("imageHash" | "content", *_):
                inside = ("image",)
            case ("code" | "rewardId", *_):
                inside = ()
        at: Path_ = ("rewards", code, *inside)
        return Mistake(line_of(self.lines, at), spelled(at), message)


def load_rewards(path: Path) -> RewardFile:
    """Raises `MistakesInFile`."""
    read = read_yaml(path)
    try:
        rewards = RewardsModel.model_validate(read.plain).rewards
    except ValidationError as error:
        raise MistakesInFile(path, read.mistakes + mistakes_told(read, error)) from None
    images: dict[str, bytes] = {}
    file = RewardFile(path, rewards, images, read.lines)
    mistakes = list(read.mistakes)
    for code, reward in rewards.items():
        if reward.image is None:
            continue
        try:
            images[code] = _image(path.parent, reward.image)
        except (ValueError, RewardImageNotValid) as error:
            mistakes.append(file.mistake(code, ("imageHash",), f"{reward.image!r}: {error}"))
    if mistakes:
        raise MistakesInFile(path, mistakes)
    return file


def _image(folder: Path, name: str) -> bytes:
    """Raises `ValueError` for what cannot be read, `RewardImageNotValid` for what is no image."""
    try:
        found = (folder / name).resolve()
        # A brand writes the file and the operator types the command: whatever else lies on this
        # machine is not the brand's to publish.
        if not found.is_relative_to(folder.resolve()):
            raise ValueError("must lie beside the file, or in a folder there")
        if not found.is_file():
            raise ValueError("is not a file")
        with found.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES // 1024} KiB")
    picture_in(content)
    return content
