"""Apply a partners' file: all of it in one transaction, or nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import (
    SHORTEST_SECRET,
    Authentication,
    is_live_secret,
    new_secret,
    set_first_secrets,
    set_secret,
)
from coalition.access.records import client
from coalition.kit.amounts import exponent_of
from coalition.partners.mistakes import LoadedFile, Mistake, MistakesInFile
from coalition.partners.models import PartnerModel
from coalition.partners.plan import Change, Plan, plan_changes
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
    store,
)
from coalition.partners.rows import (
    agreement_row,
    contract_row,
    entity_row,
    pack_rows,
    partner_row,
    programme_row,
    promotion_row,
)


@dataclass(frozen=True, slots=True)
class Applied:
    """`new_secrets` by client: shown once, here; they are stored hashed."""

    changes: tuple[Change, ...]
    new_secrets: Mapping[str, str]


async def apply_file(
    connection: AsyncConnection, file: LoadedFile, environment: Mapping[str, str] = os.environ
) -> Applied:
    """As the owner, in the transaction of `connection`. Raises `MistakesInFile`."""
    # Two people applying at once: the second plans on what the first has applied.
    await connection.execute(sa.text("SELECT pg_advisory_xact_lock(2, 2)"))
    plan = await plan_changes(connection, file)
    given = _given_secrets(file, environment)
    entities = await _write_legal_entities(connection, plan)
    partners = await _write_partners(connection, plan, entities)
    await _write_promotions(connection, plan, partners)
    new_secrets, rotated = await _write_clients(connection, plan, partners, given)
    changes = (*plan.changes, *rotated)
    if changes:
        await _write_programme(connection, plan, entities)
        await _write_help(connection, plan)
    return Applied(changes, new_secrets)


def _given_secrets(file: LoadedFile, environment: Mapping[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for _, at, one in file.clients():
        if one.secret_env is None:
            continue
        secret = environment.get(one.secret_env, "")
        if len(secret) < SHORTEST_SECRET:
            mistakes.append(
                file.mistake(
                    (*at, "secret_env"),
                    f"{one.secret_env!r}: the environment must hold a secret of at least"
                    f" {SHORTEST_SECRET} characters under this name",
                )
            )
        given[one.id] = secret
    if mistakes:
        raise MistakesInFile(file.path, mistakes)
    return given


async def _write_programme(
    connection: AsyncConnection, plan: Plan, entities: Mapping[str, int]
) -> None:
    row = programme_row(plan.file)
    operator = plan.file.content.operator.legal_entity
    row["operator_entity_id"] = None if operator is None else entities[operator]
    if plan.standing.programme is None:
        await connection.execute(sa.insert(programme).values(id=1, version=1, **row))
    else:
        # A server that still holds the old terms finds the new version at its next posting.
        await connection.execute(
            sa.update(programme).values(version=programme.c.version + 1, **row)
        )


async def _write_help(connection: AsyncConnection, plan: Plan) -> None:
    wanted = plan.file.content.programme.help
    if wanted == plan.standing.help:
        return
    if wanted is None:
        await connection.execute(sa.delete(programme_help))
        return
    content = wanted.model_dump(mode="json")
    await connection.execute(
        insert(programme_help)
        .values(id=1, content=content)
        .on_conflict_do_update(index_elements=["id"], set_={"content": content})
    )


async def _write_legal_entities(connection: AsyncConnection, plan: Plan) -> dict[str, int]:
    rows = {one.code: entity_row(one) for one in plan.file.content.legal_entities}
    known = [
        {"code": code} | {name: row.pop(name) for name in ("name", "country")}
        for code, row in rows.items()
    ]
    await _put(connection, legal_entity, known, by="code")
    found = await connection.execute(sa.select(legal_entity.c.code, legal_entity.c.id))
    numbers = {row.code: row.id for row in found}
    details = [{"legal_entity_id": numbers[code]} | row for code, row in rows.items()]
    await _put(connection, entity_details, details, by="legal_entity_id")
    return numbers


async def _put(
    connection: AsyncConnection, table: sa.Table, rows: list[dict[str, Any]], *, by: str
) -> None:
    """Write rows, all with the same columns, over those that stand under the same key."""
    if rows:
        new = insert(table)
        others = {name: new.excluded[name] for name in rows[0] if name != by}
        await connection.execute(new.on_conflict_do_update(index_elements=[by], set_=others), rows)


async def _add(connection: AsyncConnection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(sa.insert(table), rows)


async def _write_partners(
    connection: AsyncConnection, plan: Plan, entities: Mapping[str, int]
) -> dict[str, int]:
    models = plan.file.content.partners
    rows = {
        one.code: partner_row(plan.file, one) | {"legal_entity_id": entities[one.legal_entity]}
        for one in models
    }
    standing = plan.standing.partners
    await _add(connection, partner, [row for code, row in rows.items() if code not in standing])
    changed = [row | {"number": standing[code]["id"]} for code, row in rows.items()
               if code in standing]  # fmt: skip
    if changed:
        await connection.execute(
            sa.update(partner).where(partner.c.id == sa.bindparam("number")), changed
        )
    found = await connection.execute(sa.select(partner.c.code, partner.c.id))
    numbers = {row.code: row.id for row in found if row.code in rows}
    await _write_contracts(connection, plan, numbers)
    await _write_stores(connection, plan, numbers)
    for one in models:
        await _write_logo(connection, plan, numbers[one.code], one.code)
    await _add(connection, agreement, [
        {"partner_id": numbers[one.code]} | row
        for one in models
        for row in (agreement_row(plan.file, model) for model in one.agreements)
        if row["valid_from"] not in {
            known["valid_from"] for known in plan.standing.agreements.get(one.code, [])
        }
    ])  # fmt: skip
    return numbers


async def _write_contracts(
    connection: AsyncConnection, plan: Plan, numbers: Mapping[str, int]
) -> None:
    contracts, tolerances, packs = [], [], []
    for one in plan.file.content.partners:
        key = {"partner_id": numbers[one.code]}
        contracts.append(key | contract_row(one))
        tolerances.append(key | one.reconciliation.model_dump())
        stands = {pack["code"] for pack in plan.standing.packs.get(one.code, [])}
        packs += [key | pack for pack in pack_rows(one) if pack["code"] not in stands]
    await _put(connection, contract, contracts, by="partner_id")
    await _put(connection, reconciliation_terms, tolerances, by="partner_id")
    for one in plan.file.content.partners:
        await _grant(connection, numbers[one.code], one)
    await _add(connection, prepaid_pack, packs)


async def _grant(connection: AsyncConnection, partner_id: int, one: PartnerModel) -> None:
    """What a brand has bought in packs, and what it may owe."""
    units = 10 ** (8 - exponent_of(one.currency))
    grants = []
    if one.prepaid is not None:
        bought = sum(pack.points for pack in one.prepaid.packs)
        grants.append((1, bought, int(bought * (1 - one.prepaid.alert))))
    limit = contract_row(one)["credit_limit"]
    if limit is not None and one.credit is not None:
        limit *= units
        grants.append((2, limit, int(limit * (1 - one.credit.alert))))
    for kind, granted, alert_below in grants:
        await connection.execute(
            sa.text("SELECT books.grant_allowance(:partner, (:kind)::smallint, :granted, :below)"),
            {"partner": partner_id, "kind": kind, "granted": granted, "below": alert_below},
        )


async def _write_promotions(
    connection: AsyncConnection, plan: Plan, partners: Mapping[str, int]
) -> None:
    for one in plan.file.content.promotions:
        if one.code in plan.standing.promotions:
            continue
        row = promotion_row(plan.file, one)
        row["partner_id"] = partners[row.pop("brand")]
        number = await connection.scalar(
            sa.insert(promotion).values(**row).returning(promotion.c.id)
        )
        await connection.execute(
            sa.insert(promotion_share),
            [
                {"promotion_id": number, "partner_id": partners[code], "share": share}
                for code, share in one.funded_by.items()
            ],
        )


async def _write_stores(
    connection: AsyncConnection, plan: Plan, numbers: Mapping[str, int]
) -> None:
    await connection.execute(sa.delete(store).where(store.c.partner_id.in_([*numbers.values()])))
    await _add(connection, store, [
        {"partner_id": numbers[one.code], **shop.model_dump()}
        for one in plan.file.content.partners for shop in one.stores
    ])  # fmt: skip


async def _write_logo(connection: AsyncConnection, plan: Plan, partner_id: int, code: str) -> None:
    logo = plan.file.logos.get(code)
    if (logo and logo.sha256) == plan.standing.logos.get(code):
        return
    await connection.execute(sa.delete(partner_logo).where(partner_logo.c.partner_id == partner_id))
    if logo is not None:
        await connection.execute(
            sa.insert(partner_logo).values(
                partner_id=partner_id, sha256=logo.sha256, media_type=logo.media_type,
                content=logo.content,
            )
        )  # fmt: skip


async def _write_clients(
    connection: AsyncConnection,
    plan: Plan,
    partners: Mapping[str, int],
    given: Mapping[str, str],
) -> tuple[dict[str, str], list[Change]]:
    new_secrets: dict[str, str] = {}
    rows: dict[str, dict[str, Any]] = {
        one.id: {
            "partner_id": None if owner is None else partners[owner],
            "name": one.name,
            "scopes": [scope.value for scope in one.scopes],
            "status": "active",
            "grants": one.grant_types,
            "redirect_uris": one.redirect_uris,
            "authentication": one.authentication.value,
            "public_keys": one.public_keys,
            "store_code": one.store,
            "terminal_code": one.terminal,
        }
        for owner, _, one in plan.file.clients()
    }
    standing = plan.standing.clients
    new: list[dict[str, Any]] = [
        {"id": name} | row for name, row in rows.items() if name not in standing
    ]
    if new:
        now = sa.func.clock_timestamp()
        await connection.execute(sa.insert(client).values(created_at=now), new)
    known = [{"known_as": name} | row for name, row in rows.items() if name in standing]
    if known:
        await connection.execute(
            sa.update(client).where(client.c.id == sa.bindparam("known_as")), known
        )
    secrets: dict[str, str] = {}
    for row in new:
        if row["authentication"] == Authentication.SECRET.value:
            name = row["id"]
            secrets[name] = given.get(name) or new_secret()
            if name not in given:
                new_secrets[name] = secrets[name]
    await set_first_secrets(connection, secrets)
    rotated: list[Change] = []
    for name in sorted(given.keys() & standing.keys()):
        if not await is_live_secret(connection, name, given[name]):
            await set_secret(connection, name, given[name])
            rotated.append(Change("~", f"client {name}", "has a new secret"))
    await connection.execute(
        sa.update(client).where(client.c.id.not_in([*rows])).values(status="revoked")
    )
    return new_secrets, rotated
