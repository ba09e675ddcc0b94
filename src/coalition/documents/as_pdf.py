"""Documents as PDF: tagged (PDF/UA-1), with the fonts that come with typst, without a clock. Pure.

The templates are .typ files beside this module; the data reaches them as JSON, never as markup.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

import typst

from coalition.documents.sheet import facts_of
from coalition.documents.words import FACTS, TOTALS

Json = Mapping[str, Any]
_PROOFS = ("hash", "ledgerHead", "lineFile", "contentHash")
_SHOWN_APART = {"number", "partner", "period", "programme", *_PROOFS}


def statement_pdf(content: Json) -> bytes:
    facts = facts_of(content)
    data = {
        "content": content,
        "facts": [[FACTS[one], value] for one, value in facts.items() if one not in _SHOWN_APART],
        "proofs": [[FACTS[one], facts[one]] for one in _PROOFS if one in facts],
        "totals": [[words, content["totals"][name]] for name, words in TOTALS.items()],
    }
    return compiled("statement", data, datetime.fromisoformat(content["issuedAt"]))


def compiled(template: str, data: Json, issued_at: datetime) -> bytes:
    """The PDF of a template; the only time in it is the one at which the document was issued."""
    folder = resources.files("coalition.documents") / "templates"
    with resources.as_file(folder) as root:
        made = typst.compile(
            root / f"{template}.typ",
            root=root,
            format="pdf",
            sys_inputs={"data": json.dumps(data)},
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=issued_at,
        )
    if not isinstance(made, bytes):
        raise TypeError(f"typst gave {type(made)} and not one file")
    return made
