"""Put a reward into the catalogue, or its next version."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.refusals import refusal_of
from coalition.catalogue.rules import RewardTerms, Texts, check_cost, cost_of, wrongs_of
from coalition.catalogue.texts import checked_texts
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.partners import Office, Partner, Programme, agreement_then

# Characters of its single texts.
LONGEST: Mapping[str, int] = MappingProxyType({"code": 60, "category": 60, "charity": 200})


@dataclass(frozen=True, slots=True)
class Put:
    reward_id: int
    replayed: bool


async def put_reward(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    terms: RewardTerms,
    texts: Sequence[tuple[str, Texts]],
    now: datetime,
) -> Put:
    """The reward from now on. `texts` by language, the first one for who has none of the others.

    Raises `RewardNotValid`, `RewardKindFixed`, `RewardCostNotAgreed`, `RewardImageNotFound`,
    `PrizeDrawBegun`, `AmountNotPositive`, `TextNotAllowed`, `NoAgreementOnDate`,
    `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    said = said_in(terms, texts)
    in_force = await office.terms()
    partner = in_force.partner(partner_id)
    for refusal in broken_by(said, in_force.programme, partner, now):
        raise refusal
    (row,) = await office.database.call(
        "put_reward", partner_id, claim_of(partner_id, "putReward", idempotency_key),
        fingerprint(said), said.code, said.kind.value, _texts_in_order(said), said.category,
        said.image_hash, said.points, said.money, partner.currency, said.stock, said.per_member,
        said.from_at, said.until_at, said.tier, said.place.value, said.face_value,
        said.cost_basis.value, said.cost, said.cancel_hours, said.valid_days, said.winners,
        said.charity, secrets.token_bytes(32), now, *actor.trace,
    )  # fmt: skip
    if row["outcome"] not in {"PUT", "REPLAYED"}:
        raise refusal_of(row["outcome"], idempotency_key=idempotency_key)
    return Put(row["reward_id"], replayed=row["outcome"] == "REPLAYED")


def said_in(terms: RewardTerms, texts: Sequence[tuple[str, Texts]]) -> RewardTerms:
    """With every text as it is kept. Raises `RewardNotValid`, `TextNotAllowed`."""
    return replace(
        terms,
        code=_cleaned(terms.code, "code"),
        texts=checked_texts(texts),
        category=terms.category and _cleaned(terms.category, "category"),
        charity=terms.charity and _cleaned(terms.charity, "charity"),
    )


def _cleaned(text: str, name: str) -> str:
    return clean(text, (name,), longest=LONGEST[name])


def broken_by(
    said: RewardTerms, programme: Programme, partner: Partner, now: datetime
) -> Iterator[Refusal]:
    """All that a reward of the partner may not be put for, as far as it is known here."""
    yield from wrongs_of(said, [tier.code for tier in programme.tiers])
    try:
        agreement = agreement_then(programme, partner, now, now=now, field="code")
        check_cost(
            said.points,
            cost_of(said),
            most=cost_limit(partner, agreement.redeem_price),
            currency=partner.currency,
        )
    except Refusal as refusal:
        yield refusal


def cost_limit(partner: Partner, redeem_price: Decimal) -> Decimal:
    """What a reward of the partner may cost the pool per point."""
    agreed = partner.contract.reward_cost_limit
    return redeem_price if agreed is None else agreed


def _texts_in_order(terms: RewardTerms) -> str:
    """As they are kept. A list: the database forgets in which order an object's names came."""
    return json.dumps([[locale, asdict(said)] for locale, said in terms.texts.items()])


def _texts_as_json(terms: RewardTerms) -> str:
    return json.dumps({locale: asdict(said) for locale, said in terms.texts.items()})


def fingerprint(said: RewardTerms) -> UUID:
    """Of all that a reward says: two that say the same have the same."""
    instants = [at and at.astimezone(UTC).isoformat() for at in (said.from_at, said.until_at)]
    return hash_of_request(
        said.code, said.kind, _texts_as_json(said), said.category,
        said.image_hash and said.image_hash.hex(), said.points, said.money, said.stock,
        said.per_member, instants, said.tier, said.place, said.face_value, said.cost_basis,
        said.cost, said.cancel_hours, said.valid_days, said.winners, said.charity,
    )  # fmt: skip
