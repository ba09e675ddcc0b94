"""Pages from templates that escape everything. Their policy allows no script, or where passkeys
are used the one file of ours.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_HERE = Path(__file__).parent
_STYLE = (_HERE / "static" / "style.css").read_bytes()
_STYLE_ADDRESS = f"/static/style-{hashlib.sha256(_STYLE).hexdigest()[:12]}.css"
_SCRIPT = (_HERE / "static" / "passkeys.js").read_bytes()
_SCRIPT_ADDRESS = f"/static/passkeys-{hashlib.sha256(_SCRIPT).hexdigest()[:12]}.js"
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # No other site is told from where somebody comes. With "no-referrer" a browser would call the
    # origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Page:
    """`leads_to`: other origins to which a form of the page may lead in the end. `is_scripted`:
    the page may use passkeys, and works without them too.
    """

    template: str
    title: str
    status: int = 200
    leads_to: tuple[str, ...] = ()
    is_scripted: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def page(what: Page, **values: object) -> Response:
    text = _templates.get_template(what.template).render(
        title=what.title,
        style=_STYLE_ADDRESS,
        script=_SCRIPT_ADDRESS if what.is_scripted else None,
        **values,
    )
    # A browser holds a redirection after a form to the form's policy too.
    forms = " ".join(("'self'", *what.leads_to))
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
        f" frame-ancestors 'none'; form-action {forms}"
    )
    if what.is_scripted:
        policy += "; script-src 'self'; connect-src 'self'"
    return Response(
        text,
        status_code=what.status,
        media_type="text/html; charset=utf-8",
        headers=_HEADERS | {"Content-Security-Policy": policy} | what.headers,
    )


def error_page(*, status: int, title: str, message: str) -> Response:
    return page(Page("message.html", title, status), message=message)


def _file(content: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """A file under a name that its content gives it: it is never another one."""

    async def answer(request: Request) -> Response:
        del request
        return Response(
            content,
            media_type=media_type,
            headers={
                "Cache-Control": "public, max-age=31536000, immutable",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return answer


async def _no_icon(request: Request) -> Response:
    del request
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})


static_routes = [
    Route(_STYLE_ADDRESS, _file(_STYLE, "text/css")),
    Route(_SCRIPT_ADDRESS, _file(_SCRIPT, "text/javascript")),
    Route("/favicon.ico", _no_icon),
]
