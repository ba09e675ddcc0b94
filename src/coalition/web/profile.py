"""A member's own details: its name, put right at once, and the e-mail address that it signs in
with, which the new mailbox confirms.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, Page, Text, fields, page, said
from coalition.web.desk import Visitor
from coalition.web.guard import Guard

PATH = "/app/profile"
_LONGEST_SHOWN = 320
_NO_STORE = {"Cache-Control": "no-store"}
_CONFIRM = f"/account/confirm?next={quote(PATH, safe='')}"
_NAME = said("Write a name of at most 100 letters, without signs that cannot be printed.")
_ADDRESS = said("Write an e-mail address like ada@example.com.")
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "name": said("Your name is saved."),
        "email": said(
            "We have written to the new address. It counts as soon as you confirm it with the link"
            " in that mail; until then everything stays as it is."
        ),
    }
)
_FIELDS = {"givenName": "given_name", "familyName": "family_name", "email": "email"}


class ProfilePage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.profile), methods=["GET"]),
            Route(PATH, members(self.rename), methods=["POST"]),
            Route(f"{PATH}/email", members(self.move), methods=["POST"]),
        ]

    async def profile(self, request: Request, visitor: Visitor) -> Response:
        return await _shown(request, visitor)

    async def rename(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        wanted = {
            theirs: form.get(ours, "").strip() or None
            for theirs, ours in (("givenName", "given_name"), ("familyName", "family_name"))
        }
        answer = (await visitor.ask("change_profile", input=wanted))["changeProfile"]
        for error in answer["userErrors"]:
            field = _FIELDS[error["field"][-1]]
            return await _shown(request, visitor, typed=form, mistakes={field: _NAME})
        return RedirectResponse(f"{PATH}?done=name", 303, headers=_NO_STORE)

    async def move(self, request: Request, visitor: Visitor) -> Response:
        """To another address."""
        form = await fields(request)
        wanted = {"email": form.get("email", "")}
        answer = (await visitor.ask("change_email", input=wanted))["changeEmail"]
        for error in answer["userErrors"]:
            if error["code"] == "STEP_UP_REQUIRED":
                return await _shown(request, visitor, typed=form, must_prove=True)
            return await _shown(request, visitor, typed=form, mistakes={"email": _ADDRESS})
        return RedirectResponse(f"{PATH}?done=email", 303, headers=_NO_STORE)


async def _shown(
    request: Request,
    visitor: Visitor,
    *,
    typed: Mapping[str, str] = MappingProxyType({}),
    mistakes: Mapping[str, Text] = MappingProxyType({}),
    must_prove: bool = False,
) -> Response:
    """`must_prove`: the member is to show its password or a passkey first."""
    data = await visitor.ask("profile")
    profile = data["viewer"]["member"]["profile"]
    is_refused = bool(mistakes) or must_prove
    kept = {"given_name": profile["givenName"] or "", "family_name": profile["familyName"] or ""}
    return page(
        request,
        Page("profile.html", said("Your details"), 422 if is_refused else 200, tab="more",
             scripts=(APP,)),
        account=data["account"],
        typed=kept | {name: value[:_LONGEST_SHOWN] for name, value in typed.items()},
        mistakes=mistakes,
        must_prove=must_prove,
        confirm=_CONFIRM,
        done=None if is_refused else _DONE.get(request.query_params.get("done", "")),
    )  # fmt: skip
