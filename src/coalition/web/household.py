"""M13: the household: who is in it, what each may do, and who is invited."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, Page, Text, fields, formats_of, language_of, page, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.keys import key_of, new_key
from coalition.web.moves import KINDS
from coalition.web.troubles import Trouble, trouble_in

PATH = "/app/household"
_LONGEST = 120
_NO_STORE = {"Cache-Control": "no-store"}
ROLES: Mapping[str, Text] = MappingProxyType(
    {
        "OWNER": said("Owner"),
        "SPENDER": said("Spends everybody's points"),
        "COLLECTOR": said("Spends own points"),
        "CHILD": said("Child"),
    }
)
_WHAT_ROLES_DO: Mapping[str, Text] = MappingProxyType(
    {
        "OWNER": said("Owner: invites others, and spends everybody's points"),
        "SPENDER": said("Spends everybody's points"),
        "COLLECTOR": said("Spends own points; the others spend them too"),
        "CHILD": said("Child: spends own points, and sees no figures of the others"),
    }
)
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "found": said("Your household has begun. Invite those who belong to it."),
        "invited": said("They are invited, if the number is one of a member."),
        "accepted": said("Welcome! You spend and collect together from now on."),
        "declined": said("You have declined the invitation."),
        "withdrawn": said("The invitation is taken back."),
        "left": said("You have left the household. All your points are still yours."),
        "sent": said("They are no longer in the household. Their points went with them."),
        "role": said("It is changed."),
    }
)
_DECISIONS = {"accept": "ACCEPTED", "decline": "DECLINED", "withdraw": "WITHDRAWN"}


class HouseholdPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        invitation, somebody = f"{PATH}/invitations/{{id}}", f"{PATH}/members/{{id}}"
        return [
            Route(PATH, members(self.household), methods=["GET"]),
            Route(f"{PATH}/found", members(self.found), methods=["POST"]),
            Route(f"{PATH}/invite", members(self.invite), methods=["POST"]),
            Route(f"{PATH}/leave", members(self.leaving), methods=["GET"]),
            Route(f"{PATH}/leave", members(self.leave), methods=["POST"]),
            Route(invitation, members(self.invitation), methods=["GET"]),
            Route(invitation, members(self.decide), methods=["POST"]),
            Route(somebody, members(self.somebody), methods=["GET"]),
            Route(somebody, members(self.change), methods=["POST"]),
        ]

    async def household(self, request: Request, visitor: Visitor) -> Response:
        return await _shown(request, visitor)

    async def found(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        answer = await visitor.ask("found_household", input={"idempotencyKey": key_of(form)})
        trouble = trouble_in(answer["foundHousehold"], here=PATH)
        return await _shown(request, visitor, trouble) if trouble else _done("found")

    async def invite(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        typed = {"card": form.get("card", "")[:_LONGEST], "role": form.get("role", "")}
        if typed["role"] not in ROLES:
            typed["role"] = "SPENDER"
        answer = await visitor.ask(
            "invite_to_household", input={"idempotencyKey": key_of(form), **typed}
        )
        trouble = trouble_in(answer["inviteToHousehold"], here=PATH)
        return await _shown(request, visitor, trouble, typed) if trouble else _done("invited")

    async def leaving(self, request: Request, visitor: Visitor) -> Response:
        return await _leaving(request, visitor)

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        answer = await visitor.ask("leave_household", input={"idempotencyKey": key_of(form)})
        trouble = trouble_in(answer["leaveHousehold"], here=f"{PATH}/leave")
        return await _leaving(request, visitor, trouble) if trouble else _done("left")

    async def invitation(self, request: Request, visitor: Visitor) -> Response:
        return await _invitation(request, visitor)

    async def decide(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        to = _DECISIONS.get(form.get("do", ""))
        if to is None:
            return await _invitation(request, visitor)
        wanted = {"invitationId": _id(request), "to": to}
        answer = await visitor.ask("decide_household_invitation", input=wanted)
        here = f"{PATH}/invitations/{_id(request)}"
        trouble = trouble_in(answer["decideHouseholdInvitation"], here=here)
        if trouble is None:
            return _done(to.lower())
        if trouble.way_on is not None:
            return await _invitation(request, visitor, trouble)
        return await _shown(request, visitor, trouble)

    async def somebody(self, request: Request, visitor: Visitor) -> Response:
        return await _somebody(request, visitor)

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """What one of the household may do, or that it is to go."""
        form, here = await fields(request), f"{PATH}/members/{_id(request)}"
        wanted = {"idempotencyKey": key_of(form), "householdMemberId": _id(request)}
        if form.get("do") == "remove":
            answer = (await visitor.ask("leave_household", input=wanted))["leaveHousehold"]
        else:
            role = form.get("role", "")
            wanted["role"] = role if role in ROLES else "CHILD"
            asked = await visitor.ask("change_household_role", input=wanted)
            answer = asked["changeHouseholdRole"]
        trouble = trouble_in(answer, here=here)
        if trouble is not None:
            return await _somebody(request, visitor, trouble)
        return _done("sent" if form.get("do") == "remove" else "role")


async def _shown(
    request: Request,
    visitor: Visitor,
    trouble: Trouble | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    data = await visitor.ask("household")
    speech, form, member = language_of(request), formats_of(request), data["viewer"]["member"]
    home = member["household"]
    invited = member["householdInvitations"]
    return page(
        request,
        Page("household.html", said("Household"), 422 if trouble else 200, tab="more",
             scripts=(APP,)),
        terms=data["programme"]["household"],
        home=home,
        people=[_person(request, one) for one in home["members"]] if home else [],
        latest=[
            {
                "who": _name(request, one),
                "initial": _initial(request, one),
                "words": speech.say(KINDS[one["kind"]]),
                "at": one["occurredAt"],
                "when": form.day_of(one["occurredAt"]),
                "change": form.change(one["points"]),
                "is_plus": int(one["points"]) > 0,
            }
            for one in (home["latest"] if home else [])
        ],
        to_you=[one for one in invited if one["isForYou"]],
        sent=[one for one in invited if not one["isForYou"]],
        free_from=member["householdFrom"],
        roles=[(name, speech.say(words)) for name, words in _WHAT_ROLES_DO.items()],
        role_words={name: speech.say(words) for name, words in ROLES.items()},
        typed={"card": "", "role": "SPENDER"} | dict(typed),
        trouble=trouble,
        done=_DONE.get(request.query_params.get("done", "")),
        key=new_key(),
    )  # fmt: skip


async def _leaving(request: Request, visitor: Visitor, trouble: Trouble | None = None) -> Response:
    data = await visitor.ask("household")
    if data["viewer"]["member"]["household"] is None and trouble is None:
        return _done("")
    return page(
        request,
        Page("household_leave.html", said("Leave the household"), 422 if trouble else 200,
             tab="more", scripts=(APP,)),
        terms=data["programme"]["household"], trouble=trouble, key=new_key(),
    )  # fmt: skip


async def _invitation(
    request: Request, visitor: Visitor, trouble: Trouble | None = None
) -> Response:
    data = await visitor.ask("household")
    found = next(
        (
            one
            for one in data["viewer"]["member"]["householdInvitations"]
            if one["id"] == _id(request) and one["isForYou"]
        ),
        None,
    )
    if found is None:
        return not_found(request)
    return page(
        request,
        Page("household_invitation.html", said("An invitation"), 422 if trouble else 200,
             tab="more", scripts=(APP,)),
        invitation=found,
        role=language_of(request).say(_WHAT_ROLES_DO[found["role"]]),
        terms=data["programme"]["household"],
        trouble=trouble,
    )  # fmt: skip


async def _somebody(request: Request, visitor: Visitor, trouble: Trouble | None = None) -> Response:
    data = await visitor.ask("household")
    speech, home = language_of(request), data["viewer"]["member"]["household"]
    people = home["members"] if home and home["role"] == "OWNER" else []
    found = next((one for one in people if one["id"] == _id(request)), None)
    if found is None:
        return not_found(request)
    return page(
        request,
        Page("household_member.html", Text("{name}", {"name": _name(request, found)}),
             422 if trouble else 200, tab="more", scripts=(APP,)),
        person=_person(request, found),
        roles=[(name, speech.say(words)) for name, words in _WHAT_ROLES_DO.items()],
        terms=data["programme"]["household"],
        trouble=trouble,
        key=new_key(),
    )  # fmt: skip


def _person(request: Request, one: Json) -> Json:
    words = language_of(request).say(ROLES[one["role"]])
    return one | {
        "who": _name(request, one), "initial": _initial(request, one), "role_words": words,
    }  # fmt: skip


def _initial(request: Request, one: Json) -> str:
    """Of its name, whoever looks: one's own is no "Y" beside the "M" that the others see."""
    return str(one["name"] or _name(request, one))[:1]


def _name(request: Request, one: Json) -> str:
    speech = language_of(request)
    if one["isYou"]:
        return speech.text("You")
    if one["name"]:
        return str(one["name"])
    end = one.get("cardEnd")
    return speech.text("Card ending in {end}", end=end) if end else speech.text("Somebody")


def _id(request: Request) -> str:
    found: str = request.path_params["id"][:64]
    return found


def _done(what: str) -> Response:
    address = f"{PATH}?done={what}" if what else PATH
    return RedirectResponse(address, 303, headers=_NO_STORE)
