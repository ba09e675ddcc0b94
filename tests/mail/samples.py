"""Every letter in every language, as the files in letters/ hold them.

`python -m tests.mail.samples` writes them anew: read what changed.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from coalition.kit.amounts import priced
from coalition.mail import (
    LANGUAGES,
    MailKind,
    Month,
    Occasion,
    Rank,
    Rendered,
    VoucherCopy,
    letter_of,
    rendered,
    words_of,
)

FOLDER = Path(__file__).parent / "letters"
AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
PROGRAMME = "Market Street & Friends"
FACTS = {
    "at": AT.isoformat(), "until": "2026-03-16T12:00:00+00:00", "hours": 24, "points": 1500,
    "browser": "Firefox", "system": None,
}  # fmt: skip


def occasion(kind: MailKind) -> Occasion:
    return Occasion(
        kind=kind,
        programme=PROGRAMME,
        link="https://points.example/account",
        worth=lambda points: priced(points, Decimal("0.005"), "USD"),
        given_name="Ada",
        facts=FACTS,
        brand="Harvest <Bakery>",
        points=1500,
        at=AT,
        available=1,
        ending=[(date(2026, 4, 14), 2), (date(2026, 5, 31), 1234)],
        month=Month(date(2026, 2, 1), earned=1200, spent=300, ended=11, returned=3, had=12345),
        voucher=VoucherCopy("A <cake> & coffee", "FIVE-0001", AT),
        unsubscribe="https://points.example/mail/unsubscribe?token=x&y"
        if kind.rank is Rank.PROGRAMME
        else None,
    )


def shown(kind: MailKind, language: str) -> Rendered:
    words = words_of(language, "Europe/Madrid", ZoneInfo("UTC"))
    return rendered(letter_of(occasion(kind), words), words, PROGRAMME)


def sample(language: str) -> str:
    """All letters of a language, as text."""
    parts = []
    for kind in MailKind:
        found = shown(kind, language)
        parts.append(f"==== {kind}\n{found.subject}\n----\n{found.text}")
    return "\n".join(parts)


if __name__ == "__main__":
    for one in LANGUAGES:
        (FOLDER / f"{one}.txt").write_text(sample(one))
