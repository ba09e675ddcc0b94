"""M21: answers to what members ask, whom to ask else, and the programme's terms."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, HTMX, Page, Text, language_of, local_path, look_of, page, said
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found

_LONGEST = 100
# As this server names its requests.
_REQUEST = re.compile(r"[0-9a-f]{32}")


class HelpPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route("/app/help", members(self.help)),
            Route("/app/help/terms/{version}", members(self.terms)),
        ]

    async def help(self, request: Request, visitor: Visitor) -> Response:
        asked = request.query_params
        search = asked.get("search", "").strip()[:_LONGEST]
        language = language_of(request).code
        data = await visitor.ask("help", search=search or None, locale=language)
        told = data["help"]
        return page(
            request,
            Page("help.html", said("Help"), tab="more", scripts=(HTMX, APP)),
            search=search,
            questions=told["questions"],
            email=told["email"],
            letter=_letter(request, told["email"]) if told["email"] else None,
            versions=told["terms"],
        )

    async def terms(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("terms", locale=language_of(request).code)
        wanted = request.path_params["version"]
        found = next((one for one in data["help"]["terms"] if one["version"] == wanted), None)
        if found is None or found["text"] is None:
            return not_found(request)
        title = said("Terms, version {version}", version=found["version"])
        return page(request, Page("terms.html", title, tab="more", scripts=(APP,)), terms=found)


def _letter(request: Request, email: str) -> str:
    """The address of a letter that says where its writer was, and in which request: what whoever
    answers would have to ask for (RFC 6068).
    """
    asked = request.query_params
    speech = language_of(request)
    told: list[Text] = []
    if came_from := local_path(asked.get("from"), "")[:_LONGEST]:
        told.append(said("Page: {page}", page=came_from.partition("?")[0]))
    if number := _REQUEST.fullmatch(asked.get("request", "")):
        told.append(said("Number: {number}", number=number[0]))
    body = "\r\n".join(["", "", "--", *map(speech.say, told)]) if told else ""
    subject = speech.text("A question about {programme}", programme=look_of(request).name)
    return f"mailto:{quote(email, safe='@')}?subject={quote(subject)}&body={quote(body)}"
