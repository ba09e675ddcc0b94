"""M14: points given to other members and to charities."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.kit.text import in_groups
from coalition.pages import APP, Page, Text, fields, language_of, page, said
from coalition.web.api import Json, Refused
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.keys import key_of, new_key
from coalition.web.troubles import Trouble, trouble_in
from coalition.web.typed import points_in

PATH = "/app/transfer"
_LONGEST = 120
_LONGEST_NUMBER = 15
_NO_STORE = {"Cache-Control": "no-store"}
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "sent": said("Your gift is on its way. We hold the points until it is accepted."),
        "accepted": said("The points are yours. Enjoy them!"),
        "declined": said("You have declined the gift. Its points went back."),
        "cancelled": said("You have taken the gift back. Its points are yours again."),
    }
)
_DECISIONS = {"accept": "ACCEPTED", "decline": "DECLINED", "cancel": "CANCELLED"}
STATES: Mapping[str, Text] = MappingProxyType(
    {
        "PENDING": said("On its way"),
        "ACCEPTED": said("Accepted"),
        "DECLINED": said("Declined, and gone back"),
        "CANCELLED": said("Taken back"),
        "RETURNED": said("Not accepted in time, and gone back"),
    }
)


class TransferPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.transfer), methods=["GET"]),
            Route(f"{PATH}/check", members(self.again), methods=["GET"]),
            Route(f"{PATH}/check", members(self.check), methods=["POST"]),
            Route(f"{PATH}/send", members(self.again), methods=["GET"]),
            Route(f"{PATH}/send", members(self.send), methods=["POST"]),
            Route(f"{PATH}/gifts/{{id}}", members(self.decide), methods=["POST"]),
        ]

    async def transfer(self, request: Request, visitor: Visitor) -> Response:
        try:
            return await _shown(request, visitor)
        except Refused as refused:
            if refused.code != "BAD_USER_INPUT":
                raise
            return not_found(request)  # a cursor of another list

    async def again(self, request: Request, visitor: Visitor) -> Response:
        """A form's address, as somebody comes back to it."""
        del request, visitor
        return _to(PATH)

    async def check(self, request: Request, visitor: Visitor) -> Response:
        """Whom the points are for and what would become of them, before they go."""
        typed = _typed(await fields(request))
        if points_in(typed["points"]) is None:
            words = said("Write how many points, in digits.")
            return await _shown(request, visitor, Trouble("", words, field="points"), typed)
        key = new_key()
        answer = await _sent(visitor, typed, key, dry_run=True)
        trouble = trouble_in(answer, here=PATH)
        if trouble is not None:
            return await _shown(request, visitor, trouble, typed)
        data = await visitor.ask("transfers")
        return page(
            request,
            Page("transfer_check.html", said("Is this right?"), tab="more", scripts=(APP,)),
            left=int(data["viewer"]["member"]["mayGive"]) - int(typed["points"]),
            gift=answer["transfer"],
            card=in_groups(typed["card"].replace(" ", "")),
            typed=typed,
            key=key,
        )

    async def send(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        typed = _typed(form)
        if points_in(typed["points"]) is None:
            return _to(PATH)
        answer = await _sent(visitor, typed, key_of(form), dry_run=False)
        trouble = trouble_in(answer, here=PATH)
        if trouble is not None:
            return await _shown(request, visitor, trouble, typed)
        return _to(f"{PATH}?done=sent")

    async def decide(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        to = _DECISIONS.get(form.get("do", ""))
        if to is None:
            return _to(PATH)
        wanted = {"transferId": request.path_params["id"][:64], "to": to}
        answer = (await visitor.ask("decide_transfer", input=wanted))["decideTransfer"]
        trouble = trouble_in(answer, here=PATH)
        return (
            await _shown(request, visitor, trouble) if trouble else _to(f"{PATH}?done={to.lower()}")
        )


async def _shown(
    request: Request,
    visitor: Visitor,
    trouble: Trouble | None = None,
    typed: Mapping[str, str] = MappingProxyType({"card": "", "points": ""}),
) -> Response:
    speech, after = language_of(request), request.query_params.get("after", "")[:_LONGEST]
    data = await visitor.ask("transfers", **({"after": after} if after else {}))
    offered = await visitor.ask("donations", locale=speech.code)
    gifts = data["viewer"]["member"]["transfers"]
    waiting = [one for one in gifts["nodes"] if one["state"] == "PENDING"]
    return page(
        request,
        Page("transfer.html", said("Give points"), 422 if trouble else 200, tab="more",
             scripts=(APP,)),
        terms=data["programme"]["gifts"],
        may_give=data["viewer"]["member"]["mayGive"],
        to_you=[one for one in waiting if not one["isGiver"]],
        from_you=[one for one in waiting if one["isGiver"]],
        past=[one for one in gifts["nodes"] if one["state"] != "PENDING"],
        newest=PATH if after else None,
        older=f"{PATH}?after={gifts['pageInfo']['endCursor']}"
        if gifts["pageInfo"]["hasNextPage"] else None,
        states={name: speech.say(words) for name, words in STATES.items()},
        donations=offered["rewards"]["nodes"],
        typed=typed,
        trouble=trouble,
        done=_DONE.get(request.query_params.get("done", "")),
    )  # fmt: skip


async def _sent(visitor: Visitor, typed: Mapping[str, str], key: str, *, dry_run: bool) -> Json:
    wanted = {"idempotencyKey": key, **typed, "points": points_in(typed["points"])}
    answer: Json = (await visitor.ask("send_points", input=wanted, dryRun=dry_run))["sendPoints"]
    return answer


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {
        "card": form.get("card", "").strip()[:_LONGEST],
        "points": form.get("points", "").strip()[:_LONGEST_NUMBER],
    }


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, headers=_NO_STORE)
