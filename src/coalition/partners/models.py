"""What a partners' file may say: the shape of every part of it and what each value must be."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from coalition.access import Authentication, Grant, Scope
from coalition.kit.amounts import NotMoney, exponent_of
from coalition.ledger import SettlementCalendar
from coalition.partners.colours import ON_DARK, ON_LIGHT, SEEN, TEXT, Theme, seen_on, written_on
from coalition.partners.help import MOST_LANGUAGES, HelpModel, Locale
from coalition.partners.terms import (
    PER_CURRENCY,
    Clawback,
    Excludable,
    ExpiryKind,
    Freeze,
    Overdraft,
    PartnerStatus,
    PaysBy,
    ShortfallPayer,
    VatMode,
)


def _currency(code: str) -> str:
    try:
        exponent_of(code)
    except NotMoney as error:
        raise ValueError(str(error)) from None
    return code


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("must be a zone of the IANA database, like Europe/Madrid") from None
    return name


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
# By language; one text alone is for all of them.
Names = Annotated[
    dict[Locale, Name],
    Field(min_length=1, max_length=MOST_LANGUAGES),
    BeforeValidator(lambda it: {"en": it} if isinstance(it, str) else it),
]
Currency = Annotated[str, AfterValidator(_currency)]
Price = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=8, allow_inf_nan=False)]
Rate = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=8, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=8, allow_inf_nan=False)]
Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=8, allow_inf_nan=False)]
Zone = Annotated[str, AfterValidator(_time_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expiry(_Strict):
    kind: ExpiryKind
    months: Annotated[int, Field(gt=0, le=600)] | None = None
    period: Literal["month", "quarter", "year"] | None = None
    on: date | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needs = {
            ExpiryKind.NONE: set[str](),
            ExpiryKind.ROLLING: {"months"},
            ExpiryKind.PERIOD_END: {"months", "period"},
            ExpiryKind.FIXED: {"on"},
        }[self.kind]
        given = {name for name in ("months", "period", "on") if getattr(self, name) is not None}
        if given != needs:
            wanted = " and ".join(sorted(needs)) or "nothing besides kind"
            raise ValueError(f"expiry of kind {self.kind} takes {wanted}")
        return self


class Returns(_Strict):
    clawback: Clawback
    shortfall_payer: ShortfallPayer
    debt_limit: Annotated[int, Field(ge=0, le=2**62)] = 0


def _netting(text: str) -> str:
    return text if text == PER_CURRENCY else _currency(text)


def _first_of_a_month(day: date) -> date:
    if day.day != 1:
        raise ValueError("must be the first day of a month: points are counted by the month")
    return day


class RedemptionRateModel(_Strict):
    valid_from: Annotated[date, AfterValidator(_first_of_a_month)]
    rate: Share


class StandAloneModel(_Strict):
    point: Rate
    service: Price
    decimals: Annotated[int, Field(ge=0, le=8)] = 8


class Settlement(_Strict):
    netting: Annotated[str, AfterValidator(_netting)] = PER_CURRENCY
    fx_source: Name | None = None
    coverage_floor: Price | None = None
    concentration_alert: Annotated[int, Field(gt=0, le=10_000)] = 5_000
    redemption_rates: list[RedemptionRateModel] = []
    stand_alone: StandAloneModel | None = None
    dispute_window_days: Count = 5
    approvals: Annotated[int, Field(gt=0, le=5)] = 1

    @model_validator(mode="after")
    def _has_rates_for_one_currency(self) -> Self:
        if self.netting != PER_CURRENCY and self.fx_source is None:
            raise ValueError("netting in one currency needs fx_source, who says the rates")
        return self

    @model_validator(mode="after")
    def _says_its_rates_in_order(self) -> Self:
        starts = [one.valid_from for one in self.redemption_rates]
        if starts != sorted(set(starts)):
            raise ValueError("redemption_rates must be in the order of valid_from, each day once")
        if self.stand_alone is not None and not self.redemption_rates:
            raise ValueError("stand_alone needs redemption_rates: how many points are ever spent")
        return self


class DrainModel(_Strict):
    test_points: Annotated[int, Field(gt=0, le=2**62)] = 10
    at_least: Annotated[int, Field(gt=0, le=2**62)] = 100
    share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=8, allow_inf_nan=False)] = Decimal(
        "0.5"
    )
    minutes: Annotated[int, Field(gt=0, le=31 * 24 * 60)] = 60


class SpendingLimitModel(_Strict):
    minutes: Annotated[int, Field(gt=0, le=31 * 24 * 60)]
    points: Annotated[int, Field(gt=0, le=2**62)] | None = None
    times: Annotated[int, Field(gt=0, le=100_000)] | None = None
    per_brand: bool = False
    then: Literal["step_up", "refuse"] = "step_up"

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.points is None and self.times is None:
            raise ValueError("a limit needs points or times")
        return self


class SpendingModel(_Strict):
    step_up_minutes: Annotated[int, Field(gt=0, le=24 * 60)] = 10
    drain: DrainModel | None = DrainModel()
    limits: list[SpendingLimitModel] = []


class HouseholdModel(_Strict):
    members: Annotated[int, Field(ge=2, le=20)] = 7
    cool_down_days: Annotated[int, Field(ge=0, le=3650)] = 180
    invitation_days: Annotated[int, Field(gt=0, le=90)] = 14


class GiftsModel(_Strict):
    least: Annotated[int, Field(gt=0, le=2**62)] = 100
    most: Annotated[int, Field(ge=0, le=2**62)] = 10_000
    a_day: Annotated[int, Field(ge=0, le=2**62)] = 10_000
    a_year: Annotated[int, Field(ge=0, le=2**62)] = 50_000
    days: Annotated[int, Field(gt=0, le=90)] = 7


class SharingModel(_Strict):
    household: HouseholdModel = HouseholdModel()
    gifts: GiftsModel = GiftsModel()


class TierModel(_Strict):
    code: Code
    name: Name


Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$", to_lower=True)]


class ThemeModel(_Strict):
    primary: Annotated[Colour, AfterValidator(lambda it: seen_on(it, ON_LIGHT, TEXT))]
    primary_dark: Annotated[Colour, AfterValidator(lambda it: seen_on(it, ON_DARK, TEXT))]
    accent: Annotated[Colour, AfterValidator(lambda it: seen_on(it, ON_LIGHT, SEEN))] = Theme.accent
    accent_dark: Annotated[Colour, AfterValidator(lambda it: seen_on(it, ON_DARK, SEEN))] = (
        Theme.accent_dark
    )


class ProgrammeModel(_Strict):
    name: Name
    point_name: Names
    point_value: Rate
    currency: Currency
    time_zone: Zone
    settlement_calendar: SettlementCalendar
    pending_days: Count = 0
    late_purchase_days: Count
    expiry: Expiry
    returns: Returns
    refund_grace_days: Count = 30
    hold_seconds: Annotated[int, Field(gt=0, le=7 * 86400)] = 900
    settlement: Settlement = Settlement()
    spending: SpendingModel = SpendingModel()
    sharing: SharingModel = SharingModel()
    tiers: Annotated[list[TierModel], Field(max_length=20)] = []
    theme: ThemeModel | None = None
    help: HelpModel | None = None


def _iban(text: str) -> str:
    try:
        return IBAN(text).compact
    except SchwiftyException as error:
        raise ValueError(f"is not an IBAN: {error}") from None


def _bic(text: str) -> str:
    try:
        return BIC(text).compact
    except SchwiftyException as error:
        raise ValueError(f"is not a BIC: {error}") from None


def _creditor_id(text: str) -> str:
    """Check digits as ISO 7064 MOD 97-10 over the national part, the country and themselves; the
    business code in places 5 to 7 is left out. Source: EPC AT-C002.
    """
    number = "".join(str(int(one, 36)) for one in text[7:] + text[:4])
    if int(number) % 97 != 1:
        raise ValueError("is not a SEPA creditor identifier: its check digits are wrong")
    return text


class Address(_Strict):
    street: Name
    postcode: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    city: Name


class MandateModel(_Strict):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+?/:().,'-]{1,35}$")]
    signed_on: date
    sequence: Literal["FRST", "RCUR", "OOFF", "FNAL"] = "RCUR"


class LegalEntityModel(_Strict):
    code: Code
    name: Name
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    address: Address | None = None
    vat_id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9+*]{2,13}$")] | None = None
    iban: Annotated[str, AfterValidator(_iban)] | None = None
    bic: Annotated[str, AfterValidator(_bic)] | None = None
    creditor_id: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{4,31}$"),
            AfterValidator(_creditor_id),
        ]
        | None
    ) = None
    mandate: MandateModel | None = None

    @model_validator(mode="after")
    def _can_be_paid_as_it_says(self) -> Self:
        if self.mandate is not None and self.iban is None:
            raise ValueError("a mandate needs the iban that it collects from")
        if self.bic is not None and self.iban is None:
            raise ValueError("a bic needs the iban that it goes with")
        if self.bic and self.iban and BIC(self.bic).country_code != IBAN(self.iban).country_code:
            raise ValueError(f"the bic {self.bic} is of another country than the iban")
        return self


class StoreModel(_Strict):
    code: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    name: Name
    terminals: list[Annotated[str, StringConstraints(min_length=1, max_length=60)]] = []


def _instant(value: object) -> object:
    """A day means its first moment in the programme's zone; that is filled in by the file."""
    if isinstance(value, str) and len(value) == len("2017-01-01"):
        return datetime.combine(date.fromisoformat(value), time())
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]


def in_zone(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC; one without an offset is meant in the programme's zone."""
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


# What each mode of VAT must say, and what it may say besides.
_VAT_RATES: dict[VatMode, tuple[set[str], set[str]]] = {
    VatMode.STANDARD: ({"vat_rate"}, {"vat_rate_redemption"}),
    VatMode.REVERSE_CHARGE: (set(), set()),
    VatMode.EXEMPT: (set(), set()),
    VatMode.THIRD_PARTY_CONSIDERATION: ({"vat_rate"}, set()),
    VatMode.MIXED: ({"vat_rate", "vat_rate_redemption"}, set()),
}


class AgreementModel(_Strict):
    valid_from: Instant
    valid_until: Instant | None = None
    points_per_unit: Rate
    issue_price: Price
    redeem_price: Price
    minimum_redemption: Annotated[int, Field(gt=0, le=2**62)] = 1
    excludes: list[Excludable] = []
    fee_per_point: Price = Decimal(0)
    breakage_share: Share = Decimal(0)
    paid_at_issuance: Share = Decimal(1)
    vat_mode: VatMode = VatMode.EXEMPT
    vat_rate: Share | None = None
    vat_rate_redemption: Share | None = None

    @model_validator(mode="after")
    def _has_the_rates_of_its_vat_mode(self) -> Self:
        needed, allowed = _VAT_RATES[self.vat_mode]
        names = ("vat_rate", "vat_rate_redemption")
        given = {name for name in names if getattr(self, name) is not None}
        if not needed <= given <= needed | allowed:
            wanted = " and ".join(sorted(needed)) or "no vat_rate"
            raise ValueError(f"vat_mode {self.vat_mode} takes {wanted}")
        return self

    def starts(self, zone: ZoneInfo) -> datetime:
        return in_zone(self.valid_from, zone)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        return None if self.valid_until is None else in_zone(self.valid_until, zone)


GrantName = Literal["client_credentials", "authorization_code", "refresh_token", "device_code"]
_GRANTS: dict[str, Grant] = {
    "client_credentials": Grant.CLIENT_CREDENTIALS,
    "authorization_code": Grant.AUTHORIZATION_CODE,
    "refresh_token": Grant.REFRESH_TOKEN,
    "device_code": Grant.DEVICE_CODE,
}


def _redirect_uri(text: str) -> str:
    """Where a code may be led: https, this machine, or a scheme of the program's own."""
    address = urlsplit(text)
    here = address.hostname in {"127.0.0.1", "::1", "localhost"}
    own = "." in address.scheme and not address.netloc
    good = (address.scheme == "https" and address.netloc) or (address.scheme == "http" and here)
    if not (good or own) or "#" in text or address.username or not text.isascii():
        raise ValueError(
            "must be https://..., http://127.0.0.1..., or com.example.app:/..., without a fragment"
        )
    return text


RedirectUri = Annotated[str, AfterValidator(_redirect_uri)]


def _public_keys(keys: dict[str, object]) -> dict[str, object]:
    try:
        # Its stub asks for narrower dicts than JSON gives.
        found = KeySet.import_key_set(keys)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"must be a JWK set: {error}") from None
    if any(key.is_private for key in found.keys) or not found.keys:
        raise ValueError("must hold public keys only: the private ones stay with the client")
    return keys


class ClientModel(_Strict):
    id: Code
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1)]
    secret_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    grants: Annotated[list[GrantName], Field(min_length=1)] = ["client_credentials"]
    redirect_uris: list[RedirectUri] = []
    authentication: Authentication = Authentication.SECRET
    public_keys: Annotated[dict[str, object], AfterValidator(_public_keys)] | None = None
    store: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    terminal: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None

    @property
    def grant_types(self) -> list[str]:
        return sorted(_GRANTS[name].value for name in self.grants)


class Credit(_Strict):
    limit: Price
    alert: Share = Decimal("0.8")


class PackModel(_Strict):
    code: Code
    bought_on: date
    points: Annotated[int, Field(gt=0, le=2**62)]
    amount: Price


class Prepaid(_Strict):
    packs: Annotated[list[PackModel], Field(min_length=1)]
    overdraft: Overdraft = Overdraft.REFUSE
    alert: Share = Decimal("0.8")


class ContractModel(_Strict):
    dispute_window_days: Count | None = None
    freeze: Freeze = Freeze.CARRY
    pays_by: PaysBy = PaysBy.DIRECT_DEBIT
    reward_cost_limit: Price | None = None
    missing_after_days: Count | None = None
    missing_until_days: Count | None = None
    missing_answer_days: Count | None = None


class ReconciliationModel(_Strict):
    points_tolerance: Annotated[int, Field(ge=0, le=2**62)] = 0
    amount_tolerance: Price = Decimal(0)
    time_window_minutes: Annotated[int, Field(ge=0, le=31 * 24 * 60)] = 24 * 60
    open_value_tolerance: Price = Decimal(0)
    late_earn_days: Count = 30
    sla_days: Count = 10
    at_sla: Literal["bill", "reverse"] = "bill"
    owner: Name = "operator"


class PartnerModel(_Strict):
    code: Code
    name: Name
    legal_entity: Code
    currency: Currency
    status: PartnerStatus = PartnerStatus.ACTIVE
    settlement_calendar: SettlementCalendar | None = None
    time_zone: Zone | None = None
    stop_earning_on: date | None = None
    redeem_until: date | None = None
    credit: Credit | None = None
    prepaid: Prepaid | None = None
    contract: ContractModel = ContractModel()
    reconciliation: ReconciliationModel = ReconciliationModel()
    colour: Annotated[Colour, AfterValidator(written_on)] | None = None
    logo: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    stores: list[StoreModel] = []
    agreements: Annotated[list[AgreementModel], Field(min_length=1)]
    clients: list[ClientModel] = []


class PromotionModel(_Strict):
    code: Code
    name: Name
    brand: Code
    valid_from: Instant
    valid_until: Instant
    points_per_unit: Rate
    funded_by: Annotated[dict[Code, Percent], Field(min_length=1)]


class OperatorModel(_Strict):
    legal_entity: Code | None = None
    clients: list[ClientModel]


class PartnersFile(_Strict):
    programme: ProgrammeModel
    legal_entities: list[LegalEntityModel]
    partners: list[PartnerModel]
    promotions: list[PromotionModel] = []
    operator: OperatorModel
