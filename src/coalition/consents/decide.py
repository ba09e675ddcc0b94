"""Give consent, or take it back. A decision is a row behind the one before it; the last one counts,
from the moment that it is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, ActorKind, Scope, require
from coalition.consents.errors import ConsentNotAsked, ConsentTextNotCurrent
from coalition.consents.purposes import Channel, Purpose
from coalition.consents.texts import ConsentText, Texts, texts_of
from coalition.kit.database import NOTHING
from coalition.members import MemberNotFound, refusal_about
from coalition.partners import Office, Partner, PartnerStatus, Terms


@dataclass(frozen=True, slots=True)
class Choice:
    """`partner`: the code of the brand that asks; None: the programme. `version`: of the text that
    was shown, in `locale`; None, when consent is taken back: whichever it was.
    """

    purpose: Purpose
    partner: str | None = None
    version: int | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """`changed`: false when it had been decided so before."""

    member_id: int
    changed: bool


async def give_consent(
    office: Office, *, actor: Actor, choice: Choice, now: datetime, member_id: int | None = None
) -> Decided:
    """The member itself, or the operator for the member that told it so.

    Raises `ConsentNotAsked`, `ConsentTextNotCurrent`, `MemberNotFound`, `MemberClosed`.
    """
    whose, channel = _whose(actor, member_id)
    return await _decide(office, actor, whose, channel, choice, given=True, now=now)


async def withdraw_consent(
    office: Office, *, actor: Actor, choice: Choice, now: datetime, member_id: int | None = None
) -> Decided:
    """As easy as giving it (GDPR, article 7(3)). Raises `ConsentNotAsked`, `MemberNotFound`."""
    whose, channel = _whose(actor, member_id)
    return await _decide(office, actor, whose, channel, choice, given=False, now=now)


async def asked_for(
    office: Office, texts: Texts, choices: Sequence[Choice], *, field: tuple[str, ...] = ()
) -> list[tuple[int | None, ConsentText]]:
    """Of consents that are to be given, the number of the brand that asks and the text.

    Raises `ConsentNotAsked`, `ConsentTextNotCurrent`.
    """
    found = []
    for choice in choices:
        partner = await _who_asks(office, choice, field)
        if partner is not None and partner.status is PartnerStatus.LEFT:
            raise _not_asked(choice, field)
        newest = texts.newest(choice.purpose)
        if choice.version != newest:
            raise ConsentTextNotCurrent(
                f"Consent is given to version {newest}, not to {choice.version}. Show the new text"
                " and ask again.",
                field=(*field, "version"),
            )
        text = texts.text(choice.purpose, choice.locale)
        found.append((None if partner is None else partner.id, text))
    return found


async def _who_asks(office: Office, choice: Choice, field: tuple[str, ...]) -> Partner | None:
    if choice.partner is None:
        return None
    terms = await office.terms()
    named = next((one for one in terms.partners if one.code == choice.partner), None)
    if named is None or not choice.purpose.is_of_brands:
        raise _not_asked(choice, field)
    return named


def all_that_is_asked(terms: Terms) -> list[tuple[Purpose, int | None]]:
    """Every purpose with who may ask for it, the programme (None) first."""
    brands = [one.id for one in terms.partners if one.status is not PartnerStatus.LEFT]
    return [
        (purpose, who)
        for purpose in Purpose
        for who in (None, *(brands if purpose.is_of_brands else ()))
    ]


def _not_asked(choice: Choice, field: tuple[str, ...]) -> ConsentNotAsked:
    return ConsentNotAsked(
        f"{choice.partner!r} does not ask for {choice.purpose}.", field=(*field, "partner")
    )


def _whose(actor: Actor, member_id: int | None) -> tuple[int, Channel]:
    if actor.kind is ActorKind.MEMBER:
        require(actor, Scope.MEMBER_MANAGE)
    else:
        require(actor, Scope.MEMBERS_SUPPORT)
    if actor.member_id is not None:
        if member_id not in {None, actor.member_id}:
            raise _nobody()
        return actor.member_id, Channel.MEMBER
    if member_id is None:
        raise _nobody()
    return member_id, Channel.SUPPORT


def _nobody() -> MemberNotFound:
    return MemberNotFound("No such member.", field=("memberId",))


async def _decide(
    office: Office,
    actor: Actor,
    member_id: int,
    channel: Channel,
    choice: Choice,
    *,
    given: bool,
    now: datetime,
) -> Decided:
    async with office.database.reading(NOTHING) as connection:
        texts = await texts_of(connection)
    if given:
        ((partner_id, text),) = await asked_for(office, texts, [choice])
    else:
        partner = await _who_asks(office, choice, ())
        partner_id = None if partner is None else partner.id
        text = texts.text(choice.purpose, choice.locale)
    (row,) = await office.database.call(
        "decide_consent", member_id, choice.purpose.value, partner_id, given, text.version,
        text.locale, text.hash, channel.value, *actor.trace, now,
    )  # fmt: skip
    outcome: str = row["outcome"]
    if outcome in {"DECIDED", "UNCHANGED"}:
        return Decided(member_id, changed=outcome == "DECIDED")
    if outcome == ConsentTextNotCurrent.code:
        raise ConsentTextNotCurrent(
            "A new text was published just now. Show it and ask again.", field=("version",)
        )
    raise refusal_about(outcome, ("memberId",)) or RuntimeError(f"decide_consent said {outcome}")
