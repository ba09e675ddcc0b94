"""A law of the books, as the query that finds what breaks it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`query` answers one text per row that breaks the law; none when the law holds."""

    invariant: str
    law: str
    query: str
