"""The terms in force: plain values, read once and asked often. Pure.

Prices are money per point, `points_per_unit` is points per one unit (euro, not cent) of the
partner's currency. An agreement holds from `valid_from` until the partner's next one.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from coalition.ledger.calendar import SettlementCalendar


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


@dataclass(frozen=True, slots=True)
class ExpiryPolicy:
    kind: ExpiryKind
    months: int | None = None
    period: str | None = None
    on: date | None = None


@dataclass(frozen=True)
class Programme:
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

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """The programme's own date at an instant."""
        return now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Agreement:
    id: int
    partner_id: int
    valid_from: datetime
    points_per_unit: Decimal
    issue_price: Decimal
    redeem_price: Decimal
    minimum_redemption: int
    excludes: frozenset[Excludable] = frozenset()

    @cached_property
    def rate(self) -> tuple[int, int]:
        """`points_per_unit` as a fraction of whole numbers."""
        return self.points_per_unit.as_integer_ratio()


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
    id: int
    code: str
    name: str
    legal_entity: str
    currency: str
    status: PartnerStatus
    agreements: tuple[Agreement, ...]
    reconciliation: ReconciliationTerms = ReconciliationTerms()

    @cached_property
    def _starts(self) -> list[datetime]:
        return [agreement.valid_from for agreement in self.agreements]

    def agreement_on(self, instant: datetime) -> Agreement | None:
        """The agreement valid at `instant`; None before the first one."""
        place = bisect_right(self._starts, instant)
        return self.agreements[place - 1] if place else None


@dataclass(frozen=True)
class Terms:
    """Everything that was agreed, at one version of the programme."""

    programme: Programme
    partners: tuple[Partner, ...]

    @cached_property
    def _by_id(self) -> dict[int, Partner]:
        return {partner.id: partner for partner in self.partners}

    @cached_property
    def _agreements(self) -> dict[int, Agreement]:
        return {one.id: one for partner in self.partners for one in partner.agreements}

    def partner(self, partner_id: int) -> Partner:
        return self._by_id[partner_id]

    def agreement(self, agreement_id: int) -> Agreement:
        return self._agreements[agreement_id]

    def knows(self, partner_id: int, agreement_id: int | None = None) -> bool:
        return partner_id in self._by_id and (
            agreement_id is None or agreement_id in self._agreements
        )
