"""M21: answers to what members ask, whom to ask else, and the programme's terms. Who is no member
yet reads the same at /help and /terms (signin/help.py).
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, HTMX, Page, language_of, letter_to, page, said
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found

PATH = "/app/help"
_TERMS = f"{PATH}/terms"
_LONGEST = 100


class HelpPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.help)),
            Route(f"{_TERMS}/{{version:path}}", members(self.terms)),
        ]

    async def help(self, request: Request, visitor: Visitor) -> Response:
        search = request.query_params.get("search", "").strip()[:_LONGEST]
        language = language_of(request).code
        data = await visitor.ask("help", search=search or None, locale=language)
        told = data["help"]
        return page(
            request,
            Page("help.html", said("Help"), tab="more", scripts=(HTMX, APP)),
            place=PATH,
            terms_at=_TERMS,
            search=search,
            questions=told["questions"],
            email=told["email"],
            letter=letter_to(request, told["email"]) if told["email"] else None,
            versions=told["terms"],
        )

    async def terms(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("terms", locale=language_of(request).code)
        versions = data["help"]["terms"]
        wanted = request.path_params["version"]
        found = next((one for one in versions if one["version"] == wanted), None)
        if found is None or found["text"] is None:
            return not_found(request)
        title = said("Terms, version {version}", version=found["version"])
        return page(
            request,
            Page("terms.html", title, tab="more", scripts=(APP,)),
            place=PATH,
            terms_at=_TERMS,
            terms=found,
            versions=versions,
        )
