"""How the pages of this programme look: its name, its colours, the logos of its brands."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from coalition.kit.amounts import Money
from coalition.kit.database import NOTHING
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.pages.files import FOR_EVER, file_answer
from coalition.partners import Office, Partner, Terms, Theme, help_of, logo_of, readable_on

_UTC = ZoneInfo("UTC")
# Where nobody sees a page.
_PROGRAMS = ("/graphql", "/oauth/token", "/oauth/revoke", "/oauth/introspect", "/static/")


@dataclass(frozen=True, slots=True)
class BrandLook:
    """`logo`: the address of its picture; None: its initials stand on `colour`."""

    partner_id: int
    name: str
    colour: str
    text: str
    logo: str | None

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"


@dataclass(frozen=True)
class Look:
    """`name`: what the programme is called; nothing before there is one. `point_name_in`: what a
    point is called in a language. `has_help`, `has_terms`: whether there is anything to be read at
    /help and at /terms by who is no member yet, or cannot sign in. `worth_of`: what so many points
    are worth to a member; None: before there is a programme.
    """

    name: str = "Coalition"
    point_name_in: Callable[[str], str] = lambda _: "points"
    zone: ZoneInfo = _UTC
    theme: Theme = field(default_factory=Theme)
    brands: Mapping[str, BrandLook] = field(default_factory=dict)
    has_help: bool = False
    has_terms: bool = False
    worth_of: Callable[[int], Money | None] = lambda _: None

    def code_of(self, partner_id: int | None) -> str | None:
        """Of the brand with this number; None: of no brand, or of one that is not known yet."""
        return next(
            (code for code, one in self.brands.items() if one.partner_id == partner_id), None
        )

    @cached_property
    def sheet(self) -> bytes:
        """Custom properties and nothing else: what the programme chose of those in style.css, and
        the colour of each brand.
        """
        theme = self.theme
        light = {
            "primary": theme.primary, "on-primary": "#ffffff", "accent": theme.accent,
            # White on it is as readable as it is on white, in the dark too.
            "card": theme.primary,
        }  # fmt: skip
        dark = {
            "primary": theme.primary_dark,
            "on-primary": readable_on(theme.primary_dark),
            "accent": theme.accent_dark,
        }
        brands = "".join(
            f".brand-{code}{{background:{one.colour};color:{one.text}}}"
            for code, one in self.brands.items()
        )
        return (
            f"@layer tokens{{:root{{{_properties(light)}}}"
            f"@media (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}}}"
            f"@layer pages{{{brands}}}\n"
        ).encode()

    @cached_property
    def address(self) -> str:
        return f"/theme-{hashlib.sha256(self.sheet).hexdigest()[:12]}.css"


# Before there is a programme, and where a page is shown by itself.
PLAIN = Look()
# For brands that have chosen none: far enough apart to be told from each other, dark enough for
# white initials.
_COLOURS = (
    "#1f6f54", "#8a3b12", "#3a4fa3", "#8c2f5e", "#0e6b80", "#6b4aa0", "#7a5c00", "#a3322b",
)  # fmt: skip


class Looks:
    """The look in force, as new as the terms are."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known: tuple[int, Look] | None = None

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/theme-{hash}.css", self.sheet),
            Route("/logo/{sha256}", self.logo),
        ]

    async def now(self) -> Look:
        """The last one known while there is no database, and a plain one before any."""
        try:
            terms = await self._office.terms()
            if self._known is None or self._known[0] != terms.programme.version:
                self._known = terms.programme.version, await self._look(terms)
        except (Unavailable, Misconfigured):
            return self._known[1] if self._known else PLAIN
        return self._known[1]

    async def _look(self, terms: Terms) -> Look:
        async with self._office.database.reading(NOTHING) as connection:
            told = await help_of(connection)
        programme = terms.programme
        return Look(
            programme.name,
            programme.point_name_in,
            programme.zone,
            programme.theme,
            {one.code: _brand_look(one) for one in terms.partners},
            has_help=bool(told.email or told.questions),
            has_terms=bool(told.terms),
            worth_of=programme.worth,
        )

    async def sheet(self, request: Request) -> Response:
        """An address of before is led to the one in force: a page may be older than a change."""
        look: Look = request.state.look
        if request.url.path != look.address:
            return Response(
                status_code=307, headers={"Location": look.address, "Cache-Control": "no-store"}
            )
        return file_answer(request, look.sheet, "text/css")

    async def logo(self, request: Request) -> Response:
        found = await logo_of(self._office.database, request.path_params["sha256"])
        if found is None:
            return Response(status_code=404)
        media_type, content = found
        return Response(content, media_type=media_type, headers=FOR_EVER)


class Dressed:
    """Middleware: a request for a page knows the look in force, as `request.state.look`."""

    def __init__(self, app: ASGIApp, look: Callable[[], Awaitable[Look]]) -> None:
        self._app = app
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_PROGRAMS):
            scope.setdefault("state", {})["look"] = await self._look()
        await self._app(scope, receive, send)


def look_of(request: Request) -> Look:
    look: Look = getattr(request.state, "look", PLAIN)
    return look


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _brand_look(one: Partner) -> BrandLook:
    colour = one.colour or _colour(one.id)
    logo = one.logo and f"/logo/{one.logo}"
    return BrandLook(one.id, one.name, colour, readable_on(colour), logo)


def _properties(named: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in named.items())
