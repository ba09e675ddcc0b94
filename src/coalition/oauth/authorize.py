"""The endpoints for people: /oauth/authorize and /device. Whoever is not signed in goes there
first and comes back.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

import anyio.to_thread
import structlog
from authlib.oauth2 import OAuth2Error
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.access import Authentication, Scope, decide_device, find_device, is_allowed_already
from coalition.access.plain_words import in_plain_words
from coalition.access.sessions import SignedIn, csrf_holds, csrf_of, signed_in
from coalition.kit.buckets import Buckets
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.oauth.client import Client
from coalition.oauth.desk import Desk
from coalition.oauth.server import Asked, OAuthServer, check_resources, scopes_asked
from coalition.oauth.user_codes import as_kept, as_shown
from coalition.pages import (
    Page,
    Text,
    done_page,
    error_page,
    form_not_read,
    just_a_moment,
    look_of,
    page,
    said,
)

_LONGEST_VALUE = 4000
_NO_STORE = {"Cache-Control": "no-store"}
Answer = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger()


class PeopleEndpoints:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # Codes that one person may type: guessing through ten minutes finds nothing.
        self._codes = Buckets(10, 0.1)

    async def authorize(self, request: Request) -> Response:
        return await self._guarded(request, self._authorize)

    async def device(self, request: Request) -> Response:
        return await self._guarded(request, self._device)

    async def _guarded(self, request: Request, answer: Answer) -> Response:
        try:
            return await answer(request)
        except (Unavailable, Misconfigured) as error:
            _log.warning("no pages just now", reason=str(error))
            return just_a_moment(request)
        except HTTPException:
            return form_not_read(request)
        except _CannotBeDone as error:
            return _not_done(request, error.message)
        except ValueError:
            return _not_done(request, said("The request holds characters that are not allowed."))

    async def _authorize(self, request: Request) -> Response:
        """Raises `_CannotBeDone` for what no redirection may answer (RFC 6749 section 4.1.2.1)."""
        query, resources = _query(request)
        server = await self._desk.server()
        asked = Asked(f"{self._desk.settings.issuer}/oauth/authorize", {}, query, resources)
        refused = await anyio.to_thread.run_sync(_refusal, server, asked)
        if refused is not None:
            return refused
        person = await self._person(request)
        if person is None:
            here = "/oauth/authorize?" + urlencode(
                [*query.items(), *(("resource", r) for r in resources)]
            )
            return RedirectResponse(f"/signin?next={quote(here, safe='')}", 303, headers=_NO_STORE)
        client = await anyio.to_thread.run_sync(server.query_client, query["client_id"])
        wanted = scopes_asked(client, query.get("scope"))
        allowed = wanted & person.scopes if _may_serve(client, person) else frozenset[Scope]()
        covered = allowed and await self._covered(client, person, allowed, query["redirect_uri"])
        if request.method != "POST" and allowed and not covered:
            return _consent(request, client, person, allowed, wanted - allowed, query, resources)
        decided: SignedIn | None = person if allowed else None
        if request.method == "POST":
            form = await _form(request)
            if not csrf_holds(person, form.get("csrf")):
                raise _CannotBeDone(_FORM_NOT_OURS)
            if form.get("decision") != "allow":
                decided = None
        response: Response = await anyio.to_thread.run_sync(_responded, server, asked, decided)
        return response

    async def _person(self, request: Request) -> SignedIn | None:
        desk, now = self._desk, datetime.now(UTC)
        return await signed_in(desk.database, desk.settings, request.cookies, now=now)

    async def _covered(
        self, client: Client, person: SignedIn, allowed: frozenset[Scope], led_to: str
    ) -> bool:
        """Whether nobody needs to be asked: our own page, or allowed before. A program that shows
        nothing and listens on this machine could be any other there: it is asked for each time
        (RFC 8252 section 8.6).
        """
        if client.found is None or client.found.built_in:
            return client.found is not None
        if client.found.authentication is Authentication.NONE and not led_to.startswith("https:"):
            return False
        return await is_allowed_already(
            self._desk.database,
            client_id=client.client_id,
            login_id=person.login_id,
            scopes=allowed,
        )

    async def _device(self, request: Request) -> Response:
        typed = as_kept(request.query_params.get("user_code", "")[:40])
        person = await self._person(request)
        if person is None:
            here = "/device" + (f"?user_code={typed}" if typed else "")
            return RedirectResponse(f"/signin?next={quote(here, safe='')}", 303, headers=_NO_STORE)
        if request.method == "POST":
            return await self._decide_device(request, person)
        if not typed:
            return _ask_for_code(request, "", None)
        try:
            client, scopes, left_out = await self._waiting(typed, person)
        except _NoTill as none:
            return _ask_for_code(request, typed, none.message, none.status)
        return page(
            request,
            Page("consent.html", said("Allow this till?")),
            client_name=client.found.name if client.found else client.client_id,
            brand=_brand(request, client),
            person=person, scopes=in_plain_words(scopes), left_out=in_plain_words(left_out),
            action="/device", csrf=csrf_of(person), hidden=[("user_code", typed)],
            leads_to=None, shown_code=as_shown(typed),
        )  # fmt: skip

    async def _decide_device(self, request: Request, person: SignedIn) -> Response:
        form = await _form(request)
        if not csrf_holds(person, form.get("csrf")):
            raise _CannotBeDone(_FORM_NOT_OURS)
        code = as_kept(form.get("user_code", ""))
        allows = form.get("decision") == "allow"
        try:
            _, scopes, _ = await self._waiting(code, person)
        except _NoTill as none:
            return _ask_for_code(request, code, none.message, none.status)
        decided = await decide_device(
            self._desk.database, code, login_id=person.login_id, allowed=allows, scopes=scopes,
            now=datetime.now(UTC),
        )  # fmt: skip
        if not decided:
            return _ask_for_code(request, "", said("No till is waiting with this code any more."))
        title = said("The till may go on") if allows else said("The till was not allowed")
        return done_page(request, title=title, message=said("You can close this page."))

    async def _waiting(
        self, code: str, person: SignedIn
    ) -> tuple[Client, frozenset[Scope], frozenset[Scope]]:
        """Which till waits under a code, what the person may allow it and what not.

        Raises `_NoTill`, also for who may allow it nothing: who could not allow a till cannot
        refuse it either, so a guess at a code stops nobody.
        """
        if not self._codes.take(person.login_id).allowed:
            raise _NoTill(said("Too many codes. Try again in a minute."), 429)
        found = await find_device(self._desk.database, code, now=datetime.now(UTC))
        if found is None:
            raise _NoTill(said("No till is waiting with this code. It may be too old."))
        server = await self._desk.server()
        client = await anyio.to_thread.run_sync(server.query_client, found[0])
        scopes = found[1] & person.scopes if _may_serve(client, person) else frozenset[Scope]()
        if not scopes:
            raise _NoTill(said("Your roles do not let you allow what this till asks for."))
        self._codes.give_back(person.login_id, 1)
        return client, scopes, found[1] - scopes


def _not_done(request: Request, message: Text) -> Response:
    return error_page(request, status=400, title=said("This cannot be done"), message=message)


_FORM_NOT_OURS = said("The form is not from this page, or you signed in anew meanwhile.")


class _CannotBeDone(Exception):
    """What the person is told, and no program."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class _NoTill(Exception):
    """What the person is told."""

    def __init__(self, message: Text, status: int = 400) -> None:
        super().__init__(str(message))
        self.message = message
        self.status = status


def _may_serve(client: Client, person: SignedIn) -> bool:
    """A brand's program serves that brand's staff, members, and nobody of another brand; while the
    brand is suspended no members either.
    """
    if client.found is None or not client.active:
        return False
    if person.member_id is not None:
        return not client.found.suspended
    return client.found.partner_id in {None, person.partner_id}


def _refusal(server: OAuthServer, asked: Asked) -> Response | None:
    """In authlib's thread: what is answered without asking anybody; None when all is right."""
    client = server.query_client(asked.form.get("client_id", ""))
    address = asked.form.get("redirect_uri", "")
    if not client.check_redirect_uri(address):
        raise _CannotBeDone(
            said(
                "The program that sent you here asked in a way that this server does not answer:"
                " its address or its name is not one that is known here."
            )
        )
    try:
        request = server.create_oauth2_request(asked)
        server.get_consent_grant(request)
        check_resources(request, server.settings)
    except OAuth2Error as error:
        error.redirect_uri = address
        error.state = asked.form.get("state")
        status, body, headers = error()
        return _with_issuer(server, server.handle_response(status, body, headers))
    return None


def _responded(server: OAuthServer, asked: Asked, person: SignedIn | None) -> Response:
    """In authlib's thread: back to the client, with a code or with a refusal."""
    request = server.create_oauth2_request(asked)
    grant = server.get_consent_grant(request)
    response: Response = server.create_authorization_response(request, person, grant)
    response.headers.update(_NO_STORE)
    return response


def _with_issuer(server: OAuthServer, response: Response) -> Response:
    address = response.headers.get("location")
    if address:
        joined = "&" if "?" in address else "?"
        issuer = quote(server.settings.issuer, safe="")
        response.headers["location"] = f"{address}{joined}iss={issuer}"
    response.headers.update(_NO_STORE)
    return response


def _consent(
    request: Request,
    client: Client,
    person: SignedIn,
    allowed: frozenset[Scope],
    left_out: frozenset[Scope],
    query: Mapping[str, str],
    resources: list[str],
) -> Response:
    address = urlsplit(query["redirect_uri"])
    origin = f"{address.scheme}://{address.netloc}" if address.netloc else f"{address.scheme}:"
    again = urlencode([*query.items(), *(("resource", one) for one in resources)])
    return page(
        request,
        Page("consent.html", said("Allow this program?"), leads_to=(origin,)),
        client_name=client.found.name if client.found else client.client_id,
        brand=_brand(request, client),
        person=person,
        scopes=in_plain_words(allowed),
        left_out=in_plain_words(left_out),
        action=f"/oauth/authorize?{again}",
        csrf=csrf_of(person),
        hidden=[],
        leads_to=origin,
        shown_code=None,
    )


def _brand(request: Request, client: Client) -> str | None:
    """The code of the brand whose program it is; None: it is no brand's."""
    return look_of(request).code_of(client.found.partner_id) if client.found else None


def _ask_for_code(
    request: Request, typed: str, message: Text | None, status: int = 400
) -> Response:
    status = 200 if message is None else status
    return page(
        request, Page("device.html", said("Allow a till"), status), user_code=typed, message=message
    )


def _query(request: Request) -> tuple[dict[str, str], list[str]]:
    """Raises `_CannotBeDone` for what cannot be read in one way only."""
    found: dict[str, str] = {}
    resources: list[str] = []
    for name, value in request.query_params.multi_items():
        if len(value) > _LONGEST_VALUE or not value.isascii() or not value.isprintable():
            raise _CannotBeDone(
                said(
                    "The program that sent you here asked in a way that this server does not"
                    " answer: {name} cannot be read.",
                    name=ascii(name[:40]),
                )
            )
        if name == "resource":
            resources.append(value)
        elif name in found:
            raise _CannotBeDone(
                said(
                    "The program that sent you here asked in a way that this server does not"
                    " answer: {name} stands there twice.",
                    name=ascii(name[:40]),
                )
            )
        else:
            found[name] = value
    return found, resources


async def _form(request: Request) -> Mapping[str, str]:
    """A field that is given twice is as if it were not there."""
    found: dict[str, str] = {}
    twice = set()
    async with request.form(max_fields=20, max_files=0) as form:
        for name, value in form.multi_items():
            if name in found:
                twice.add(name)
            found[name] = value if isinstance(value, str) else ""
    return {name: value for name, value in found.items() if name not in twice}
