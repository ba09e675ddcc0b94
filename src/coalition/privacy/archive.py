"""What is kept about a member, in sections; and as an archive for people and for programs."""

import csv
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from io import BytesIO, StringIO
from typing import Any, Final

from coalition import ledger
from coalition.kit.database import Database
from coalition.kit.text import safe_cell
from coalition.outbox import EventKind
from coalition.partners import Terms

Rows = Sequence[Mapping[str, Any]]
Sections = Mapping[str, Rows]
# What each section holds, by language, for who opens the archive; and what is said above that.
README: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    resources.files(__package__).joinpath("readme.json").read_text("utf-8")
)
_ENGLISH: Final = "en"
_NO_SECTIONS: Final = ("title", "files")
SECTIONS: Final = tuple(name for name in README[_ENGLISH] if name not in _NO_SECTIONS)


async def sections_of(database: Database, member_id: int, terms: Terms) -> dict[str, Rows]:
    """Every section, empty ones too, with brands by their codes. Raises `Unavailable`."""
    found = {
        row["section"]: json.loads(row["rows"] or "[]")
        for row in await database.call("data_of_member", member_id)
    }
    return {name: [_readable(name, one, terms) for one in found.get(name, [])] for name in SECTIONS}


def _readable(section: str, row: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """With brands by their codes and kinds by their names."""
    said = dict(row)
    if "partner_id" in said:
        number = said.pop("partner_id")
        said = {"brand": terms.partner(number).code if number else None, **said}
    if section == "movements":
        said["kind"] = ledger.Kind(said["kind"]).name
    if "told" in said:
        said["told"] = {EventKind(int(kind)).name: told for kind, told in said["told"].items()}
    return said


def archive_of(sections: Sections, programme: str, at: datetime) -> bytes:
    """A ZIP with everything as one JSON document, and each section as a CSV file; what they hold is
    said in the member's language, where it has one that is spoken here.
    """
    made = BytesIO()
    stamp = at.timetuple()[:6]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, text: str) -> None:
            # The moment of the copy, and not that of whoever makes it.
            archive.writestr(zipfile.ZipInfo(name, stamp), text, zipfile.ZIP_DEFLATED)

        document = {"programme": programme, "copiedAt": at.isoformat(), "sections": sections}
        put("data.json", json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        put("README.txt", _readme(sections, programme, at))
        for name, rows in sections.items():
            put(f"{name}.csv", _as_csv(rows))
    return made.getvalue()


def _readme(sections: Sections, programme: str, at: datetime) -> str:
    profile = next(iter(sections["profile"]), {})
    language = (profile.get("locale") or _ENGLISH).partition("-")[0]
    words = README.get(language, README[_ENGLISH])
    lines = [
        words["title"].format(programme=programme, moment=f"{at:%Y-%m-%d %H:%M}"),
        "",
        words["files"],
        "",
        *(f"{name}.csv: {words[name]}" for name in SECTIONS),
    ]
    return "\n".join(lines) + "\n"


def _as_csv(rows: Rows) -> str:
    """Columns in the order in which they first come; what is no plain value as JSON."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    return json.dumps(value, ensure_ascii=False)
