"""The terms in force: plain values, read once and asked often. Pure.

Prices are money per point, `points_per_unit` is points per one unit (euro, not cent) of the
partner's currency. An agreement holds from `valid_from` until its own end or the partner's next
one. Shares lie between 0 and 1.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from coalition.kit.amounts import Money, priced
from coalition.kit.text import nearest_languages
from coalition.ledger.calendar import SettlementCalendar, ZonedCalendar
from coalition.partners.colours import Theme

PER_CURRENCY = "per_currency"


class ExpiryKind(StrEnum):
    NONE = "none"
    ROLLING = "rolling"  # so many months after the purchase
    PERIOD_END = "period_end"  # the same, and then until the end of that month, quarter or year
    FIXED = "fixed"  # one date for all points


class Clawback(StrEnum):
    """How far a return may reach for points that the member no longer has from it."""

    ONLY_PENDING = "only_pending"
    WITHIN_BALANCE = "within_balance"
    UNLIMITED = "unlimited"


class ShortfallPayer(StrEnum):
    ISSUER = "issuer"
    POOL = "pool"


class PartnerStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    LEFT = "left"


class Excludable(StrEnum):
    """Parts of a purchase's amount that an agreement may leave out of what earns points."""

    TAX = "tax"
    SHIPPING = "shipping"
    PAID_WITH_POINTS = "paid_with_points"


class VatMode(StrEnum):
    """How VAT falls on what a partner is billed (issuance) and bills itself (redemption)."""

    STANDARD = "standard"  # on both, at one rate unless redemption has its own
    REVERSE_CHARGE = "reverse_charge"  # the receiver accounts for it: none is billed
    EXEMPT = "exempt"
    THIRD_PARTY_CONSIDERATION = "third_party_consideration"  # on issuance only
    MIXED = "mixed"  # each side at its own rate


class Overdraft(StrEnum):
    """What happens when a partner's prepaid points are used up."""

    REFUSE = "refuse"
    TO_LIMIT = "to_limit"  # it is billed afterwards, up to its credit limit


class Freeze(StrEnum):
    """What becomes of a disputed line while the dispute is open."""

    CARRY = "carry"  # it is paid, and corrected later
    EXCLUDE = "exclude"  # it is left out of what is paid now
    WAIT = "wait"  # its period is not final before the dispute is decided


class PaysBy(StrEnum):
    """How a partner pays what it owes in a currency of direct debits."""

    DIRECT_DEBIT = "direct_debit"
    TRANSFER = "transfer"  # its own, which is waited for


@dataclass(frozen=True, slots=True)
class ExpiryPolicy:
    kind: ExpiryKind
    months: int | None = None
    period: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class RedemptionRate:
    """The share of issued points that is expected ever to be spent, from a month on."""

    valid_from: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class StandAlone:
    """What a point is worth to who spends it and what the service around it is worth, per point
    and by themselves; `decimals`: to how many the share of the point is rounded.
    """

    point: Decimal
    service: Decimal
    decimals: int


@dataclass(frozen=True, slots=True)
class Tier:
    """A rank that members have; the programme lists them from the lowest up."""

    code: str
    name: str


@dataclass(frozen=True)
class HouseholdTerms:
    """How many may be in a household, for how long who left one waits, and how long an invitation
    is open.
    """

    members: int = 7
    cool_down_days: int = 180
    invitation_days: int = 14


@dataclass(frozen=True)
class GiftTerms:
    """How many points a member may give to another: the least and the `most` at once, in a day and
    in a year. Who does not accept them in so many `days` does not get them.
    """

    least: int = 100
    most: int = 10_000
    a_day: int = 10_000
    a_year: int = 50_000
    days: int = 7


@dataclass(frozen=True)
class Programme:
    """`netting`: per_currency, or the one currency that positions are netted in. `approvals`: how
    many people besides the one who closed must approve a period. `coverage_floor`: the least
    that the pool should hold per unit of liability. `concentration_alert`: an index (HHI) above
    it is told. `redemption_rates` in the order of their months; none: they are estimated.
    `point_names`: by language; none: `point_name` is for all of them.
    `step_up_minutes`: for so long somebody who has shown that it is it need not do so again.
    """

    version: int
    name: str
    point_name: str
    point_value: Decimal
    currency: str
    time_zone: str
    settlement_calendar: SettlementCalendar
    pending_days: int
    late_purchase_days: int
    expiry: ExpiryPolicy
    clawback: Clawback
    shortfall_payer: ShortfallPayer
    debt_limit: int
    refund_grace_days: int
    hold_seconds: int
    netting: str = PER_CURRENCY
    fx_source: str | None = None
    coverage_floor: Decimal | None = None
    concentration_alert: int = 5_000
    redemption_rates: tuple[RedemptionRate, ...] = ()
    stand_alone: StandAlone | None = None
    dispute_window_days: int = 5
    approvals: int = 1
    operator_entity_id: int | None = None
    theme: Theme = field(default_factory=Theme)
    step_up_minutes: int = 10
    household: HouseholdTerms = field(default_factory=HouseholdTerms)
    gifts: GiftTerms = field(default_factory=GiftTerms)
    tiers: tuple[Tier, ...] = ()
    point_names: Mapping[str, str] = field(default_factory=dict)

    def point_name_in(self, locale: str | None) -> str:
        """In this language, or in it without its country, or else as all others are told."""
        told = (self.point_names.get(one) for one in nearest_languages(locale))
        return next(filter(None, told), self.point_name)

    def worth(self, points: int) -> Money:
        """What so many are worth to a member."""
        return priced(points, self.point_value, self.currency)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def calendar(self) -> ZonedCalendar:
        """The calendar of partners that have none of their own."""
        return ZonedCalendar(self.settlement_calendar, self.time_zone)

    def fresh_since(self, now: datetime) -> datetime:
        """Who has shown since then that it is it need not do so again."""
        return now - timedelta(minutes=self.step_up_minutes)

    def today(self, now: datetime) -> date:
        """The programme's own date at an instant."""
        return now.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The last moment of a day in the programme's zone."""
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone)
        return midnight.astimezone(UTC) - timedelta(microseconds=1)


@dataclass(frozen=True)
class Agreement:
    """A partner's rate card. Of the issue price, `paid_at_issuance` is billed when points are
    given (1: all, 0: nothing) and the rest when they are spent; `breakage_share` of it goes back
    to the issuer for its points that ended unspent. `fee_per_point` is billed besides.
    """

    id: int
    partner_id: int
    valid_from: datetime
    points_per_unit: Decimal
    issue_price: Decimal
    redeem_price: Decimal
    minimum_redemption: int
    excludes: frozenset[Excludable] = frozenset()
    valid_until: datetime | None = None
    fee_per_point: Decimal = Decimal(0)
    breakage_share: Decimal = Decimal(0)
    paid_at_issuance: Decimal = Decimal(1)
    vat_mode: VatMode = VatMode.EXEMPT
    vat_rate: Decimal | None = None
    vat_rate_redemption: Decimal | None = None

    @cached_property
    def rate(self) -> tuple[int, int]:
        """`points_per_unit` as a fraction of whole numbers."""
        return self.points_per_unit.as_integer_ratio()


@dataclass(frozen=True, slots=True)
class Mandate:
    """A debtor's leave to collect by SEPA direct debit; `sequence` is FRST, RCUR, OOFF or FNAL."""

    id: str
    signed_on: date
    sequence: str


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Who a brand is in law, and how it is paid. `creditor_id`: the SEPA creditor identifier."""

    id: int
    code: str
    name: str
    country: str
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    vat_id: str | None = None
    iban: str | None = None
    bic: str | None = None
    creditor_id: str | None = None
    mandate: Mandate | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """Points bought beforehand; `amount` is what they cost, in minor units."""

    id: int
    code: str
    bought_on: date
    points: int
    amount: int


@dataclass(frozen=True)
class Contract:
    """What was agreed besides prices. Amounts are minor units of the partner's currency, and
    `reward_cost_limit` money per point: the most that a reward may cost the pool by its own cost.
    `missing_after_days`, `missing_until_days`: between which days after a purchase a member may say
    that it brought no points; `missing_answer_days`: within how many the partner answers.

    `credit_limit` None: no limit. `overdraft` None: nothing was prepaid. Alerts are shares of the
    limit, or of the packs, that are used.
    """

    credit_limit: int | None = None
    credit_alert: Decimal | None = None
    overdraft: Overdraft | None = None
    pack_alert: Decimal | None = None
    packs: tuple[Pack, ...] = ()
    dispute_window_days: int | None = None
    dispute_freeze: Freeze = Freeze.CARRY
    pays_by: PaysBy = PaysBy.DIRECT_DEBIT
    reward_cost_limit: Decimal | None = None
    missing_after_days: int | None = None
    missing_until_days: int | None = None
    missing_answer_days: int | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """Points that several partners give together for purchases at one brand.

    `shares` are (partner, percent), which sum to 100, in the order of the partners' numbers.
    It holds from `valid_from` until just before `valid_until`.
    """

    id: int
    code: str
    name: str
    partner_id: int
    valid_from: datetime
    valid_until: datetime
    points_per_unit: Decimal
    shares: tuple[tuple[int, Decimal], ...]

    @property
    def rate(self) -> tuple[int, int]:
        """`points_per_unit` as a fraction of whole numbers."""
        return self.points_per_unit.as_integer_ratio()


_MONTHLY_UTC = ZonedCalendar(SettlementCalendar.MONTHLY, "UTC")


@dataclass(frozen=True)
class ReconciliationTerms:
    """What was agreed about differences between a partner's file and the ledger.

    `points_tolerance`, `amount_tolerance`: so far apart, two rows are the same. Rows without a
    common reference may be up to `time_window_minutes` apart. `open_value_tolerance`: so much may
    be open when a period is closed. Money is in units of the partner's currency.
    """

    points_tolerance: int = 0
    amount_tolerance: Decimal = Decimal(0)
    time_window_minutes: int = 24 * 60
    open_value_tolerance: Decimal = Decimal(0)
    late_earn_days: int = 30
    sla_days: int = 10
    at_sla: str = "bill"
    owner: str = "operator"


@dataclass(frozen=True)
class Partner:
    """`stop_earning_on`: the first day on which its purchases earn nothing; `redeem_until`: the
    last day on which points are spent there. Both are days of its own zone. `logo`: the SHA-256 of
    its picture, in hexadecimal digits.
    """

    id: int
    code: str
    name: str
    legal_entity: str
    currency: str
    status: PartnerStatus
    agreements: tuple[Agreement, ...]
    calendar: ZonedCalendar = _MONTHLY_UTC
    stop_earning_on: date | None = None
    redeem_until: date | None = None
    entity: LegalEntity | None = None
    contract: Contract = Contract()
    reconciliation: ReconciliationTerms = ReconciliationTerms()
    colour: str | None = None
    logo: str | None = None

    @cached_property
    def _starts(self) -> list[datetime]:
        return [agreement.valid_from for agreement in self.agreements]

    def agreement_on(self, instant: datetime) -> Agreement | None:
        """The agreement valid at `instant`; None before the first one and after the end of one."""
        place = bisect_right(self._starts, instant)
        found = self.agreements[place - 1] if place else None
        if found is None or (found.valid_until is not None and instant >= found.valid_until):
            return None
        return found

    def day_of(self, instant: datetime) -> date:
        """The partner's own date at an instant."""
        return instant.astimezone(self.calendar.zone).date()


@dataclass(frozen=True)
class Terms:
    """Everything that was agreed, at one version of the programme."""

    programme: Programme
    partners: tuple[Partner, ...]
    promotions: tuple[Promotion, ...] = ()
    entities: tuple[LegalEntity, ...] = ()

    @cached_property
    def _by_id(self) -> dict[int, Partner]:
        return {partner.id: partner for partner in self.partners}

    @cached_property
    def _agreements(self) -> dict[int, Agreement]:
        return {one.id: one for partner in self.partners for one in partner.agreements}

    @cached_property
    def calendars(self) -> tuple[ZonedCalendar, ...]:
        """Every calendar that somebody settles by, the programme's first."""
        own = (partner.calendar for partner in self.partners)
        return tuple(dict.fromkeys((self.programme.calendar, *own)))

    @cached_property
    def operator_entity(self) -> LegalEntity | None:
        """Who the operator is in law, when the file says so."""
        wanted = self.programme.operator_entity_id
        return next((one for one in self.entities if one.id == wanted), None)

    def promotion(self, code: str) -> Promotion | None:
        return next((one for one in self.promotions if one.code == code), None)

    def partner(self, partner_id: int) -> Partner:
        return self._by_id[partner_id]

    def agreement(self, agreement_id: int) -> Agreement:
        return self._agreements[agreement_id]

    def rule_of(self, agreement_id: int, promotion_id: int | None) -> "Agreement | Promotion":
        """What an award's points were worked out by."""
        found = next((one for one in self.promotions if one.id == promotion_id), None)
        return found or self._agreements[agreement_id]

    def knows(self, partner_id: int, agreement_id: int | None = None) -> bool:
        return partner_id in self._by_id and (
            agreement_id is None or agreement_id in self._agreements
        )
