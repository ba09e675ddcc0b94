"""M18: what a member is mailed, when it is not to be disturbed, and what it lets whom do."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, LANGUAGES, Page, Text, fields, language_of, page, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard

PATH = "/app/notifications"
_NO_STORE = {"Cache-Control": "no-store"}
_LONGEST = 64
_VERSION = re.compile(r"[1-9]\d{0,8}", re.ASCII)
# Each of these is in a form of its own: mails of the programme go with the kinds that need it.
_OF_MAILS = ("PROGRAMME_MAILS",)
_OF_OFFERS = ("MARKETING", "PROFILING")
KINDS: Mapping[str, tuple[Text, Text]] = MappingProxyType(
    {
        "SECURITY": (
            said("Security"),
            said("New devices, changed passwords and addresses, the lock. Always sent, so that you"
                 " notice when somebody else uses your account."),
        ),
        "SPENDING": (
            said("Each use of your points"),
            said("Always sent, so that nobody spends your points unseen."),
        ),
        "EXPIRING_POINTS": (
            said("Points that end soon"),
            said("60, 30 and 7 days before their last day."),
        ),
        "MONTHLY_STATEMENT": (
            said("Your month"),
            said("What you earned and spent, once a month."),
        ),
    }
)  # fmt: skip
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "mails": said("Saved. It holds from now on."),
        "quiet": said("Your quiet hours are saved."),
        "offers": said("Saved. It holds from now on."),
    }
)
_CHANGED = said("A text has changed meanwhile. Read it again, please.")
_HOURS = said("Write two different times like 22:00 and 07:30, or none.")


class NotificationPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.notifications), methods=["GET"]),
            Route(f"{PATH}/mails", members(self.set_mails), methods=["POST"]),
            Route(f"{PATH}/quiet", members(self.set_quiet_hours), methods=["POST"]),
            Route(f"{PATH}/offers", members(self.set_offers), methods=["POST"]),
        ]

    async def notifications(self, request: Request, visitor: Visitor) -> Response:
        return await _shown(request, visitor)

    async def set_mails(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        channels = {
            name: "EMAIL" if form.get(kind) == "on" else "NONE"
            for name, kind in (("expiring", "EXPIRING_POINTS"), ("monthly", "MONTHLY_STATEMENT"))
        }
        await visitor.ask("set_mails", **channels)
        if not await _decide(request, visitor, form, _OF_MAILS):
            return await _shown(request, visitor, mistakes={"mails": _CHANGED})
        return _saved("mails")

    async def set_quiet_hours(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        wanted = {name: form.get(name, "").strip() or None for name in ("from", "until")}
        answer = (await visitor.ask("set_quiet_hours", input=wanted))["setQuietHours"]
        if answer["userErrors"]:
            return await _shown(request, visitor, form=form, mistakes={"until": _HOURS})
        return _saved("quiet")

    async def set_offers(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        if not await _decide(request, visitor, form, _OF_OFFERS):
            return await _shown(request, visitor, mistakes={"offers": _CHANGED})
        return _saved("offers")


async def _decide(
    request: Request, visitor: Visitor, form: Mapping[str, str], purposes: Sequence[str]
) -> bool:
    """Say what differs from what was shown. A box that was left as it stood says nothing: consent
    to words of before is none to those of today. False: a text is not the newest any more.
    """
    for purpose in purposes:
        was, is_ = form.get(f"was-{purpose}") == "on", form.get(purpose) == "on"
        version, locale = form.get(f"version-{purpose}", ""), form.get("locale", "")
        if was == is_ or not _VERSION.fullmatch(version):
            continue
        wanted = {
            "purpose": purpose,
            "partner": form.get("partner", "")[:_LONGEST] or None,
            "version": int(version),
            "locale": locale if locale in LANGUAGES else language_of(request).code,
        }
        verb = "give" if is_ else "withdraw"
        answer = (await visitor.ask(f"{verb}_consent", input=wanted))[f"{verb}Consent"]
        if answer["userErrors"]:
            return False
    return True


def _saved(what: str) -> Response:
    return RedirectResponse(f"{PATH}?done={what}#{what}", 303, headers=_NO_STORE)


async def _shown(
    request: Request,
    visitor: Visitor,
    *,
    form: Mapping[str, str] = MappingProxyType({}),
    mistakes: Mapping[str, Text] = MappingProxyType({}),
) -> Response:
    """`mistakes`: by the part of the page, or the field, that they are about."""
    data = await visitor.ask("notifications", locale=language_of(request).code)
    found, choices = data["notifications"], data["consentChoices"]
    done = "" if mistakes else request.query_params.get("done", "")
    return page(
        request,
        Page("notifications.html", said("Notifications"), 422 if mistakes else 200, tab="more",
             scripts=(APP,)),
        kinds=[
            one | {"title": KINDS[one["kind"]][0], "words": KINDS[one["kind"]][1]}
            for one in found["kinds"]
            if one["kind"] in KINDS
        ],
        mails=[one for one in choices if one["purpose"] in _OF_MAILS],
        askers=_askers([one for one in choices if one["purpose"] in _OF_OFFERS]),
        asked_of=form.get("partner", ""),
        quiet_from=form.get("from", found["quietFrom"] or "")[:_LONGEST],
        quiet_until=form.get("until", found["quietUntil"] or "")[:_LONGEST],
        own_zone=data["viewer"]["member"]["profile"]["timeZone"],
        mistakes=mistakes,
        done=_DONE.get(done),
    )  # fmt: skip


def _askers(choices: Sequence[Json]) -> list[Json]:
    """Who asks for what: the programme first, then each brand."""
    by_code: dict[str, Json] = {}
    for one in choices:
        brand = one["partner"] or {"code": "", "name": ""}
        asker = by_code.setdefault(brand["code"], brand | {"choices": []})
        asker["choices"].append(one)
    return [one | {"given": sum(of["given"] for of in one["choices"])} for one in by_code.values()]
