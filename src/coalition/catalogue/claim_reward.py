"""Claim a reward: points are spent at its brand, and the member has what they buy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.access import Actor, Scope, acting_member
from coalition.catalogue.claims import Where
from coalition.catalogue.errors import RewardChanged, RewardNotAvailable
from coalition.catalogue.put_reward import cost_limit
from coalition.catalogue.queries import RewardRecord, reward_numbered
from coalition.catalogue.refusals import refusal_of
from coalition.catalogue.rules import MACHINES, cancel_until, check_cost, cost_of
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.database import Sight
from coalition.kit.errors import Refusal
from coalition.partners import Agreement, Office, Terms, agreement_then
from coalition.partners.office import Rows
from coalition.redemption import RedemptionEnded


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """`reward_id` 0: an id that names none. `points`: what the member was shown; None: whatever
    it costs.
    """

    idempotency_key: str
    reward_id: int
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """Where the claim stands in the member's ledger."""

    place: Where
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    agreement: Agreement
    cost: int | None


async def claim_reward(
    office: Office, *, actor: Actor, request: ClaimRequest, now: datetime
) -> Claimed:
    """The claim, once per key. Raises `RewardNotFound`, `RewardNotAvailable`, `RewardChanged`,
    `OutOfStock`, `RewardLimitReached`, `TierTooLow`, `NotEnoughPoints`, `SpendLocked`,
    `StepUpRequired`, `VelocityLimit`, `MemberClosed`, `MemberSuspended`, `PartnerSuspended`,
    `RedemptionEnded`, `IdempotencyKeyReused`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    claim = claim_of(f"member {member_id}", "claimReward", request.idempotency_key)
    fingerprint = hash_of_request(request.reward_id, request.points)
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        refusal = judged = None
        async with office.database.reading(Sight(member_id=member_id)) as connection:
            reward = await reward_numbered(connection, request.reward_id)
        if reward is None:
            raise refusal_of("REWARD_NOT_FOUND")
        try:
            judged = _judged(terms, reward, request, now)
            await office.open_periods([now])
        except Refusal as found:
            refusal = found
        said = reward.terms
        valid = said.valid_days and now + timedelta(days=said.valid_days)
        return await office.database.call(
            "claim_reward", terms.programme.version, claim, fingerprint, member_id, reward.id,
            reward.version, refusal.code if refusal else None, _tiers_from(terms, said.tier),
            judged.agreement.id if judged else None, said.points, judged.cost if judged else None,
            f"reward {said.code}", MACHINES[said.kind].begins.value,
            cancel_until(said.kind, said.cancel_hours, now), valid, actor.grant_id,
            terms.programme.fresh_since(now), now, terms.programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"CLAIMED", "REPLAYED"}:
        return Claimed((member_id, row["seq"]), replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=request.idempotency_key)


def _judged(terms: Terms, reward: RewardRecord, request: ClaimRequest, now: datetime) -> _Judged:
    """What the terms let be claimed. Raises what refuses it."""
    partner, said = terms.partner(reward.partner_id), reward.terms
    agreement = agreement_then(terms.programme, partner, now, now=now, field="rewardId")
    if partner.redeem_until and partner.day_of(now) > partner.redeem_until:
        raise RedemptionEnded(
            f"{partner.code} takes no points since {partner.redeem_until}.", field=("rewardId",)
        )
    if not reward.is_open(now):
        begins = said.from_at is not None and said.from_at > now
        when = f"It can be claimed from {said.from_at} on." if begins else "It is over."
        raise RewardNotAvailable(when, field=("rewardId",))
    if request.points is not None and request.points != said.points:
        raise RewardChanged(
            f"It costs {said.points} points now, not {request.points}. Look at it once more.",
            field=("points",),
        )
    cost = cost_of(said)
    check_cost(
        said.points,
        cost,
        most=cost_limit(partner, agreement.redeem_price),
        currency=partner.currency,
    )
    return _Judged(agreement, cost)


def _tiers_from(terms: Terms, lowest: str | None) -> list[str]:
    """A tier and those above it."""
    codes = [tier.code for tier in terms.programme.tiers]
    return codes[codes.index(lowest) :] if lowest in codes else []
