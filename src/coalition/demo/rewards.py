"""A catalogue to look at: some rewards of each of the demo's brands, put as the brands would."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from coalition.access import Actor, ActorKind, Scope
from coalition.catalogue import Place, RewardKind, RewardTerms, Texts, load_codes, put_reward
from coalition.kit.database import Addresses, Database
from coalition.partners import Office, Partner, PartnerStatus

_CODES = 50
_DAYS_OF_A_DRAW = 90


@dataclass(frozen=True, slots=True)
class _Said:
    """`euros`: of the face value, whole units of the brand's currency; 0: none."""

    kind: RewardKind
    code: str
    points: int
    english: Texts
    german: str
    spanish: str
    euros: int = 0


_REWARDS = (
    _Said(
        RewardKind.VOUCHER, "five-off", 1000,
        Texts("5 off your next purchase", "One code, for a purchase of 20 or more.",
              "Once, within 90 days. Not with other codes."),
        "5 Rabatt beim nächsten Einkauf", "5 de descuento en la próxima compra", 5,
    ),
    _Said(
        RewardKind.ITEM, "cotton-bag", 400,
        Texts("A cotton bag", "Strong, plain, and sent to you.", "While stock lasts."),
        "Eine Stofftasche", "Una bolsa de algodón",
    ),
    _Said(
        RewardKind.DONATION, "food-bank", 500,
        Texts("A meal for somebody else", "The brand gives the money; you get the receipt."),
        "Eine Mahlzeit für jemand anderen", "Una comida para otra persona", 2,
    ),
    _Said(
        RewardKind.PRIZE_DRAW, "weekend-away", 50,
        Texts("A ticket for a weekend away", "Two tickets win. The draw can be checked.",
              "At most ten tickets each."),
        "Los: Wochenende am Meer", "Un boleto para un fin de semana",
    ),
)  # fmt: skip


async def make_rewards(addresses: Addresses) -> int:
    """How many there are. Brands that have left have none."""
    database = Database(addresses, connections=2)
    office, now, made = Office(database), datetime.now(UTC), 0
    try:
        for brand in (await office.terms()).partners:
            if brand.status is not PartnerStatus.ACTIVE or brand.agreement_on(now) is None:
                continue
            for said in _REWARDS:
                await _put(office, brand, said, now)
                made += 1
    finally:
        await database.close()
    return made


async def _put(office: Office, brand: Partner, said: _Said, now: datetime) -> None:
    actor = Actor(
        ActorKind.PARTNER, brand.code, frozenset({Scope.CATALOGUE_WRITE}), partner_id=brand.id
    )
    put = await put_reward(
        office,
        actor=actor,
        idempotency_key=f"demo-{said.code}",
        terms=_terms(said, now),
        texts=[("en", said.english), ("de", Texts(said.german)), ("es", Texts(said.spanish))],
        now=now,
    )
    if said.kind is RewardKind.VOUCHER:
        codes = [f"{brand.code.upper()}-{number:04}" for number in range(1, _CODES + 1)]
        await load_codes(office, actor=actor, reward_id=put.reward_id, codes=codes)


def _terms(said: _Said, now: datetime) -> RewardTerms:
    terms = RewardTerms(said.code, said.kind, {}, said.points, face_value=100 * said.euros or None)
    match said.kind:
        case RewardKind.VOUCHER:
            return replace(terms, category="vouchers", cancel_hours=48, valid_days=90)
        case RewardKind.ITEM:
            return replace(terms, category="things", cancel_hours=24, stock=25, place=Place.ONLINE)
        case RewardKind.DONATION:
            return replace(terms, category="giving", charity="City Food Bank")
        case _:
            until = now + timedelta(days=_DAYS_OF_A_DRAW)
            return replace(terms, category="draws", winners=2, per_member=10, until_at=until)
