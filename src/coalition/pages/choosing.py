"""POST /language: read the pages in another language, and go on where one was."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.kit.config import Settings
from coalition.pages.forms import fields, from_this_site, local_path
from coalition.pages.language import LANGUAGES, remember
from coalition.pages.render import form_not_read


class LanguageChoice:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        return [Route("/language", self.choose, methods=["POST"])]

    async def choose(self, request: Request) -> Response:
        try:
            form = await fields(request)
        except HTTPException:
            return form_not_read(request)
        response = RedirectResponse(
            local_path(form.get("back"), "/"), 303, headers={"Cache-Control": "no-store"}
        )
        wanted = form.get("language")
        if wanted in LANGUAGES and from_this_site(request, self._settings):
            response.headers.append("set-cookie", remember(str(wanted), self._settings))
        return response
