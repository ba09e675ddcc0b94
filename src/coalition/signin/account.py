"""/account: who is signed in, its passkeys, and what it allows programs to do."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.access import WEB
from coalition.access.actor import ActorKind
from coalition.access.attempts import TooManyAttempts
from coalition.access.logins import login_with_password
from coalition.access.passkeys import passkeys_of, remove_passkey, rename_passkey
from coalition.access.permissions import end_permission, permissions_of
from coalition.access.plain_words import in_plain_words
from coalition.access.sessions import (
    SignedIn,
    csrf_of,
    end_other_sessions,
    prove_session,
    sessions_of,
)
from coalition.kit.errors import Refusal
from coalition.pages import (
    PASSKEYS,
    Page,
    Text,
    browser_of,
    error_page,
    local_path,
    page,
    program_name,
    said,
)
from coalition.signin.desk import NO_STORE, Desk, address_of, guarded, too_many
from coalition.signin.forms import HOME, own_fields, to_sign_in

CONFIRM = "/account/confirm"


class AccountPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def routes(self) -> list[Route]:
        return [
            Route(HOME, guarded(self.account), methods=["GET"]),
            Route(f"{HOME}/permissions", guarded(self.end_permission), methods=["POST"]),
            Route(f"{HOME}/passkeys", guarded(self.change_passkey), methods=["POST"]),
            Route(f"{HOME}/sessions", guarded(self.end_other_sessions), methods=["POST"]),
            Route(CONFIRM, guarded(self.confirm), methods=["GET", "POST"]),
        ]

    async def account(self, request: Request) -> Response:
        person = await self._desk.person(request)
        return to_sign_in(HOME) if person is None else await self._shown(request, person)

    async def end_permission(self, request: Request) -> Response:
        person = await self._desk.person(request)
        if person is None:
            return to_sign_in(HOME)
        form = await own_fields(request, person)
        if form is None:
            return _not_its_own(request)
        await end_permission(
            self._desk.database, person.login_id, form.get("client", ""), now=self._desk.clock()
        )
        return _back()

    async def end_other_sessions(self, request: Request) -> Response:
        person = await self._desk.person(request)
        if person is None:
            return to_sign_in(HOME)
        if await own_fields(request, person) is None:
            return _not_its_own(request)
        await end_other_sessions(self._desk.database, person)
        return _back()

    async def change_passkey(self, request: Request) -> Response:
        """Rename or remove one."""
        person = await self._desk.person(request)
        if person is None:
            return to_sign_in(HOME)
        form = await own_fields(request, person)
        if form is None:
            return _not_its_own(request)
        if not person.is_fresh(self._desk.clock()):
            return RedirectResponse(CONFIRM, 303, headers=NO_STORE)
        database, login_id, id_ = self._desk.database, person.login_id, form.get("id", "")
        if form.get("do") == "remove":
            await remove_passkey(database, login_id, id_)
        else:
            try:
                await rename_passkey(database, login_id, id_, form.get("name", ""))
            except Refusal:
                wrong = said("A passkey needs a name of at most 60 letters that can be printed.")
                return await self._shown(request, person, wrong, status=400)
        return _back()

    async def confirm(self, request: Request) -> Response:
        """Show the password once more; with a passkey it is a program's business."""
        person = await self._desk.person(request)
        if person is None:
            return to_sign_in(_here(request))
        if request.method != "POST":
            asked = local_path(request.query_params.get("next"), HOME)
            return await self._confirmation(request, person, asked)
        form = await own_fields(request, person)
        if form is None:
            return _not_its_own(request)
        now, next_ = self._desk.clock(), local_path(form.get("next"), HOME)
        try:
            login_id = await login_with_password(
                self._desk.database, email=person.email, password=form.get("password", ""),
                address=address_of(request), now=now,
            )  # fmt: skip
        except TooManyAttempts as error:
            wait = error.wait_seconds
            return await self._confirmation(
                request, person, next_, too_many(wait), 429, {"Retry-After": str(wait)}
            )
        if login_id != person.login_id:
            return await self._confirmation(
                request, person, next_, said("The password is not right."), 401
            )
        await prove_session(self._desk.database, person.session_id, now=now)
        return RedirectResponse(next_, 303, headers=NO_STORE)

    async def _shown(
        self, request: Request, person: SignedIn, message: Text | None = None, status: int = 200
    ) -> Response:
        database, settings, now = self._desk.database, self._desk.settings, self._desk.clock()
        has_passkeys = self._desk.passkeys is not None
        permissions = await permissions_of(database, person.login_id, url=settings.url, now=now)
        is_member = person.kind is ActorKind.MEMBER
        sessions = await sessions_of(database, person.login_id, now=now)
        return page(
            request,
            Page(
                "account.html",
                said("Your account"),
                status,
                tab="more" if is_member else None,
                scripts=(PASSKEYS,) if has_passkeys else (),
            ),
            sessions=[
                {
                    "words": browser_of(one.agent),
                    "began_at": one.began_at,
                    "seen_at": one.seen_at,
                    "is_own": one.session_id == person.session_id,
                }
                for one in sessions
            ],
            person=person,
            message=message,
            csrf=csrf_of(person),
            scopes=in_plain_words(person.scopes),
            permissions=[
                (
                    one,
                    program_name(one.client_id, one.client_name),
                    in_plain_words(one.scopes & person.scopes),
                )
                for one in permissions
                # The pages that somebody looks at are no program that it has let in.
                if one.client_id != WEB
            ],
            with_passkeys=has_passkeys,
            passkeys=await passkeys_of(database, person.login_id),
            is_fresh=person.is_fresh(now),
        )

    async def _confirmation(
        self,
        request: Request,
        person: SignedIn,
        next_: str,
        message: Text | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        own = await passkeys_of(self._desk.database, person.login_id) if self._desk.passkeys else []
        return page(
            request,
            Page(
                "confirm.html", said("Confirm that it is you"), status, headers=headers or {},
                scripts=(PASSKEYS,) if own else (),
            ),
            person=person, message=message, csrf=csrf_of(person), passkeys=bool(own), next=next_,
        )  # fmt: skip


def _here(request: Request) -> str:
    asked = request.query_params.get("next")
    return CONFIRM if asked is None else f"{CONFIRM}?next={quote(asked, safe='')}"


def _back() -> Response:
    return RedirectResponse(HOME, 303, headers=NO_STORE)


def _not_its_own(request: Request) -> Response:
    return error_page(
        request,
        status=403,
        title=said("Nothing was changed"),
        message=said("Use your own page for it."),
        way_on=(HOME, said("Your account")),
    )
