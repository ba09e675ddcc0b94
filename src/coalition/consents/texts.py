"""The words in which consent is asked for. Version 1 comes with the program; the operator publishes
those after it. A version never changes: what somebody agreed to can be shown for ever.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import Actor, Scope, require
from coalition.consents.errors import ConsentTextNotComplete
from coalition.consents.purposes import Purpose
from coalition.consents.records import consent_text
from coalition.kit.text import clean
from coalition.partners import Office

FALLBACK = "en"
WHO = "{who}"
LONGEST_TEXT = 2000
_SHIPPED: Mapping[str, Mapping[str, str]] = json.loads(
    resources.files(__package__).joinpath("texts.json").read_text("utf-8")
)


@dataclass(frozen=True, slots=True)
class ConsentText:
    """`words` has `{who}` where the name of who asks is to stand."""

    purpose: Purpose
    version: int
    locale: str
    words: str

    def as_asked_by(self, who: str) -> str:
        return self.words.replace(WHO, who)

    @property
    def hash(self) -> bytes:
        """SHA-256 of the words as they are published: it stands in each decision."""
        return hashlib.sha256(self.words.encode()).digest()


@dataclass(frozen=True, slots=True)
class Texts:
    """All versions of all purposes."""

    by_purpose: Mapping[Purpose, Mapping[int, Mapping[str, str]]]

    def newest(self, purpose: Purpose) -> int:
        return max(self.by_purpose[purpose])

    def text(self, purpose: Purpose, locale: str | None, version: int | None = None) -> ConsentText:
        """In a language: es for es-MX where there is no es-MX, and English for one that was not
        published. Raises `KeyError` for a version that is none.
        """
        number = self.newest(purpose) if version is None else version
        there = self.by_purpose[purpose][number]
        found = next((one for one in _nearer(locale) if one in there), FALLBACK)
        return ConsentText(purpose, number, found, there[found])


def _nearer(locale: str | None) -> Sequence[str]:
    said = locale or FALLBACK
    return (said, said.replace("_", "-").partition("-")[0].lower())


async def texts_of(connection: AsyncConnection) -> Texts:
    """What is published, whoever reads."""
    found: dict[Purpose, dict[int, dict[str, str]]] = {
        purpose: {1: dict(_SHIPPED[purpose.value])} for purpose in Purpose
    }
    for row in await connection.execute(sa.select(consent_text)):
        found[Purpose(row.purpose)].setdefault(row.version, {})[row.locale] = row.text
    return Texts(found)


async def publish_consent_text(
    office: Office, *, actor: Actor, purpose: Purpose, words: Sequence[tuple[str, str]]
) -> int:
    """The number of the new version: (locale, text) in each language. Who agreed to an earlier one
    has agreed to that one; it is asked anew. The same words again are the version that they are.

    Raises `ConsentTextNotComplete`, `TextNotAllowed`.
    """
    require(actor, Scope.PARTNERS_MANAGE)
    field = ("texts",)
    found: dict[str, str] = {}
    for place, (locale, said) in enumerate(words):
        text = clean(said, (*field, str(place), "text"), longest=LONGEST_TEXT)
        named = clean(locale, (*field, str(place), "locale"), longest=20)
        if WHO not in text:
            raise ConsentTextNotComplete(
                f"The text in {named} must say who asks, as {WHO}.",
                field=(*field, str(place), "text"),
            )
        if named in found:
            raise ConsentTextNotComplete(f"{named} is given twice.", field=field)
        found[named] = text
    if FALLBACK not in found:
        raise ConsentTextNotComplete(
            f"A text in {FALLBACK} is needed: it is shown where a language is missing.", field=field
        )
    (row,) = await office.database.call(
        "publish_consent_text", purpose.value, list(found), list(found.values()), *actor.trace
    )
    version: int = row["version"]
    return version
