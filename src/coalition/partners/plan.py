"""What a partners' file would change, and what it must not."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access.records import client
from coalition.partners.file import (
    AgreementModel,
    ClientModel,
    LoadedFile,
    Mistake,
    MistakesInFile,
    PartnerModel,
    Path_,
    ProgrammeModel,
)
from coalition.partners.records import agreement, legal_entity, partner, programme, store

# A programme that has posted anything keeps these for good.
_FIXED_ONCE_USED = ("currency", "time_zone", "settlement_calendar")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the plan. `sign`: + is added, ~ is changed, - ends."""

    sign: Literal["+", "~", "-"]
    what: str
    detail: str = ""


@dataclass(frozen=True)
class Standing:
    """What the database holds now, by code."""

    programme: dict[str, Any] | None
    legal_entities: dict[str, dict[str, Any]]
    partners: dict[str, dict[str, Any]]
    stores: dict[tuple[str, str], dict[str, Any]]
    agreements: dict[str, list[dict[str, Any]]]
    clients: dict[str, dict[str, Any]]
    last_posted: dict[str, datetime]
    in_use: bool


@dataclass(frozen=True)
class Plan:
    file: LoadedFile
    standing: Standing
    changes: tuple[Change, ...]


async def plan_changes(connection: AsyncConnection, file: LoadedFile) -> Plan:
    """As the owner. Raises `MistakesInFile` for what the file may not change."""
    standing = await _standing(connection)
    mistakes: list[Mistake] = []
    changes = [
        *_programme_changes(file, standing, mistakes),
        *_legal_entity_changes(file, standing),
        *_partner_changes(file, standing, mistakes),
        *_client_changes(file, standing, mistakes),
    ]
    if mistakes:
        raise MistakesInFile(file.path, mistakes)
    return Plan(file, standing, tuple(changes))


def programme_row(model: ProgrammeModel) -> dict[str, object]:
    """The programme's columns, all but its version."""
    row = model.model_dump(exclude={"expiry", "returns"})
    row |= model.returns.model_dump()
    row |= {
        "expiry_kind": model.expiry.kind,
        "expiry_months": model.expiry.months,
        "expiry_period": model.expiry.period,
        "expiry_on": model.expiry.on,
    }
    return {name: getattr(value, "value", value) for name, value in row.items()}


def agreement_row(file: LoadedFile, model: AgreementModel) -> dict[str, object]:
    """An agreement's columns, all but its numbers."""
    from_file = model.model_dump(exclude={"valid_from", "excludes"})
    return {
        **from_file,
        "valid_from": model.starts(file.zone),
        "excludes": sorted(part.value for part in model.excludes),
    }


async def _standing(connection: AsyncConnection) -> Standing:
    async def rows(query: sa.Select[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(row) for row in (await connection.execute(query)).mappings()]

    partners = await rows(sa.select(partner))
    codes = {one["id"]: str(one["code"]) for one in partners}
    entities = await rows(sa.select(legal_entity))
    names = {one["id"]: one["code"] for one in entities}
    for one in partners:
        one["legal_entity"] = names[one["legal_entity_id"]]
    agreements: dict[str, list[dict[str, Any]]] = {}
    for one in await rows(sa.select(agreement).order_by(agreement.c.valid_from)):
        agreements.setdefault(codes[one["partner_id"]], []).append(one)
    found = await rows(sa.select(programme))
    # The latest business time of a partner: what was posted by then was priced for good.
    posted = await connection.exec_driver_sql(
        "SELECT partner_id, max(at) AS at FROM ("
        " SELECT partner_id, max(purchased_at) AS at FROM award GROUP BY 1"
        " UNION ALL SELECT partner_id, max(redeemed_at) FROM redemption GROUP BY 1) AS p GROUP BY 1"
    )
    return Standing(
        programme=found[0] if found else None,
        legal_entities={str(one["code"]): one for one in entities},
        partners={str(one["code"]): one for one in partners},
        stores={
            (codes[one["partner_id"]], str(one["code"])): one
            for one in await rows(sa.select(store))
        },
        agreements=agreements,
        clients={str(one["id"]): one for one in await rows(sa.select(client))},
        last_posted={codes[row.partner_id]: row.at for row in posted},
        in_use=bool(await connection.scalar(sa.text("SELECT EXISTS (SELECT 1 FROM period)"))),
    )


def _programme_changes(
    file: LoadedFile, standing: Standing, mistakes: list[Mistake]
) -> list[Change]:
    wanted = programme_row(file.content.programme)
    if standing.programme is None:
        return [Change("+", "programme", str(wanted["name"]))]
    changes = []
    for name, value in wanted.items():
        before = standing.programme[name]
        if before == value:
            continue
        if name in _FIXED_ONCE_USED and standing.in_use:
            mistakes.append(
                file.mistake(
                    ("programme", name), f"{value!r}: stays {before!r} once points were posted"
                )
            )
        changes.append(Change("~", f"programme.{name}", f"{before} -> {value}"))
    return changes


def _legal_entity_changes(file: LoadedFile, standing: Standing) -> list[Change]:
    changes = []
    for entity in file.content.legal_entities:
        before = standing.legal_entities.get(entity.code)
        if before is None:
            changes.append(Change("+", f"legal entity {entity.code}", entity.name))
        else:
            changes += _fields(
                f"legal entity {entity.code}", before, {"name": entity.name,
                                                        "country": entity.country}
            )  # fmt: skip
    return changes


def _partner_changes(file: LoadedFile, standing: Standing, mistakes: list[Mistake]) -> list[Change]:
    changes: list[Change] = []
    wanted = {one.code for one in file.content.partners}
    mistakes += [
        file.mistake(("partners",), f"{code} is missing; keep it and set its status: left instead")
        for code in sorted(standing.partners.keys() - wanted)
    ]
    for place, one in enumerate(file.content.partners):
        at: Path_ = ("partners", place)
        before = standing.partners.get(one.code)
        if before is None:
            changes.append(Change("+", f"partner {one.code}", f"{one.name}, {one.currency}"))
        else:
            if before["currency"] != one.currency:
                mistakes.append(
                    file.mistake(
                        (*at, "currency"), f"{one.currency!r}: stays {before['currency']!r},"
                        " its agreements are priced in it"
                    )
                )  # fmt: skip
            changes += _fields(
                f"partner {one.code}", before,
                {"name": one.name, "legal_entity": one.legal_entity, "status": one.status.value},
            )  # fmt: skip
        changes += _store_changes(one, standing)
        changes += _agreement_changes(file, at, one, standing, mistakes)
    return changes


def _store_changes(one: PartnerModel, standing: Standing) -> list[Change]:
    changes = []
    for shop in one.stores:
        before = standing.stores.get((one.code, shop.code))
        if before is None:
            changes.append(Change("+", f"store {one.code}/{shop.code}", shop.name))
        else:
            changes += _fields(
                f"store {one.code}/{shop.code}", before,
                {"name": shop.name, "terminals": list(shop.terminals)},
            )  # fmt: skip
    kept = {shop.code for shop in one.stores}
    changes += [
        Change("-", f"store {brand}/{code}")
        for brand, code in standing.stores
        if brand == one.code and code not in kept
    ]
    return changes


def _agreement_changes(
    file: LoadedFile, at: Path_, one: PartnerModel, standing: Standing, mistakes: list[Mistake]
) -> list[Change]:
    """Agreements that stand must stand in the file unchanged; new ones start later."""
    changes = []
    before = {row["valid_from"]: row for row in standing.agreements.get(one.code, [])}
    latest = max(before, default=None)
    posted = standing.last_posted.get(one.code)
    kept = set()
    for place, model in enumerate(one.agreements):
        inner = (*at, "agreements", place)
        row = agreement_row(file, model)
        start = model.starts(file.zone)
        stands = before.get(start)
        kept.add(start)
        if stands is not None:
            mistakes += [
                file.mistake(
                    (*inner, name),
                    f"{_plain(value)}: stays {_plain(stands[name])};"
                    " an agreement is never edited, add one that starts later",
                )
                for name, value in row.items()
                if value != (sorted(stands[name]) if name == "excludes" else stands[name])
            ]
            continue
        if latest is not None and start <= latest:
            mistakes.append(
                file.mistake((*inner, "valid_from"), f"{start}: a new agreement starts later than"
                             f" {latest}, the last one that stands")
            )  # fmt: skip
        elif posted is not None and start <= posted:
            mistakes.append(
                file.mistake((*inner, "valid_from"), f"{start}: purchases up to {posted} are posted"
                             " under the agreement before it; start later")
            )  # fmt: skip
        changes.append(
            Change("+", f"agreement {one.code} from {start.astimezone(UTC):%Y-%m-%d %H:%M}Z",
                   f"{model.points_per_unit} points per {one.currency}, issue {model.issue_price},"
                   f" redeem {model.redeem_price}")
        )  # fmt: skip
    mistakes += [
        file.mistake((*at, "agreements"), f"the agreement from {start} is missing; agreements stay")
        for start in before.keys() - kept
    ]
    return changes


def _client_changes(file: LoadedFile, standing: Standing, mistakes: list[Mistake]) -> list[Change]:
    changes = []
    wanted = set()
    for owner, at, one in file.clients():
        wanted.add(one.id)
        before = standing.clients.get(one.id)
        scopes = sorted(scope.value for scope in one.scopes)
        if before is None:
            changes.append(Change("+", f"client {one.id}", _said_of_client(one)))
            continue
        holder = next(
            (code for code, p in standing.partners.items() if p["id"] == before["partner_id"]), None
        )
        if holder != owner:
            mistakes.append(
                file.mistake((*at, "id"), f"{one.id!r} is a client of {holder or 'the operator'}")
            )
        changes += _fields(
            f"client {one.id}",
            before | {"scopes": sorted(before["scopes"]), "grants": sorted(before["grants"])},
            {
                "name": one.name, "scopes": scopes, "status": "active", "grants": one.grant_types,
                "redirect_uris": one.redirect_uris, "authentication": one.authentication.value,
                "public_keys": one.public_keys, "store_code": one.store,
                "terminal_code": one.terminal,
            },
        )  # fmt: skip
    changes += [
        Change("-", f"client {name}", "is revoked")
        for name, row in standing.clients.items()
        if name not in wanted and row["status"] == "active"
    ]
    return changes


def _said_of_client(one: ClientModel) -> str:
    """All that whoever applies the file lets a new client do, and from where."""
    said = [
        " ".join(sorted(scope.value for scope in one.scopes)),
        f"grants {' '.join(sorted(one.grants))}",
        f"authentication {one.authentication.value}",
    ]
    if one.redirect_uris:
        said.append(f"redirect addresses {' '.join(one.redirect_uris)}")
    if one.store is not None:
        said.append(f"store {one.store}")
    if one.terminal is not None:
        said.append(f"terminal {one.terminal}")
    return "; ".join(said)


def _fields(what: str, before: dict[str, object], wanted: dict[str, object]) -> list[Change]:
    return [
        Change("~", f"{what}.{name}", f"{_plain(before[name])} -> {_plain(value)}")
        for name, value in wanted.items()
        if before[name] != value
    ]


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
