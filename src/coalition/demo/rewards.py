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
    """`at`: the brand that has it; None: each. `worth`: the face value, whole units of the brand's
    currency; 0: none.
    """

    kind: RewardKind
    code: str
    points: int
    english: Texts
    german: str
    spanish: str
    arabic: str
    at: str | None = None
    worth: int = 0
    place: Place = Place.BOTH


_REWARDS = (
    _Said(
        RewardKind.VOUCHER, "five-off", 1000,
        Texts("5 off your next purchase", "One code, for a purchase of 20 or more.",
              "Once, within 90 days. Not with other codes."),
        "5 Rabatt beim nächsten Einkauf", "5 de descuento en la próxima compra",
        "خصم 5 على مشترياتك القادمة", worth=5,
    ),
    # What the demo's member has is enough for it.
    _Said(
        RewardKind.VOUCHER, "two-off", 300,
        Texts("2 off your next purchase", "One code, for a purchase of 10 or more.",
              "Once, within 90 days. Not with other codes."),
        "2 Rabatt beim nächsten Einkauf", "2 de descuento en la próxima compra",
        "خصم 2 على مشترياتك القادمة", worth=2,
    ),
    _Said(
        RewardKind.ITEM, "cotton-bag", 400,
        Texts("A cotton bag", "Strong, plain, and sent to you.", "While stock lasts."),
        "Eine Stofftasche", "Una bolsa de algodón", "حقيبة من القطن", "grocer", place=Place.ONLINE,
    ),
    _Said(
        RewardKind.ITEM, "coffee", 150,
        Texts("A coffee of your choice", "Any size. Show it when you order."),
        "Ein Kaffee nach Wahl", "Un café a tu elección", "قهوة من اختيارك", "bakery-cafe",
        worth=4, place=Place.STORE,
    ),
    _Said(
        RewardKind.ITEM, "first-aid-kit", 550,
        Texts("A first-aid kit", "Small enough for a handbag, and sent to you."),
        "Ein Erste-Hilfe-Set", "Un botiquín de primeros auxilios", "حقيبة إسعافات أولية",
        "pharmacy", worth=9, place=Place.ONLINE,
    ),
    _Said(
        RewardKind.ITEM, "car-wash", 800,
        Texts("A car wash", "Wash and dry, at any of our stations."),
        "Eine Autowäsche", "Un lavado de coche", "غسيل سيارة", "fuel",
        worth=12, place=Place.STORE,
    ),
    _Said(
        RewardKind.ITEM, "tulips", 450,
        Texts("A bunch of tulips", "In the colours of the week."),
        "Ein Strauß Tulpen", "Un ramo de tulipanes", "باقة توليب", "florist",
        worth=9, place=Place.STORE,
    ),
    _Said(
        RewardKind.ITEM, "tasting", 1800,
        Texts("A wine tasting for two", "Six wines with bread and cheese, on a Friday."),
        "Eine Weinprobe für zwei", "Una cata de vinos para dos", "جلسة تذوق لشخصين", "wine-spirits",
        worth=35, place=Place.STORE,
    ),
    _Said(
        RewardKind.DONATION, "food-bank", 500,
        Texts("A meal for somebody else", "The brand gives the money; you get the receipt."),
        "Eine Mahlzeit für jemand anderen", "Una comida para otra persona", "وجبة لشخص آخر",
        "grocer", worth=2,
    ),
    _Said(
        RewardKind.PRIZE_DRAW, "weekend-away", 50,
        Texts("A ticket for a weekend away", "Two tickets win. The draw can be checked.",
              "At most ten tickets each."),
        "Los: Wochenende am Meer", "Un boleto para un fin de semana", "تذكرة سحب: عطلة نهاية أسبوع",
        "fuel",
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
                if said.at in {None, brand.code}:
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
        texts=[
            ("en", said.english),
            ("de", Texts(said.german)),
            ("es", Texts(said.spanish)),
            ("ar", Texts(said.arabic)),
        ],
        now=now,
    )
    if said.kind is RewardKind.VOUCHER:
        value = said.worth
        codes = [f"{brand.code.upper()}-{value}-{number:04}" for number in range(1, _CODES + 1)]
        await load_codes(office, actor=actor, reward_id=put.reward_id, codes=codes)


def _terms(said: _Said, now: datetime) -> RewardTerms:
    terms = RewardTerms(said.code, said.kind, {}, said.points, face_value=100 * said.worth or None)
    match said.kind:
        case RewardKind.VOUCHER:
            return replace(terms, category="vouchers", cancel_hours=48, valid_days=90)
        case RewardKind.ITEM:
            return replace(terms, category="things", cancel_hours=24, stock=25, place=said.place)
        case RewardKind.DONATION:
            return replace(terms, category="giving", charity="City Food Bank")
        case _:
            until = now + timedelta(days=_DAYS_OF_A_DRAW)
            return replace(terms, category="draws", winners=2, per_member=10, until_at=until)
