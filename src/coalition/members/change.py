"""Block or replace a card, change a member's status or tier, lock its spending. Balance and lots
stay as they are.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from coalition.access import Actor, Scope, acting_member, require
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.text import clean
from coalition.members.enrol import Enrolled
from coalition.members.errors import IdentifierTaken, TierUnknown, refusal_about
from coalition.members.ref import IdentifierKind, identifier
from coalition.partners import Office


class MemberStatus(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"  # earns, does not spend
    SUSPENDED = "suspended"  # neither, for now
    CLOSED = "closed"  # neither, for good


async def block_card(
    office: Office, *, actor: Actor, idempotency_key: str, card: str, reason: str
) -> Enrolled:
    """The card earns and spends no more. Raises `MemberNotFound`, `IdentifierBlocked`."""
    require(actor, Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)
    value = identifier(IdentifierKind.CARD, card, ("card",)).value
    return await _change(office, actor, "blockCard", idempotency_key, ("BLOCK", value), reason)


async def replace_card(
    office: Office, *, actor: Actor, idempotency_key: str, card: str, new_card: str, reason: str
) -> Enrolled:
    """The new card takes the old one's place, which ends.

    Raises `MemberNotFound`, `IdentifierBlocked`, `IdentifierTaken` (the new card is somebody's).
    """
    require(actor, Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)
    old = identifier(IdentifierKind.CARD, card, ("card",)).value
    new = identifier(IdentifierKind.CARD, new_card, ("newCard",)).value
    return await _change(
        office, actor, "replaceCard", idempotency_key, ("REPLACE", old, new), reason
    )


async def change_status(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    member_id: int,
    status: MemberStatus,
    reason: str,
) -> Enrolled:
    """The operator only. A closed member stays closed. Raises `MemberNotFound`, `MemberClosed`."""
    require(actor, Scope.MEMBERS_SUPPORT)
    return await _change(
        office,
        actor,
        "changeMemberStatus",
        idempotency_key,
        ("STATUS", status.value),
        reason,
        member_id=member_id,
    )


async def set_tier(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    member_id: int,
    tier: str | None,
    reason: str,
) -> Enrolled:
    """The operator only; None: no tier. Raises `TierUnknown`, `MemberNotFound`, `MemberClosed`."""
    require(actor, Scope.MEMBERS_SUPPORT)
    known = [one.code for one in (await office.terms()).programme.tiers]
    if tier is not None and tier not in known:
        raise TierUnknown(
            f"{tier!r} is none of the programme's tiers: {', '.join(known) or 'it has none'}.",
            field=("tier",),
        )
    change = ("TIER",) if tier is None else ("TIER", tier)
    return await _change(
        office, actor, "setMemberTier", idempotency_key, change, reason, member_id=member_id
    )


async def lock_spending(
    office: Office, *, actor: Actor, idempotency_key: str, now: datetime
) -> Enrolled:
    """The member spends nothing from now on; it earns as ever."""
    return await _of_itself(office, actor, "LOCK", idempotency_key, now)


async def unlock_spending(
    office: Office, *, actor: Actor, idempotency_key: str, now: datetime
) -> Enrolled:
    """Raises `StepUpRequired` unless the member has just shown that it is it."""
    return await _of_itself(office, actor, "UNLOCK", idempotency_key, now)


async def confirm_spending(
    office: Office, *, actor: Actor, idempotency_key: str, now: datetime
) -> Enrolled:
    """For as long as a proof is fresh, patterns and limits that ask for one let the member spend.
    Raises `StepUpRequired` unless it has just shown that it is it.
    """
    return await _of_itself(office, actor, "CONFIRM", idempotency_key, now)


_OPERATIONS = {"LOCK": "lockSpending", "UNLOCK": "unlockSpending", "CONFIRM": "confirmSpending"}


async def _of_itself(
    office: Office, actor: Actor, what: str, idempotency_key: str, now: datetime
) -> Enrolled:
    # Whoever holds any token of the member may stop its spending; not so let it go on.
    scopes = (Scope.MEMBER_READ, Scope.MEMBER_REDEEM, Scope.MEMBER_MANAGE)
    needed = {"LOCK": scopes, "UNLOCK": (Scope.MEMBER_MANAGE,), "CONFIRM": (Scope.MEMBER_REDEEM,)}
    member_id = acting_member(actor, *needed[what])
    operation = _OPERATIONS[what]
    return await _change(
        office, actor, operation, idempotency_key, (what,), operation, member_id=member_id, now=now
    )


async def _change(
    office: Office,
    actor: Actor,
    operation: str,
    idempotency_key: str,
    change: tuple[str, ...],
    reason: str,
    *,
    member_id: int | None = None,
    now: datetime | None = None,
) -> Enrolled:
    owner: int | str = "operator"
    if actor.partner_id is not None:
        owner = actor.partner_id
    elif actor.member_id is not None:
        owner = f"member {actor.member_id}"
    programme = (await office.terms()).programme
    what, value, new_value = (*change, None, None)[:3]
    because = clean(reason, ("reason",))
    (row,) = await office.database.call(
        "change_member",
        actor.partner_id,
        *actor.trace,
        claim_of(owner, operation, idempotency_key),
        hash_of_request(what, value, new_value, because, member_id),
        what,
        member_id,
        value,
        new_value,
        because,
        actor.grant_id,
        now and programme.fresh_since(now),
        now and now + timedelta(minutes=programme.step_up_minutes),
        now,
    )
    outcome: str = row["outcome"]
    if outcome in {"CHANGED", "REPLAYED"}:
        return Enrolled(row["member_id"], replayed=outcome == "REPLAYED")
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        raise reused(idempotency_key)
    if outcome == IdentifierTaken.code:
        raise IdentifierTaken("The new card belongs to a member already.", field=("newCard",))
    field: tuple[str, ...] = ("card",)
    if member_id is not None:
        field = ("memberId",) if actor.member_id is None else ()
    raise refusal_about(outcome, field) or RuntimeError(f"change_member answered {outcome}")
