"""What a brand does about a claim: send it, end it, take or repay the money that belongs to it."""

from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.claims import Where, claims_at
from coalition.catalogue.refusals import refusal_of
from coalition.catalogue.rules import ClaimState, MoneyState, check_money_step, check_step
from coalition.kit.database import Sight
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.partners import Office, Terms
from coalition.partners.office import Rows


async def advance_claim(
    office: Office,
    *,
    actor: Actor,
    claim: Where | None,
    to: ClaimState | MoneyState,
    note: str | None,
    now: datetime,
) -> bool:
    """`claim` None: an id that names none. `note`: for the member, such as where a parcel is.
    Whether it was there already: then nothing changes, and saying it again does no harm.

    Raises `ClaimNotFound`, `ClaimStepNotPossible`, `TextNotAllowed`, `PartnerSuspended`.
    """
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    said = None if note is None else clean(note, ("note",))
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        del terms
        nonlocal refusal
        refusal = None
        async with office.database.reading(Sight(partner_id=partner_id)) as connection:
            found = (await claims_at(connection, [claim])).get(claim) if claim else None
        if found is None:
            raise refusal_of("CLAIM_NOT_FOUND")
        state, money_state = found.state, found.money_state
        try:
            if isinstance(to, MoneyState):
                check_money_step(money_state, to)
                money_state = to
            else:
                check_step(found.kind, state, to)
                state = to
        except Refusal as one:
            refusal = one
        return await office.database.call(
            "advance_claim", partner_id, found.member_id, found.seq,
            refusal.code if refusal else None, found.state.value, state.value,
            found.money_state and found.money_state.value, money_state and money_state.value, said,
            now, *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"ADVANCED", "THERE_ALREADY"}:
        return outcome == "THERE_ALREADY"
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome)
