"""What anybody may read before joining, and without signing in: answers and whom to ask at /help,
the programme's terms in all their versions at /terms. Members have the same among their pages.
"""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.kit.database import NOTHING
from coalition.pages import HTMX, Page, error_page, language_of, letter_to, page, said
from coalition.partners import Help, Office, TermsVersion, help_of, in_language, language_told
from coalition.signin.desk import Desk, guarded

HELP = "/help"
TERMS = "/terms"
_LONGEST = 100
# The same for everybody who reads the same language; a new version is there within minutes.
_KEPT = {"Cache-Control": "private, max-age=300"}


class PublicHelp:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._office = Office(desk.database)

    @property
    def routes(self) -> list[Route]:
        return [
            Route(HELP, guarded(self.help)),
            Route(TERMS, guarded(self.terms)),
            Route(f"{TERMS}/{{version:path}}", guarded(self.version)),
        ]

    async def help(self, request: Request) -> Response:
        search = request.query_params.get("search", "").strip()[:_LONGEST]
        told, today = await self._told()
        language = language_of(request).code
        return page(
            request,
            # Not kept: the letter says from which page somebody came.
            Page("help.html", said("Help"), scripts=(HTMX,)),
            place=HELP,
            terms_at=TERMS,
            search=search,
            questions=[
                {
                    "question": one.question.text,
                    "questionLanguage": one.question.language,
                    "answer": one.answer.text,
                    "answerLanguage": one.answer.language,
                }
                for one in told.answers(search, language)
            ],
            email=told.email,
            letter=letter_to(request, told.email) if told.email else None,
            versions=_versions(told, language, today),
        )

    async def terms(self, request: Request) -> Response:
        """Those in force; before the first ones are, those that come."""
        told, today = await self._told()
        if not told.terms:
            return _nothing(request)
        wanted = told.terms_on(today) or told.terms[0]
        return self._shown(request, told, today, wanted)

    async def version(self, request: Request) -> Response:
        told, today = await self._told()
        wanted = next(
            (one for one in told.terms if one.version == request.path_params["version"]), None
        )
        if wanted is None or wanted.text is None:
            return _nothing(request)
        return self._shown(request, told, today, wanted)

    async def _told(self) -> tuple[Help, date]:
        programme = (await self._office.terms()).programme
        async with self._desk.database.reading(NOTHING) as connection:
            return await help_of(connection), programme.today(self._desk.clock())

    def _shown(self, request: Request, told: Help, today: date, wanted: TermsVersion) -> Response:
        versions = _versions(told, language_of(request).code, today)
        return page(
            request,
            Page(
                "terms.html",
                said("Terms, version {version}", version=wanted.version),
                headers=_KEPT,
            ),
            place=HELP,
            terms_at=TERMS,
            terms=next(one for one in versions if one["version"] == wanted.version),
            versions=versions,
        )


def _versions(told: Help, language: str, today: date) -> list[dict[str, Any]]:
    """As the API tells them, so that one template shows both: the newest first."""
    now = told.terms_on(today)
    return [
        {
            "version": one.version,
            "validFrom": one.valid_from,
            "inForce": one is now,
            "address": one.address,
            "text": one.text and in_language(one.text, language),
            "textLanguage": one.text and language_told(one.text, language),
            "changes": one.changes and in_language(one.changes, language),
            "changesLanguage": one.changes and language_told(one.changes, language),
        }
        for one in reversed(told.terms)
    ]


def _nothing(request: Request) -> Response:
    return error_page(
        request,
        status=404,
        title=said("There is nothing here"),
        message=said("The programme has no terms under this address."),
    )
