"""M4: which points end when; and the same days as a calendar reads them (RFC 5545)."""

from datetime import UTC, date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, Page, formats_of, language_of, look_of, page, said
from coalition.web.desk import Visitor
from coalition.web.guard import Guard

# RFC 5545 section 3.1: lines of 75 octets at most.
_LINE = 73
# How long before a day a calendar reminds of it.
_REMINDERS = (30, 7)


class ExpiryPage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route("/app/expiry", members(self.expiry)),
            Route("/app/expiry.ics", members(self.calendar)),
        ]

    async def expiry(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("expiry")
        balance = data["viewer"]["member"]["balance"]
        days = balance["expiring"]
        ending = sum(int(one["points"]) for one in days)
        everything = sum(int(balance[name]) for name in ("available", "pending"))
        return page(
            request,
            Page("expiry.html", said("When points end"), tab="more", scripts=(APP,)),
            days=days,
            most=max((int(one["points"]) for one in days), default=0),
            ending=ending,
            # What is set aside is in no lot that could end meanwhile.
            never=max(everything - ending, 0),
            is_reminded=any(
                one["kind"] == "EXPIRING_POINTS" and one["sent"]
                for one in data["notifications"]["kinds"]
            ),
        )

    async def calendar(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("expiry")
        speech, form, look = language_of(request), formats_of(request), look_of(request)
        host = request.url.hostname or "coalition"
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Coalition//Points//EN"]
        for one in data["viewer"]["member"]["balance"]["expiring"]:
            title = speech.text(
                "{points} {point_name} of {programme} end",
                points=form.points(one["points"]), point_name=look.point_name_in(speech.code),
                programme=look.name,
            )  # fmt: skip
            lines += _event(date.fromisoformat(one["on"]), title, host)
        lines.append("END:VCALENDAR")
        return Response(
            "".join(f"{_folded(line)}\r\n" for line in lines),
            media_type="text/calendar; charset=utf-8",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": 'attachment; filename="points.ics"',
                "X-Content-Type-Options": "nosniff",
            },
        )


def _event(day: date, title: str, host: str) -> list[str]:
    """An event of one whole day. Its id is the day's: read again, it takes its own place."""
    text = _escaped(title)
    lines = [
        "BEGIN:VEVENT",
        f"UID:points-{day:%Y%m%d}@{host}",
        f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{text}",
        "TRANSP:TRANSPARENT",
    ]
    for days in _REMINDERS:
        lines += [
            "BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{days}D", f"DESCRIPTION:{text}",
            "END:VALARM",
        ]  # fmt: skip
    return [*lines, "END:VEVENT"]


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """In octets, and never through the middle of a letter."""
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LINE:
            parts.append("")
            size = 0
        parts[-1] += letter
        size += width
    return "\r\n ".join(parts)
