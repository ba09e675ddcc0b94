"""The columns of what a partners' file says. Pure; numbers of rows are filled in when applied."""

from enum import Enum
from typing import Any

from coalition.kit.amounts import Money
from coalition.partners.mistakes import LoadedFile
from coalition.partners.models import (
    AgreementModel,
    LegalEntityModel,
    PartnerModel,
    PromotionModel,
    in_zone,
)

Row = dict[str, Any]


def programme_row(file: LoadedFile) -> Row:
    """The programme's columns, all but its version and the number of the operator's entity."""
    model = file.content.programme
    row = model.model_dump(exclude={"expiry", "returns", "settlement", "theme", "help"})
    row |= model.returns.model_dump()
    row |= model.settlement.model_dump()
    row |= model.settlement.model_dump(mode="json", include={"redemption_rates", "stand_alone"})
    row |= model.model_dump(mode="json", include={"spending", "sharing", "tiers"})
    names = model.point_name
    row |= {
        "point_name": next(iter(names.values())),
        "point_names": names if len(names) > 1 else None,
        "theme": model.theme and model.theme.model_dump(),
        "expiry_kind": model.expiry.kind,
        "expiry_months": model.expiry.months,
        "expiry_period": model.expiry.period,
        "expiry_on": model.expiry.on,
    }
    return {name: _stored(value) for name, value in row.items()}


def agreement_row(file: LoadedFile, model: AgreementModel) -> Row:
    """An agreement's columns, all but its numbers."""
    row = model.model_dump(exclude={"valid_from", "valid_until", "excludes"})
    return {
        **{name: _stored(value) for name, value in row.items()},
        "valid_from": model.starts(file.zone),
        "valid_until": model.ends(file.zone),
        "excludes": sorted(part.value for part in model.excludes),
    }


def entity_row(model: LegalEntityModel) -> Row:
    """A legal entity with its details, as one row."""
    address, mandate = model.address, model.mandate
    return {
        "name": model.name,
        "country": model.country,
        "street": address and address.street,
        "postcode": address and address.postcode,
        "city": address and address.city,
        "vat_id": model.vat_id,
        "iban": model.iban,
        "bic": model.bic,
        "creditor_id": model.creditor_id,
        "mandate_id": mandate and mandate.id,
        "mandate_signed_on": mandate and mandate.signed_on,
        "mandate_sequence": mandate and mandate.sequence,
    }


def partner_row(file: LoadedFile, model: PartnerModel) -> Row:
    """A partner's columns, all but its numbers. Its calendar is the programme's unless it has
    its own.
    """
    programme = file.content.programme
    return {
        "code": model.code,
        "name": model.name,
        "currency": model.currency,
        "status": model.status.value,
        "settlement_calendar": (model.settlement_calendar or programme.settlement_calendar).value,
        "time_zone": model.time_zone or programme.time_zone,
        "stop_earning_on": model.stop_earning_on,
        "redeem_until": model.redeem_until,
        "colour": model.colour,
    }


def contract_row(model: PartnerModel) -> Row:
    """A partner's contract, all but its number. Amounts in minor units."""
    credit, prepaid, contract = model.credit, model.prepaid, model.contract
    return {
        "credit_limit": credit and Money.of(credit.limit, model.currency).minor,
        "credit_alert": credit and credit.alert,
        "overdraft": prepaid and prepaid.overdraft.value,
        "pack_alert": prepaid and prepaid.alert,
        "dispute_window_days": contract.dispute_window_days,
        "dispute_freeze": contract.freeze.value,
        "pays_by": contract.pays_by.value,
        "reward_cost_limit": contract.reward_cost_limit,
        "missing_after_days": contract.missing_after_days,
        "missing_until_days": contract.missing_until_days,
        "missing_answer_days": contract.missing_answer_days,
    }


def pack_rows(model: PartnerModel) -> list[Row]:
    """A partner's prepaid packs, all but their numbers."""
    packs = model.prepaid.packs if model.prepaid else []
    return [
        {
            "code": pack.code,
            "bought_on": pack.bought_on,
            "points": pack.points,
            "amount": Money.of(pack.amount, model.currency).minor,
        }
        for pack in packs
    ]


def promotion_row(file: LoadedFile, model: PromotionModel) -> Row:
    """A promotion's columns; `brand` stands for the partner's number."""
    return {
        "code": model.code,
        "name": model.name,
        "brand": model.brand,
        "valid_from": in_zone(model.valid_from, file.zone),
        "valid_until": in_zone(model.valid_until, file.zone),
        "points_per_unit": model.points_per_unit,
    }


def _stored(value: object) -> object:
    return value.value if isinstance(value, Enum) else value
