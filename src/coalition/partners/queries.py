"""Reading the terms in force, as the operator."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.database import EVERYTHING, Database
from coalition.kit.errors import Misconfigured
from coalition.kit.invoked import invoked
from coalition.ledger import SettlementCalendar, ZonedCalendar
from coalition.partners.colours import Theme
from coalition.partners.help import Help, Question, TermsVersion
from coalition.partners.records import (
    agreement,
    contract,
    entity_details,
    legal_entity,
    partner,
    partner_logo,
    prepaid_pack,
    programme,
    programme_help,
    promotion,
    promotion_share,
    reconciliation_terms,
)
from coalition.partners.terms import (
    Agreement,
    Clawback,
    Contract,
    Excludable,
    ExpiryKind,
    ExpiryPolicy,
    Freeze,
    GiftTerms,
    HouseholdTerms,
    LegalEntity,
    Mandate,
    Overdraft,
    Pack,
    Partner,
    PartnerStatus,
    PaysBy,
    Programme,
    Promotion,
    ReconciliationTerms,
    RedemptionRate,
    ShortfallPayer,
    StandAlone,
    Terms,
    Tier,
    VatMode,
)

Row = dict[str, Any]


async def terms_in_force(database: Database) -> Terms:
    """Raises `Misconfigured` before the first `coalition partners apply`."""
    async with database.reading(EVERYTHING) as connection:
        found = await _rows(connection, sa.select(programme))
        if not found:
            raise Misconfigured(
                f"There is no programme yet. Run `{invoked('partners apply FILE')}` first."
            )
        agreements = _by(
            "partner_id", await _rows(connection, sa.select(agreement).order_by("valid_from"))
        )
        entities = {
            row["id"]: _entity(row)
            for row in await _rows(
                connection,
                sa.select(legal_entity, *list(entity_details.c)[1:])
                .outerjoin(entity_details, entity_details.c.legal_entity_id == legal_entity.c.id)
                .order_by(legal_entity.c.id),
            )
        }
        packs = _by(
            "partner_id",
            await _rows(connection, sa.select(prepaid_pack).order_by("bought_on", "id")),
        )
        contracts = {
            row["partner_id"]: _contract(row, packs.get(row["partner_id"], ()))
            for row in await _rows(connection, sa.select(contract))
        }
        reconciling = {
            row.pop("partner_id"): ReconciliationTerms(**row)
            for row in await _rows(connection, sa.select(reconciliation_terms))
        }
        partners = tuple(
            _partner(
                row,
                tuple(_agreement(one) for one in agreements.get(row["id"], ())),
                entities[row["legal_entity_id"]],
                contracts[row["id"]],
                reconciling[row["id"]],
            )
            for row in await _rows(
                connection,
                sa.select(partner, partner_logo.c.sha256.label("logo"))
                .outerjoin(partner_logo, partner_logo.c.partner_id == partner.c.id)
                .order_by(partner.c.id),
            )
        )
        promotions = await _promotions(connection)
    return Terms(_programme(found[0]), partners, promotions, tuple(entities.values()))


async def help_of(connection: AsyncConnection) -> Help:
    """What members read for help; nothing where the file says nothing."""
    content = await connection.scalar(sa.select(programme_help.c.content))
    if content is None:
        return Help()
    return Help(
        email=content["email"],
        questions=tuple(Question(**one) for one in content["questions"]),
        terms=tuple(
            TermsVersion(**one | {"valid_from": date.fromisoformat(one["valid_from"])})
            for one in content["terms"]
        ),
    )


async def logo_of(database: Database, sha256: str) -> tuple[str, bytes] | None:
    """The media type and the bytes of a brand's logo; None for one that no brand has."""
    async with database.reading(EVERYTHING) as connection:
        query = sa.select(partner_logo.c.media_type, partner_logo.c.content).where(
            partner_logo.c.sha256 == sha256
        )
        row = (await connection.execute(query.limit(1))).one_or_none()
    return (row.media_type, row.content) if row else None


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _by(name: str, rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _programme(row: Row) -> Programme:
    fields = dict(row)
    del fields["id"]
    expiry = ExpiryPolicy(
        ExpiryKind(fields.pop("expiry_kind")),
        months=fields.pop("expiry_months"),
        period=fields.pop("expiry_period"),
        on=fields.pop("expiry_on"),
    )
    fields["settlement_calendar"] = SettlementCalendar(fields["settlement_calendar"])
    fields["clawback"] = Clawback(fields["clawback"])
    fields["shortfall_payer"] = ShortfallPayer(fields["shortfall_payer"])
    fields["redemption_rates"] = tuple(
        RedemptionRate(date.fromisoformat(one["valid_from"]), Decimal(one["rate"]))
        for one in fields["redemption_rates"]
    )
    alone = fields["stand_alone"]
    fields["stand_alone"] = alone and StandAlone(
        Decimal(alone["point"]), Decimal(alone["service"]), alone["decimals"]
    )
    fields["step_up_minutes"] = fields.pop("spending")["step_up_minutes"]
    sharing = fields.pop("sharing")
    fields["household"] = HouseholdTerms(**sharing["household"])
    fields["gifts"] = GiftTerms(**sharing["gifts"])
    fields["tiers"] = tuple(Tier(**one) for one in fields["tiers"])
    fields["theme"] = Theme(**fields["theme"] or {})
    fields["point_names"] = fields["point_names"] or {}
    return Programme(expiry=expiry, **fields)


def _agreement(row: Row) -> Agreement:
    return Agreement(
        **row
        | {
            "excludes": frozenset(Excludable(name) for name in row["excludes"]),
            "vat_mode": VatMode(row["vat_mode"]),
        }
    )


def _entity(row: Row) -> LegalEntity:
    fields = {name: value for name, value in row.items() if not name.startswith("mandate_")}
    mandate = None
    if row["mandate_id"] is not None:
        mandate = Mandate(row["mandate_id"], row["mandate_signed_on"], row["mandate_sequence"])
    return LegalEntity(**fields, mandate=mandate)


def _contract(row: Row, packs: Iterable[Row]) -> Contract:
    return Contract(
        credit_limit=row["credit_limit"],
        credit_alert=row["credit_alert"],
        overdraft=None if row["overdraft"] is None else Overdraft(row["overdraft"]),
        pack_alert=row["pack_alert"],
        packs=tuple(
            Pack(one["id"], one["code"], one["bought_on"], one["points"], one["amount"])
            for one in packs
        ),
        dispute_window_days=row["dispute_window_days"],
        dispute_freeze=Freeze(row["dispute_freeze"]),
        pays_by=PaysBy(row["pays_by"]),
        reward_cost_limit=row["reward_cost_limit"],
        missing_after_days=row["missing_after_days"],
        missing_until_days=row["missing_until_days"],
        missing_answer_days=row["missing_answer_days"],
    )


def _partner(
    row: Row,
    agreements: tuple[Agreement, ...],
    entity: LegalEntity,
    terms: Contract,
    reconciling: ReconciliationTerms,
) -> Partner:
    return Partner(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        legal_entity=entity.name,
        currency=row["currency"],
        status=PartnerStatus(row["status"]),
        agreements=agreements,
        calendar=ZonedCalendar(SettlementCalendar(row["settlement_calendar"]), row["time_zone"]),
        stop_earning_on=row["stop_earning_on"],
        redeem_until=row["redeem_until"],
        entity=entity,
        contract=terms,
        reconciliation=reconciling,
        colour=row["colour"],
        logo=row["logo"],
    )


async def _promotions(connection: AsyncConnection) -> tuple[Promotion, ...]:
    shares = _by(
        "promotion_id",
        await _rows(connection, sa.select(promotion_share).order_by("promotion_id", "partner_id")),
    )
    return tuple(
        Promotion(
            **row,
            shares=tuple((one["partner_id"], one["share"]) for one in shares[row["id"]]),
        )
        for row in await _rows(connection, sa.select(promotion).order_by("id"))
    )
