"""Documents as PDF: tagged (PDF/UA-1), with the fonts that come with typst, without a clock. Pure.

The templates are .typ files beside this module; the data reaches them as JSON, never as markup.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import Any

import typst

from coalition.documents.content import plain
from coalition.documents.sheet import facts_of
from coalition.documents.words import FACTS, POINTS, TOTALS

Json = Mapping[str, Any]
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200c\u200d"
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_PROOFS = ("hash", "ledgerHead", "lineFile", "contentHash")
_INSTANTS = ("periodFrom", "periodUntil", "issuedAt")
_SHOWN_APART = {
    "number", "partner", "legalEntity", "vatId", "operator", "operatorVatId", "period", "programme",
    "currency", "disputeUntil", "paymentReference", "before", "after", *_INSTANTS, *_PROOFS,
}  # fmt: skip


def statement_pdf(content: Json) -> bytes:
    facts = facts_of(content)
    data = {
        "content": content,
        "facts": [[FACTS[one], value] for one, value in facts.items() if one not in _SHOWN_APART],
        "instants": [[FACTS[one], facts[one]] for one in _INSTANTS],
        "proofs": [[FACTS[one], facts[one]] for one in _PROOFS if one in facts],
        "totals": [[words, content["totals"][name]] for name, words in TOTALS.items()],
        "rates": rates_of(content["taxes"]),
        "points": [
            [words, content["points"][name]]
            for name, words in POINTS.items() if content["points"]
        ],
    }  # fmt: skip
    return compiled("statement", data, datetime.fromisoformat(content["issuedAt"]))


def rates_of(taxes: Sequence[Json]) -> list[str]:
    """The rate of each tax as people write it: 0.055 is 5.5 %."""
    return [f"{plain(Decimal(tax['rate']) * 100)}\N{NARROW NO-BREAK SPACE}%" for tax in taxes]


def compiled(template: str, data: Json, issued_at: datetime) -> bytes:
    """The PDF of a template; the only time in it is the one at which the document was issued.

    PDF/UA allows no letter that no font has. Such letters are shown as U+FFFD, and the page says
    so: the data has them.
    """
    unshown: set[str] = set()
    while True:
        text = json.dumps(_shown(data, unshown) | {"isReplaced": bool(unshown)})
        try:
            return _set(template, text, issued_at)
        except typst.TypstError as error:
            found = _UNSHOWN.search(str(error))
            scripts = {_script(letter) for letter in found[1]} if found else set()
            if scripts <= unshown:
                raise
            unshown |= scripts


def _set(template: str, data: str, issued_at: datetime) -> bytes:
    folder = resources.files("coalition.documents") / "templates"
    with resources.as_file(folder) as root:
        made = typst.compile(
            root / f"{template}.typ",
            root=root,
            format="pdf",
            sys_inputs={"data": data},
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            # It refuses what clocks have below a second.
            timestamp=issued_at.replace(microsecond=0),
        )
    if not isinstance(made, bytes):
        raise TypeError(f"typst gave {type(made)} and not one file")
    return made


def _shown(value: Any, unshown: set[str]) -> Any:  # noqa: ANN401 - whatever JSON holds
    match value:
        case str():
            return "".join(_UNKNOWN if _script(one) in unshown else _plain(one) for one in value)
        case dict():
            return {name: _shown(one, unshown) for name, one in value.items()}
        case list() | tuple():
            return [_shown(one, unshown) for one in value]
        case _:
            return value


def _plain(letter: str) -> str:
    """Line feeds and tabs as blanks; other commands, and what turns the text around it, as
    unknown: a name cannot change how an amount beside it is read.
    """
    if letter in "\n\r\t":
        return " "
    is_command = unicodedata.category(letter).startswith("C") and letter not in _JOINERS
    return _UNKNOWN if is_command else letter


def _script(letter: str) -> str:
    """Letters that a font has together: CJK, HANGUL, KATAKANA, DEVANAGARI."""
    return letter if letter.isascii() else unicodedata.name(letter, letter).partition(" ")[0]
