"""`POST /oauth/token` (RFC 6749 section 3.2): a form in, JSON out, never a 500 for bad input."""

import base64
import binascii

import anyio.to_thread
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coalition.access import load_keys
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.oauth.server import AskedForToken, OAuthServer

_FORM = "application/x-www-form-urlencoded"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_LARGEST_FORM = 64
_log = structlog.get_logger()


class TokenEndpoint:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._server: OAuthServer | None = None

    async def answer(self, request: Request) -> Response:
        if request.method != "POST":
            return _error(405, "invalid_request", "Ask for a token by POST.", {"Allow": "POST"})
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _error(400, "invalid_request", f"Send the request as {_FORM}.")
        if request.url.query:
            return _error(400, "invalid_request", "Send nothing in the address, all in the form.")
        try:
            form = await _form(request)
            headers = {"Authorization": _readable_basic(request.headers.get("authorization"))}
        except ValueError as error:
            return _error(400, "invalid_request", str(error))
        try:
            server = await self._oauth()
            asked = AskedForToken(f"{self._settings.issuer}/oauth/token", headers, form)
            response = await anyio.to_thread.run_sync(server.answer, asked)
        except (Unavailable, Misconfigured) as error:
            _log.warning("no tokens just now", reason=str(error))
            return _error(
                503, "temporarily_unavailable", "No tokens just now. Ask again.",
                {"Retry-After": "2"},
            )  # fmt: skip
        response.headers.update(_NO_STORE)
        return response

    async def _oauth(self) -> OAuthServer:
        if self._server is None:
            keys = await load_keys(self._database)
            self._server = OAuthServer(self._database, self._settings, keys)
        return self._server


async def _form(request: Request) -> dict[str, str]:
    """The form's fields, each at most once (RFC 6749 section 3.2)."""
    form = await request.form(max_fields=_LARGEST_FORM, max_files=0)
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if not isinstance(value, str) or name in fields:
            raise ValueError(f"The parameter {name} is given twice.")
        fields[name] = value
    return fields


def _readable_basic(header: str | None) -> str | None:
    """The header, unless its credentials are no UTF-8: those would be a 500 inside authlib."""
    if header is None:
        return None
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            base64.b64decode(credentials, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError("The Authorization header cannot be read.") from None
    return header


def _error(
    status: int, code: str, description: str, headers: dict[str, str] | None = None
) -> Response:
    return JSONResponse(
        {"error": code, "error_description": description},
        status_code=status,
        headers=_NO_STORE | (headers or {}),
    )
