"""M20: in which language a member is spoken and written to, and in whose zone it is told times."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.kit.config import Settings
from coalition.pages import (
    APP,
    LANGUAGES,
    Page,
    fields,
    known,
    language_of,
    page,
    remember,
    remember_zone,
    said,
    zones,
)
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard

PATH = "/app/display"
_NO_STORE = {"Cache-Control": "no-store"}
_LONGEST = 64


class DisplayPage:
    def __init__(self, guard: Guard, settings: Settings) -> None:
        self._guard = guard
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.display), methods=["GET"]),
            Route(PATH, members(self.change), methods=["POST"]),
        ]

    async def display(self, request: Request, visitor: Visitor) -> Response:
        return _shown(request, await visitor.ask("display"))

    async def change(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        language, zone = form.get("language", ""), form.get("zone", "")[:_LONGEST]
        data = await visitor.ask("display")
        if language not in LANGUAGES:
            return _shown(request, data, zone=zone, is_wrong=True)
        wanted = {"timeZone": zone or None}
        # Who is known to speak de-AT and chooses German speaks it as before.
        if known(data["viewer"]["member"]["profile"]["locale"]) != language:
            wanted["locale"] = language
        answer = (await visitor.ask("change_profile", input=wanted))["changeProfile"]
        if answer["userErrors"]:
            return _shown(request, data, language=language, is_wrong=True)
        response = RedirectResponse(f"{PATH}?done=saved", 303, headers=_NO_STORE)
        response.headers.append("set-cookie", remember(language, self._settings))
        response.headers.append("set-cookie", remember_zone(zone or None, self._settings))
        return response


def _shown(
    request: Request,
    data: Json,
    *,
    language: str | None = None,
    zone: str | None = None,
    is_wrong: bool = False,
) -> Response:
    """`language`, `zone`: as they were chosen, where that could not be taken."""
    speech = language_of(request)
    profile = data["viewer"]["member"]["profile"]
    kept = profile["timeZone"] or ""
    chosen = kept if zone is None else zone
    cities = zones(speech)
    return page(
        request,
        Page("display.html", said("Language and display"), 422 if is_wrong else 200, tab="more",
             scripts=(APP,)),
        is_wrong=is_wrong,
        is_saved=request.query_params.get("done") == "saved" and not is_wrong,
        language_chosen=language or known(profile["locale"]) or speech.code,
        zone_chosen=chosen,
        programme=data["programme"],
        areas=cities,
        # A brand may have noted it under a name that it had before.
        other_zone=kept if kept and not any(kept == one for _, of in cities for one, _ in of)
        else None,
        example=datetime.now(UTC),
    )  # fmt: skip
