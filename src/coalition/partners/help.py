"""What members read for help: questions with their answers, whom to ask, and the programme's terms
in all their versions. Kept beside the terms that servers hold: it is read when somebody asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from coalition.kit.text import nearest_languages

MOST_LANGUAGES, _MOST_QUESTIONS, _MOST_VERSIONS = 20, 100, 50
_MOST_WORDS = 10


def _lines(text: str) -> str:
    """Of several lines, each of which is printable."""
    if not text.replace("\n", " ").isprintable():
        raise ValueError("must hold printable characters only")
    return text


def _email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {error}") from None


def _https(text: str) -> str:
    address = urlsplit(text)
    if address.scheme != "https" or not address.netloc or not text.isascii():
        raise ValueError("must be an address like https://points.example.com/terms")
    return text


# A language of BCP 47 with a script or a country at most.
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_lines),
]
Lines = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4_000, strip_whitespace=True),
    AfterValidator(_lines),
]
Pages = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100_000, strip_whitespace=True),
    AfterValidator(_lines),
]
_ByLanguage = Field(min_length=1, max_length=MOST_LANGUAGES)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionModel(_Strict):
    question: Annotated[dict[Locale, Line], _ByLanguage]
    answer: Annotated[dict[Locale, Lines], _ByLanguage]


class TermsVersionModel(_Strict):
    version: Line
    valid_from: date
    text: Annotated[dict[Locale, Pages], _ByLanguage] | None = None
    address: Annotated[str, AfterValidator(_https)] | None = None
    changes: Annotated[dict[Locale, Lines], _ByLanguage] | None = None

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.text is None and self.address is None:
            raise ValueError("a version of the terms needs its text, or the address of it")
        return self


class HelpModel(_Strict):
    email: Annotated[str, AfterValidator(_email)] | None = None
    questions: Annotated[list[QuestionModel], Field(max_length=_MOST_QUESTIONS)] = []
    terms: Annotated[list[TermsVersionModel], Field(max_length=_MOST_VERSIONS)] = []

    @model_validator(mode="after")
    def _says_versions_in_order(self) -> Self:
        days = [one.valid_from for one in self.terms]
        if days != sorted(set(days)) or len({one.version for one in self.terms}) != len(days):
            raise ValueError("terms must be in the order of valid_from, each day and version once")
        return self


@dataclass(frozen=True, slots=True)
class Question:
    question: Mapping[str, str]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A text as one reader gets it. `language`: which it is, where the reader's own is missing."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    question: Told
    answer: Told

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each of these stands in it; they are casefolded."""
        text = f"{self.question.text}\n{self.answer.text}".casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """`text` or `address` says what they are, `changes` what is new in them."""

    version: str
    valid_from: date
    text: Mapping[str, str] | None
    address: str | None
    changes: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Help:
    """`terms`: the oldest first."""

    email: str | None = None
    questions: tuple[Question, ...] = ()
    terms: tuple[TermsVersion, ...] = ()

    def terms_on(self, day: date) -> TermsVersion | None:
        """Those in force on a day; None before the first ones."""
        past = [one for one in self.terms if one.valid_from <= day]
        return past[-1] if past else None

    def answers(self, search: str, locale: str | None) -> list[Answer]:
        """In a language: those in which each word of the search stands, in question or answer."""
        words = search.casefold().split()[:_MOST_WORDS]
        told = [
            Answer(told_in(one.question, locale), told_in(one.answer, locale))
            for one in self.questions
        ]
        return [one for one in told if one.holds(words)]


def in_language(texts: Mapping[str, str], locale: str | None) -> str:
    """In the reader's language where it is there, else in its language without the country, else
    in the one that came first.
    """
    return texts[language_told(texts, locale)]


def told_in(texts: Mapping[str, str], locale: str | None) -> Told:
    """As `in_language` chooses, with the language that it is."""
    language = language_told(texts, locale)
    return Told(texts[language], language)


def language_told(texts: Mapping[str, str], locale: str | None) -> str:
    """The language that `in_language` chooses."""
    return next(one for one in (*nearest_languages(locale), *texts) if one in texts)


def changed_versions(before: HelpModel, after: HelpModel | None) -> list[str]:
    """Versions of the terms that do not say any more what members were told. A language may be
    added to one.
    """
    now = {one.version: one for one in after.terms} if after else {}
    return [
        one.version for one in before.terms
        if (found := now.get(one.version)) is None or not _still_says(one, found)
    ]  # fmt: skip


def _still_says(before: TermsVersionModel, after: TermsVersionModel) -> bool:
    texts = (before.text or {}).items() <= (after.text or {}).items()
    changes = (before.changes or {}).items() <= (after.changes or {}).items()
    return (
        texts
        and changes
        and (before.valid_from, before.address) == (after.valid_from, after.address)
    )
