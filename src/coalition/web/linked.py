"""M17: cards, payment cards, brands that know the member, and programs that it lets act for it. A
program is taken leave of at once, and so is a payment card.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.access import Scope
from coalition.access.plain_words import in_plain_words
from coalition.kit.text import in_groups
from coalition.pages import APP, Page, Text, fields, language_of, page, program_name, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.noted import noted_under

PATH = "/app/linked"
END = f"{PATH}/end"
UNLINK = f"{PATH}/payment-card/end"
_NO_STORE = {"Cache-Control": "no-store"}
_LONGEST = 100
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "ended": said("This program may do nothing for you any more."),
        "card": said("The card is yours now, with its points."),
        "unlinked": said("Paying with this card brings no points any more."),
    }
)
_MISTAKES: Mapping[str, tuple[str, Text]] = MappingProxyType(
    {
        "CARD_CODE_NOT_GOOD": (
            "card",
            said("This card and this code do not belong together, or the code has ended."),
        ),
        "CARD_IN_USE": ("card", said("This card cannot be taken over here. Ask for help.")),
        "TEXT_NOT_ALLOWED": ("card", said("Write the number as it stands on the card.")),
        "IDENTIFIER_NOT_VALID": ("card", said("Write the number as it stands on the card.")),
    }
)
_OTHERWISE = ("", said("This cannot be done just now."))


class LinkedPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.linked), methods=["GET"]),
            Route(f"{PATH}/card", members(self.take_card), methods=["POST"]),
            Route(UNLINK, members(self.unlink), methods=["POST"]),
            Route(END, members(self.ask_to_end), methods=["GET"]),
            Route(END, members(self.end), methods=["POST"]),
        ]

    async def linked(self, request: Request, visitor: Visitor) -> Response:
        return await _shown(request, visitor)

    async def take_card(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        wanted = {name: form.get(name, "").strip() for name in ("card", "code")}
        answer = (await visitor.ask("claim_card", input=wanted))["claimCard"]
        for error in answer["userErrors"]:
            field, words = _MISTAKES.get(error["code"], _OTHERWISE)
            return await _shown(request, visitor, typed=wanted, mistakes={field: words})
        return RedirectResponse(f"{PATH}?done=card", 303, headers=_NO_STORE)

    async def unlink(self, request: Request, visitor: Visitor) -> Response:
        named = (await fields(request)).get("card", "")
        await visitor.ask("unlink_payment_card", input={"paymentCardId": named})
        return RedirectResponse(f"{PATH}?done=unlinked", 303, headers=_NO_STORE)

    async def ask_to_end(self, request: Request, visitor: Visitor) -> Response:
        named = request.query_params.get("program", "")
        data = await visitor.ask("linked")
        found = next((one for one in data["allowedPrograms"] if one["clientId"] == named), None)
        if found is None:
            return not_found(request)
        return page(
            request,
            Page("linked_end.html", said("End this permission?"), tab="more", scripts=(APP,)),
            program=_program(request, found),
        )

    async def end(self, request: Request, visitor: Visitor) -> Response:
        named = (await fields(request)).get("program", "")
        await visitor.ask("end_permission", input={"clientId": named})
        return RedirectResponse(f"{PATH}?done=ended", 303, headers=_NO_STORE)


async def _shown(
    request: Request,
    visitor: Visitor,
    *,
    typed: Mapping[str, str] = MappingProxyType({}),
    mistakes: Mapping[str, Text] = MappingProxyType({}),
) -> Response:
    data = await visitor.ask("linked")
    return page(
        request,
        Page("linked.html", said("Linked brands and programs"), 422 if mistakes else 200,
             tab="more", scripts=(APP,)),
        cards=[in_groups(number) for number in data["viewer"]["member"]["profile"]["cards"]],
        payment_cards=data["paymentCards"],
        brands=[one | {"noted": noted_under(one)} for one in data["myData"]["sharing"]],
        programs=[_program(request, one) for one in data["allowedPrograms"]],
        typed={name: value[:_LONGEST] for name, value in typed.items()},
        mistakes=mistakes,
        done=None if mistakes else _DONE.get(request.query_params.get("done", "")),
    )  # fmt: skip


def _program(request: Request, found: Json) -> Json:
    return found | {
        "name": language_of(request).say(program_name(found["clientId"], found["name"])),
        "words": in_plain_words({Scope(one) for one in found["scopes"]}),
    }
