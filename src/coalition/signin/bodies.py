"""What scripts and other servers of ours send and are answered: JSON."""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coalition.kit.config import Settings
from coalition.signin.desk import NO_STORE
from coalition.signin.forms import from_this_site

_LARGEST_BODY: Final = 64 * 1024
Said = Mapping[str, Any]


class NotDone(Exception):
    """`more`: for the script."""

    def __init__(self, status: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.more = more


async def said_in(request: Request) -> Said:
    """The request's JSON object. Raises `NotDone`."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise NotDone(415, "Send application/json.")
    try:
        body = await request.body()
        said = json.loads(body) if len(body) <= _LARGEST_BODY else None
    except (ValueError, RecursionError, HTTPException):
        said = None
    if not isinstance(said, dict):
        raise NotDone(400, "Send a JSON object.")
    return said


def as_json(status: int, **content: object) -> Response:
    return JSONResponse(content, status, headers=NO_STORE)


def check_site(request: Request, settings: Settings) -> None:
    """Raises `NotDone` for what a page of another site has sent."""
    if not from_this_site(request, settings):
        raise NotDone(403, "This was sent from elsewhere.")
