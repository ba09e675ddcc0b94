"""Apply a partners' file: all of it in one transaction, or nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import (
    SHORTEST_SECRET,
    Authentication,
    is_live_secret,
    new_secret,
    set_secret,
)
from coalition.access.records import client
from coalition.partners.file import LoadedFile, Mistake, MistakesInFile, PartnerModel
from coalition.partners.plan import Change, Plan, agreement_row, plan_changes, programme_row
from coalition.partners.records import (
    agreement,
    legal_entity,
    partner,
    programme,
    reconciliation_terms,
    store,
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
    new_secrets, rotated = await _write_clients(connection, plan, partners, given)
    changes = (*plan.changes, *rotated)
    if changes:
        await _write_programme(connection, plan)
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


async def _write_programme(connection: AsyncConnection, plan: Plan) -> None:
    row = programme_row(plan.file.content.programme)
    if plan.standing.programme is None:
        await connection.execute(sa.insert(programme).values(id=1, version=1, **row))
    else:
        # A server that still holds the old terms finds the new version at its next posting.
        await connection.execute(
            sa.update(programme).values(version=programme.c.version + 1, **row)
        )


async def _write_legal_entities(connection: AsyncConnection, plan: Plan) -> dict[str, int]:
    for one in plan.file.content.legal_entities:
        values = one.model_dump()
        if one.code in plan.standing.legal_entities:
            await connection.execute(
                sa.update(legal_entity).where(legal_entity.c.code == one.code).values(**values)
            )
        else:
            await connection.execute(sa.insert(legal_entity).values(**values))
    rows = await connection.execute(sa.select(legal_entity.c.code, legal_entity.c.id))
    return {row.code: row.id for row in rows}


async def _write_partners(
    connection: AsyncConnection, plan: Plan, entities: Mapping[str, int]
) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for one in plan.file.content.partners:
        values = {
            "code": one.code,
            "name": one.name,
            "legal_entity_id": entities[one.legal_entity],
            "currency": one.currency,
            "status": one.status.value,
        }
        standing = plan.standing.partners.get(one.code)
        if standing is None:
            number = await connection.scalar(
                sa.insert(partner).values(**values).returning(partner.c.id)
            )
        else:
            number = standing["id"]
            await connection.execute(
                sa.update(partner).where(partner.c.id == number).values(**values)
            )
        numbers[one.code] = int(str(number))
        await _write_stores(connection, numbers[one.code], one)
        await connection.execute(
            sa.delete(reconciliation_terms).where(
                reconciliation_terms.c.partner_id == numbers[one.code]
            )
        )
        await connection.execute(
            sa.insert(reconciliation_terms).values(
                partner_id=numbers[one.code], **one.reconciliation.model_dump()
            )
        )
        stands = {row["valid_from"] for row in plan.standing.agreements.get(one.code, [])}
        for model in one.agreements:
            row = agreement_row(plan.file, model)
            if row["valid_from"] not in stands:
                await connection.execute(
                    sa.insert(agreement).values(partner_id=numbers[one.code], **row)
                )
    return numbers


async def _write_stores(connection: AsyncConnection, partner_id: int, one: PartnerModel) -> None:
    await connection.execute(sa.delete(store).where(store.c.partner_id == partner_id))
    if one.stores:
        await connection.execute(
            sa.insert(store),
            [{"partner_id": partner_id, **shop.model_dump()} for shop in one.stores],
        )


async def _write_clients(
    connection: AsyncConnection,
    plan: Plan,
    partners: Mapping[str, int],
    given: Mapping[str, str],
) -> tuple[dict[str, str], list[Change]]:
    new_secrets: dict[str, str] = {}
    rotated: list[Change] = []
    wanted = []
    for owner, _, one in plan.file.clients():
        wanted.append(one.id)
        values = {
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
        if one.id in plan.standing.clients:
            await connection.execute(
                sa.update(client).where(client.c.id == one.id).values(**values)
            )
            if one.id in given and not await is_live_secret(connection, one.id, given[one.id]):
                await set_secret(connection, one.id, given[one.id])
                rotated.append(Change("~", f"client {one.id}", "has a new secret"))
        else:
            await connection.execute(
                sa.insert(client).values(id=one.id, created_at=sa.func.clock_timestamp(), **values)
            )
            if one.authentication is not Authentication.SECRET:
                continue
            secret = given.get(one.id) or new_secret()
            if one.id not in given:
                new_secrets[one.id] = secret
            await set_secret(connection, one.id, secret)
    await connection.execute(
        sa.update(client).where(client.c.id.not_in(wanted)).values(status="revoked")
    )
    return new_secrets, rotated
