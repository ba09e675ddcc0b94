"""Fictional brands, as they stand in a partners' file: plain dicts of text.

Every builder has defaults that say the least; a test names what it is about.
"""

from collections.abc import Sequence
from typing import cast

from coalition.access import OPERATOR_SCOPES, PARTNER_SCOPES

Brand = dict[str, object]

_OF_AGREEMENT = (
    "valid_from", "points_per_unit", "issue_price", "redeem_price", "minimum_redemption",
    "excludes", "valid_until", "fee_per_point", "breakage_share", "paid_at_issuance", "vat_mode",
    "vat_rate", "vat_rate_redemption",
)  # fmt: skip


def a_grocer(**overrides: object) -> Brand:
    return _brand("grocer", "Harvest Grocer", "USD", ("1", "0.0100", "0.0080"), overrides)


def a_bakery(**overrides: object) -> Brand:
    return _brand("bakery", "Corner Bakery", "USD", ("2", "0.0110", "0.0075"), overrides)


def a_fuel(**overrides: object) -> Brand:
    return _brand("fuel", "Roadway Fuel", "USD", ("0.5", "0.0120", "0.0085"), overrides)


def a_florist(**overrides: object) -> Brand:
    return _brand("florist", "Petalwerk", "EUR", ("2", "0.0098", "0.0072"), overrides)


def an_agreement(**overrides: object) -> dict[str, object]:
    return {
        "valid_from": "2025-01-01",
        "points_per_unit": "1",
        "issue_price": "0.0100",
        "redeem_price": "0.0080",
    } | overrides


def a_client(name: str, **overrides: object) -> dict[str, object]:
    return {
        "id": name,
        "name": name,
        "scopes": [scope.value for scope in sorted(PARTNER_SCOPES)],
    } | overrides


def an_operator(**overrides: object) -> dict[str, object]:
    return {
        "id": "operator",
        "name": "The office",
        "scopes": [s.value for s in sorted(OPERATOR_SCOPES)],
    } | overrides


def a_programme(**overrides: object) -> dict[str, object]:
    return {
        "name": "Market Street",
        "point_name": "points",
        "point_value": "0.0050",
        "currency": "USD",
        "time_zone": "America/New_York",
        "settlement_calendar": "monthly",
        "late_purchase_days": "3650",
        "expiry": {"kind": "none"},
        "returns": {"clawback": "within_balance", "shortfall_payer": "issuer"},
    } | overrides


def a_promotion(**overrides: object) -> dict[str, object]:
    return {
        "code": "spring",
        "name": "Spring together",
        "brand": "grocer",
        "valid_from": "2026-03-01",
        "valid_until": "2026-05-01",
        "points_per_unit": "10",
        "funded_by": {"grocer": "60", "fuel": "40"},
    } | overrides


def partners_file(
    brands: Sequence[Brand],
    *,
    programme: dict[str, object] | None = None,
    operators: Sequence[dict[str, object]] | None = None,
    promotions: Sequence[dict[str, object]] = (),
) -> dict[str, object]:
    """A whole file; each brand belongs to a legal entity of its own."""
    entities = {str(brand["legal_entity"]): str(brand["name"]) for brand in brands}
    return {
        "programme": a_programme() if programme is None else programme,
        "legal_entities": [
            {"code": code, "name": f"{name} Inc.", "country": "US"}
            for code, name in entities.items()
        ],
        "partners": list(brands),
        "promotions": list(promotions),
        "operator": {"clients": [an_operator()] if operators is None else list(operators)},
    }


def _brand(
    code: str, name: str, currency: str, terms: tuple[str, str, str], overrides: dict[str, object]
) -> Brand:
    points_per_unit, issue_price, redeem_price = terms
    agreement = an_agreement(
        points_per_unit=points_per_unit, issue_price=issue_price, redeem_price=redeem_price
    )
    rest = dict(overrides)
    agreement |= {field: rest.pop(field) for field in _OF_AGREEMENT if field in rest}
    brand: Brand = {
        "code": code,
        "name": name,
        "legal_entity": f"{code}-inc",
        "currency": currency,
        "agreements": [agreement],
        "clients": [a_client(f"{code}-till")],
    }
    if "later" in rest:
        later = cast("Sequence[dict[str, object]]", rest.pop("later"))
        brand["agreements"] = [agreement, *(agreement | one for one in later)]
    return brand | rest
