"""M12: the lock on spending, what happened to the account, and the way to its sessions and
passkeys.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, Page, Text, browser_of, fields, language_of, page, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard
from coalition.web.home import is_locked
from coalition.web.keys import key_of, new_key
from coalition.web.troubles import trouble_of

PATH = "/app/security"
_NO_STORE = {"Cache-Control": "no-store"}
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "lock": said("Spending is locked at every brand. You earn as always."),
        "unlock": said("The lock is open: you can spend again."),
        "confirm": said("Confirmed. Ask the till to try again within the next few minutes."),
    }
)
_EVENTS: Mapping[str, tuple[Text, str]] = MappingProxyType(
    {
        "SIGNED_IN": (said("Signed in"), "monitor"),
        "PASSKEY_ADDED": (said("Passkey added"), "key-round"),
        "PROGRAM_ALLOWED": (said("A program was allowed"), "sliders-horizontal"),
        "SPENDING_LOCKED": (said("Spending locked"), "lock"),
        "SPENDING_UNLOCKED": (said("Lock opened"), "lock"),
        "SPENDING_CONFIRMED": (said("A purchase confirmed"), "circle-check"),
        "CARD_BLOCKED": (said("Card blocked"), "credit-card"),
        "CARD_REPLACED": (said("Card replaced"), "credit-card"),
        "PAYMENT_CARD_LINKED": (said("Payment card linked"), "credit-card"),
        "PAYMENT_CARD_UNLINKED": (said("Payment card unlinked"), "credit-card"),
        "STATUS_CHANGED": (said("Membership changed by our service"), "info"),
    }
)


class SecurityPage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.security), methods=["GET"]),
            *(
                Route(f"{PATH}/{what}", members(self.change), methods=["POST"], name=what)
                for what in _DONE
            ),
        ]

    async def security(self, request: Request, visitor: Visitor) -> Response:
        return await _shown(request, visitor)

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Lock, open the lock, or confirm what a till was refused."""
        what = request.url.path.rpartition("/")[2]
        form = await fields(request)
        wanted = {"idempotencyKey": key_of(form)}
        answer = (await visitor.ask(f"{what}_spending", input=wanted))[f"{what}Spending"]
        if answer["userErrors"]:
            return await _shown(request, visitor, answer["userErrors"][0]["code"])
        return RedirectResponse(f"{PATH}?done={what}", 303, headers=_NO_STORE)


async def _shown(request: Request, visitor: Visitor, refused: str = "") -> Response:
    data = await visitor.ask("security")
    member, done = data["viewer"]["member"], request.query_params.get("done", "")
    return page(
        request,
        Page("security.html", said("Security"), 422 if refused else 200, tab="more",
             scripts=(APP,)),
        is_locked=is_locked(member),
        # What the operator has locked a member cannot open.
        may_open=bool(member["spendingLocked"]) and member["status"] != "LOCKED",
        trouble=trouble_of(refused, here=PATH) if refused else None,
        done=_DONE.get(done),
        key=new_key(),
        events=[_event(request, one) for one in member["securityEvents"]],
    )  # fmt: skip


def _event(request: Request, event: Json) -> dict[str, str | None]:
    words, sign = _EVENTS[event["kind"]]
    return {
        "words": language_of(request).say(words), "sign": sign, "at": event["at"],
        "device": None if event["agent"] is None else language_of(request).say(
            browser_of(event["agent"])
        ),
    }  # fmt: skip
