"""The API's own scalars in Python, and enums that may grow."""

from enum import Enum
from typing import Annotated, Self

from pydantic import AwareDatetime, PlainSerializer

# Strings on the way: a number of JSON loses digits beyond 2**53 in many languages.
Points = Annotated[int, PlainSerializer(str, when_used="json")]
DateTime = AwareDatetime


class OpenEnum(str, Enum):  # noqa: UP042 - the text of a member is its name, as it always was
    """A value that this version does not know is kept as it is.

    A server may learn a new refusal; an answer must not be lost for that, since what it answers
    has happened.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = unknown._value_ = value
        return unknown
