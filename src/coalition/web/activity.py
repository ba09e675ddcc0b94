"""M3: every movement at every brand: filtered in the address, in detail, and as a file."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from coalition.kit.text import safe_cell
from coalition.pages import APP, HTMX, Page, Text, formats_of, language_of, page, said
from coalition.web.api import Json, Refused
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.moves import moves, title_of
from coalition.web.typed import day_in

_A_PAGE = 20
_A_PAGE_OF_FILE = 100
_LONGEST = 64
_COLUMNS = (
    said("Time"), said("Brand"), said("What"), said("Points"), said("Points after it"),
    said("State"), said("Number"),
)  # fmt: skip
# What somebody looks for, and the kinds of entries that are meant.
GROUPS: Mapping[str, tuple[Text, tuple[str, ...]]] = {
    "earned": (said("Earned"), ("AWARD", "OPENING")),
    "spent": (said("Spent"), ("REDEMPTION", "HOLD", "HOLD_RELEASE")),
    "back": (said("Returned and refunded"),
             ("AWARD_REVERSAL", "REDEMPTION_REVERSAL", "DEBT_REPAYMENT")),
    "ended": (said("Ended unspent"), ("EXPIRY",)),
}  # fmt: skip


STATES: Mapping[str, tuple[Text, str]] = {
    "done": (said("Done"), "DONE"),
    "pending": (said("Still open"), "PENDING"),
    "reversed": (said("Taken back"), "REVERSED"),
}


_STATE_WORDS: Mapping[str, Text] = {state: words for words, state in STATES.values()}


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address asks for. What it says and cannot mean is in `mistakes`, by field."""

    brand: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    state: str = ""
    after: str = ""

    @classmethod
    def of(cls, request: Request) -> "Filter":
        asked = request.query_params
        given = {
            name: asked.get(name, "")[:_LONGEST]
            for name in ("brand", "kind", "since", "until", "state", "after")
        }
        return cls(**given)

    @property
    def mistakes(self) -> dict[str, Text]:
        first, last = day_in(self.since), day_in(self.until)
        found = {
            name: said("Write a day like 2026-03-31.")
            for name, text, day in (("since", self.since, first), ("until", self.until, last))
            if text and day is None
        }
        if first and last and first > last:
            found["until"] = said("The last day is before the first one.")
        return found

    @property
    def is_narrow(self) -> bool:
        return bool(self.brand or self.kind or self.since or self.until or self.state)

    def variables(self, zone: ZoneInfo) -> dict[str, object]:
        """Days are those of `zone`; the last one is a whole one."""
        good = {} if self.mistakes else {"from": self.since, "until": self.until}
        instants = {
            name: _midnight(date.fromisoformat(text) + timedelta(days=name == "until"), zone)
            for name, text in good.items()
            if text
        }
        group, state = GROUPS.get(self.kind), STATES.get(self.state)
        asked: dict[str, object] = {
            "partner": self.brand, "kinds": group and group[1], "states": state and state[1:],
            **instants,
        }  # fmt: skip
        return {name: value for name, value in asked.items() if value}

    def address(self, path: str, **change: str) -> str:
        fields = {
            "brand": self.brand, "kind": self.kind, "since": self.since, "until": self.until,
            "state": self.state,
        }  # fmt: skip
        query = {name: value for name, value in (fields | change).items() if value}
        return f"{path}?{urlencode(query)}" if query else path


class ActivityPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route("/app/activity", members(self.activity)),
            Route("/app/activity.csv", members(self.as_file)),
            Route("/app/activity/{id}", members(self.movement)),
        ]

    async def activity(self, request: Request, visitor: Visitor) -> Response:
        asked = Filter.of(request)
        try:
            data = await self._page(request, visitor, asked, _A_PAGE, asked.after)
        except Refused as refused:
            if refused.code != "BAD_USER_INPUT":
                raise
            return not_found(request)  # a cursor of another list
        history = data["viewer"]["member"]["history"]
        info, path = history["pageInfo"], "/app/activity"
        speech = language_of(request)
        return page(
            request,
            Page("activity.html", said("Activity"), 422 if asked.mistakes else 200,
                 tab="activity", scripts=(HTMX, APP)),
            asked=asked,
            mistakes={name: speech.say(text) for name, text in asked.mistakes.items()},
            brands=[
                (brand["id"], brand["name"]) for brand in data["programme"]["partners"]
            ],
            groups=[(name, speech.say(words)) for name, (words, _) in GROUPS.items()],
            states=[(name, speech.say(words)) for name, (words, _) in STATES.items()],
            moves=[] if asked.mistakes else moves(request, history["nodes"]),
            older=asked.address(path, after=info["endCursor"]) if info["hasNextPage"] else None,
            newest=asked.address(path) if asked.after else None,
            file=asked.address("/app/activity.csv"),
        )  # fmt: skip

    async def movement(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask(
            "movement", id=request.path_params["id"][:_LONGEST], locale=language_of(request).code
        )
        entry = data["node"]
        if not entry or "kind" not in entry:
            return not_found(request)
        return page(
            request,
            Page("movement.html", title_of(entry), tab="activity", scripts=(APP,)),
            entry=entry,
            before=title_of(entry["follows"]) if entry["follows"] else None,
            since=moves(request, entry["followedBy"]),
        )

    async def as_file(self, request: Request, visitor: Visitor) -> Response:
        """All that the filter lets through, as a spreadsheet reads it."""
        asked = Filter.of(request)
        if asked.mistakes:
            return not_found(request)
        # Asked before the answer begins: what goes wrong by then is still a page.
        first = await self._page(request, visitor, asked, _A_PAGE_OF_FILE, "")
        name = f"activity-{datetime.now(UTC):%Y-%m-%d}.csv"
        return StreamingResponse(
            self._rows(request, visitor, asked, first),
            media_type="text/csv; charset=utf-8",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _rows(
        self, request: Request, visitor: Visitor, asked: Filter, data: Json
    ) -> AsyncIterator[str]:
        speech = language_of(request)
        # A mark for spreadsheets, which would take UTF-8 for something else.
        yield "\N{ZERO WIDTH NO-BREAK SPACE}" + _row([speech.say(name) for name in _COLUMNS])
        while True:
            history = data["viewer"]["member"]["history"]
            yield "".join(
                _row([
                    entry["occurredAt"], safe_cell(entry["partner"]["name"]),
                    speech.say(title_of(entry)), entry["points"], entry["pointsAfter"],
                    speech.say(_STATE_WORDS[entry["state"]]), entry["id"],
                ])
                for entry in history["nodes"]
            )  # fmt: skip
            info = history["pageInfo"]
            if not info["hasNextPage"]:
                return
            data = await self._page(request, visitor, asked, _A_PAGE_OF_FILE, info["endCursor"])

    async def _page(
        self, request: Request, visitor: Visitor, asked: Filter, size: int, after: str
    ) -> Json:
        variables = asked.variables(formats_of(request).zone)
        if after:
            variables["after"] = after
        return await visitor.ask("activity", first=size, **variables)


def _midnight(day: date, zone: ZoneInfo) -> str:
    return datetime.combine(day, time(), zone).isoformat()


def _row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
