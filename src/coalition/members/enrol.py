"""Enrol a member, or link a partner to the member whose card it has before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from coalition.access import Actor, Scope, require
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members.errors import IdentifierNotValid, IdentifierTaken, refusal_about
from coalition.members.ref import Identifier, IdentifierKind
from coalition.partners import Office, PartnerSuspended

MOST_IDENTIFIERS = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    identifiers: Sequence[Identifier]
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    member_id: int
    replayed: bool


async def enrol_member(
    office: Office, *, actor: Actor, idempotency_key: str, enrolment: Enrolment
) -> Enrolled:
    """The member; the same one again for identifiers that already name it.

    Raises `IdempotencyKeyReused`, `PartnerSuspended`, `IdentifierNotValid`, `IdentifierBlocked`,
    `MemberClosed`, `IdentifierTaken`.
    """
    require(actor, Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)
    owner = actor.partner_id if actor.partner_id is not None else "operator"
    claim = claim_of(owner, "enrolMember", idempotency_key)
    refusal = _refusal_of(actor, enrolment)
    names = {
        name: clean(value, (name,), longest=100) if value is not None else None
        for name, value in (
            ("givenName", enrolment.given_name),
            ("familyName", enrolment.family_name),
            ("locale", enrolment.locale),
            ("timeZone", enrolment.time_zone),
        )
    }
    kinds = [one.kind.value for one in enrolment.identifiers]
    values = [one.value for one in enrolment.identifiers]
    (row,) = await office.database.call(
        "enrol_member",
        actor.partner_id,
        claim,
        hash_of_request(sorted(zip(kinds, values, strict=True)), *names.values()),
        refusal.code if refusal else None,
        kinds,
        values,
        *names.values(),
        *actor.trace,
    )
    outcome: str = row["outcome"]
    if outcome in {"ENROLLED", "REPLAYED"}:
        return Enrolled(row["member_id"], replayed=outcome == "REPLAYED")
    if refusal and outcome == refusal.code:
        raise refusal
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        raise reused(idempotency_key)
    if outcome == PartnerSuspended.code:
        raise PartnerSuspended("The partner is suspended or has left: it enrols nobody.")
    field = ("identifiers", str(row["taken"]))
    if outcome == IdentifierTaken.code:
        raise IdentifierTaken("This identifier belongs to another member.", field=field)
    raise refusal_about(outcome, field) or RuntimeError(f"enrol_member answered {outcome}")


def _refusal_of(actor: Actor, enrolment: Enrolment) -> Refusal | None:
    identifiers = enrolment.identifiers
    field = ("identifiers",)
    if not 1 <= len(identifiers) <= MOST_IDENTIFIERS:
        return IdentifierNotValid(
            f"A member is enrolled under 1 to {MOST_IDENTIFIERS} identifiers.", field=field
        )
    if len(set(identifiers)) != len(identifiers):
        return IdentifierNotValid("The same identifier is given twice.", field=field)
    if actor.partner_id is None and any(one.kind is IdentifierKind.EXTERNAL for one in identifiers):
        return IdentifierNotValid("An external id is a partner's own; use its token.", field=field)
    return None
