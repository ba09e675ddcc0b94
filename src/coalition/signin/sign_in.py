"""GET and POST /signin, POST /signout."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.access.attempts import TooManyAttempts
from coalition.access.logins import login_with_password
from coalition.access.sessions import end_session, session_cookie
from coalition.pages import (
    PASSKEYS,
    Page,
    Text,
    error_page,
    fields,
    from_this_site,
    local_path,
    page,
    said,
)
from coalition.signin.desk import NO_STORE, Desk, address_of, guarded, too_many
from coalition.signin.forms import HOME, own_fields


class SignInPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/signin", guarded(self.sign_in), methods=["GET", "POST"]),
            Route("/signout", guarded(self.sign_out), methods=["POST"]),
        ]

    async def sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._form(request, next_=local_path(request.query_params.get("next"), HOME))
        form = await fields(request)
        next_ = local_path(form.get("next"), HOME)
        email, password = form.get("email", ""), form.get("password", "")
        if not from_this_site(request, self._desk.settings):
            return self._form(
                request,
                next_=next_,
                message=said("This form was sent from elsewhere. Sign in here."),
            )
        now = self._desk.clock()
        try:
            login_id = await login_with_password(
                self._desk.database, email=email, password=password, address=address_of(request),
                now=now,
            )  # fmt: skip
        except TooManyAttempts as error:
            return self._form(
                request,
                next_=next_,
                email=email,
                message=too_many(error.wait_seconds),
                status=429,
                headers={"Retry-After": str(error.wait_seconds)},
            )
        if login_id is None:
            return self._form(
                request,
                next_=next_,
                email=email,
                message=said("E-mail or password is not right."),
                status=401,
            )
        response = RedirectResponse(next_, 303, headers=NO_STORE)
        await self._desk.enter(request, response, login_id, now=now)
        return response

    async def sign_out(self, request: Request) -> Response:
        person = await self._desk.person(request)
        if person is not None:
            if await own_fields(request, person) is None:
                return error_page(
                    request,
                    status=403,
                    title=said("Not signed out"),
                    message=said("Sign out on your own page."),
                    way_on=(HOME, said("Your account")),
                )
            await end_session(self._desk.database, person.session_id)
        response = RedirectResponse("/signin", 303, headers=NO_STORE)
        # The page of a member's card that a browser may keep for where there is no network.
        response.headers["Clear-Site-Data"] = '"storage"'
        name = session_cookie(self._desk.settings)
        if name in request.cookies:
            self._desk.forget_cookie(response, name)
        await self._desk.leave_pages(request, response)
        return response

    def _form(
        self,
        request: Request,
        *,
        next_: str,
        email: str = "",
        message: Text | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        has_passkeys = self._desk.passkeys is not None
        what = Page(
            "sign_in.html", said("Sign in"), status, headers=headers or {},
            scripts=(PASSKEYS,) if has_passkeys else (),
        )  # fmt: skip
        return page(
            request, what, next=next_, email=email[:320], message=message, passkeys=has_passkeys
        )
