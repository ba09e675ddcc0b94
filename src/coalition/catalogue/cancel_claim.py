"""Give a claim up: the points go back into their lots."""

from datetime import datetime

from coalition.access import Actor, ActorKind, Scope, acting_member, acting_partner
from coalition.catalogue.claims import Where, claims_at
from coalition.catalogue.refusals import refusal_of
from coalition.catalogue.rules import MACHINES, check_cancel
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.database import Sight
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.partners import Office, Terms
from coalition.partners.office import Rows


async def cancel_claim(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    claim: Where | None,
    reason: str,
    now: datetime,
) -> bool:
    """By the member, in its time, unless whoever it gave the code to has seen it; or by the brand,
    which cannot deliver. `claim` None: an id that names none. Whether this key had been answered
    before.

    Raises `ClaimNotFound`, `ClaimNotCancellable`, `TextNotAllowed`, `PartnerSuspended`,
    `IdempotencyKeyReused`.
    """
    by_member = actor.kind is ActorKind.MEMBER
    if by_member:
        member_id = acting_member(actor, Scope.MEMBER_REDEEM)
        sight, owner = Sight(member_id=member_id), f"member {member_id}"
    else:
        partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
        sight, owner = Sight(partner_id=partner_id), str(partner_id)
    because = clean(reason, ("reason",))
    key = claim_of(owner, "cancelClaim", idempotency_key)
    fingerprint = hash_of_request(claim and list(claim), because)
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        refusal = None
        async with office.database.reading(sight) as connection:
            found = (await claims_at(connection, [claim])).get(claim) if claim else None
        if found is None:
            raise refusal_of("CLAIM_NOT_FOUND")
        try:
            check_cancel(
                found.kind, found.state_at(now), found.cancel_until, by_member=by_member, now=now
            )
            await office.open_periods([now])
        except Refusal as one:
            refusal = one
        return await office.database.call(
            "cancel_claim", terms.programme.version, key, fingerprint,
            refusal.code if refusal else None, found.member_id, found.seq, found.state.value,
            MACHINES[found.kind].returns, found.is_given if by_member else None, because,
            terms.programme.refund_grace_days, now, terms.programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"CANCELLED", "REPLAYED"}:
        return outcome == "REPLAYED"
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=idempotency_key)
