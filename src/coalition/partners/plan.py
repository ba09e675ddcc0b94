"""What a partners' file would change, and what it must not."""

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.partners.help import changed_versions
from coalition.partners.mistakes import LoadedFile, Mistake, MistakesInFile, Path_
from coalition.partners.models import ClientModel, PartnerModel
from coalition.partners.rows import (
    agreement_row,
    contract_row,
    entity_row,
    pack_rows,
    partner_row,
    programme_row,
    promotion_row,
)
from coalition.partners.standing import Standing, what_stands
from coalition.partners.terms import PartnerStatus

# A programme that has posted anything keeps these for good.
_FIXED_ONCE_USED = ("currency", "time_zone", "settlement_calendar")
_SHOWN_OF_PARTNER = (
    "name", "legal_entity", "status", "settlement_calendar", "time_zone", "stop_earning_on",
    "redeem_until", "colour",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the plan. `sign`: + is added, ~ is changed, - ends."""

    sign: Literal["+", "~", "-"]
    what: str
    detail: str = ""


@dataclass(frozen=True)
class Plan:
    file: LoadedFile
    standing: Standing
    changes: tuple[Change, ...]


async def plan_changes(connection: AsyncConnection, file: LoadedFile) -> Plan:
    """As the owner. Raises `MistakesInFile` for what the file may not change."""
    standing = await what_stands(connection)
    mistakes: list[Mistake] = []
    changes = [
        *_programme_changes(file, standing, mistakes),
        *_help_changes(file, standing, mistakes),
        *_legal_entity_changes(file, standing),
        *_partner_changes(file, standing, mistakes),
        *_promotion_changes(file, standing, mistakes),
        *_client_changes(file, standing, mistakes),
    ]
    if mistakes:
        raise MistakesInFile(file.path, mistakes)
    return Plan(file, standing, tuple(changes))


def _programme_changes(
    file: LoadedFile, standing: Standing, mistakes: list[Mistake]
) -> list[Change]:
    wanted = programme_row(file)
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


def _help_changes(file: LoadedFile, standing: Standing, mistakes: list[Mistake]) -> list[Change]:
    """What members were told once stays to be read: terms go on in new versions."""
    before, after = standing.help, file.content.programme.help
    if before == after:
        return []
    if before is None:
        return [] if standing.programme is None else [Change("+", "programme.help", "is given")]
    mistakes += [
        file.mistake(
            ("programme", "help", "terms"), f"the version {version!r} stays as members were told;"
            " write a new one"
        )
        for version in changed_versions(before, after)
    ]  # fmt: skip
    return [Change("~", "programme.help", "has other texts")]


def _legal_entity_changes(file: LoadedFile, standing: Standing) -> list[Change]:
    changes = []
    for entity in file.content.legal_entities:
        before = standing.legal_entities.get(entity.code)
        if before is None:
            changes.append(Change("+", f"legal entity {entity.code}", entity.name))
        else:
            changes += _fields(f"legal entity {entity.code}", before, entity_row(entity))
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
            if not _may_follow(before["status"], one.status.value):
                mistakes.append(
                    file.mistake((*at, "status"), f"{one.status.value!r}: who has left stays so;"
                                 " one who comes back is a new partner with a new code")
                )  # fmt: skip
            mistakes += _calendar_mistakes(file, at, one, standing)
            mistakes += _stop_mistakes(file, at, one, standing)
            wanted_row = partner_row(file, one) | {"legal_entity": one.legal_entity}
            changes += _fields(
                f"partner {one.code}", before,
                {name: wanted_row[name] for name in _SHOWN_OF_PARTNER},
            )  # fmt: skip
            changes += _fields(
                f"partner {one.code}", standing.contracts[one.code], contract_row(one)
            )
            changes += _fields(
                f"partner {one.code}.reconciliation", standing.reconciliation[one.code],
                one.reconciliation.model_dump(),
            )  # fmt: skip
            logo = file.logos.get(one.code)
            changes += _fields(
                f"partner {one.code}", {"logo": standing.logos.get(one.code)},
                {"logo": logo and logo.sha256},
            )  # fmt: skip
        changes += _pack_changes(file, at, one, standing, mistakes)
        changes += _store_changes(one, standing)
        changes += _agreement_changes(file, at, one, standing, mistakes)
    return changes


def _may_follow(before: str, after: str) -> bool:
    return before == after or before != PartnerStatus.LEFT


def _calendar_mistakes(
    file: LoadedFile, at: Path_, one: PartnerModel, standing: Standing
) -> list[Mistake]:
    """A calendar that entries were assigned periods by stays: else an entry had two periods."""
    row, before = partner_row(file, one), standing.partners[one.code]
    programme = standing.programme or {}
    if one.code not in standing.with_entries:
        return []
    return [
        file.mistake((*at, name), f"{row[name]!r}: stays {before[name]!r} once points were posted")
        for name in ("settlement_calendar", "time_zone")
        # Where the programme's own calendar changed, that is told of the programme.
        if row[name] != before[name]
        and (getattr(one, name) is not None or before[name] != programme[name])
    ]


def _stop_mistakes(
    file: LoadedFile, at: Path_, one: PartnerModel, standing: Standing
) -> list[Mistake]:
    """A day on which a partner stopped cannot be before what it has posted since."""
    zone = ZoneInfo(str(partner_row(file, one)["time_zone"]))
    awarded, spent = standing.last_awarded.get(one.code), standing.last_redeemed.get(one.code)
    found = []
    if one.stop_earning_on and awarded and awarded.astimezone(zone).date() >= one.stop_earning_on:
        found.append(
            file.mistake((*at, "stop_earning_on"),
                         f"{one.stop_earning_on}: purchases up to {awarded} have earned points")
        )  # fmt: skip
    if one.redeem_until and spent and spent.astimezone(zone).date() > one.redeem_until:
        found.append(
            file.mistake((*at, "redeem_until"),
                         f"{one.redeem_until}: points up to {spent} were spent there")
        )  # fmt: skip
    return found


def _pack_changes(
    file: LoadedFile, at: Path_, one: PartnerModel, standing: Standing, mistakes: list[Mistake]
) -> list[Change]:
    """Packs are bought, never edited: what was issued out of them has been counted."""
    changes = []
    before = {row["code"]: row for row in standing.packs.get(one.code, [])}
    wanted = pack_rows(one)
    for place, row in enumerate(wanted):
        stands = before.get(row["code"])
        inner = (*at, "prepaid", "packs", place)
        if stands is None:
            changes.append(Change("+", f"pack {one.code}/{row['code']}", f"{row['points']} points"))
            continue
        mistakes += [
            file.mistake((*inner, name), f"{row[name]}: stays {stands[name]}; a pack is never"
                         " edited, add another one")
            for name in ("bought_on", "points", "amount")
            if row[name] != stands[name]
        ]  # fmt: skip
    mistakes += [
        file.mistake((*at, "prepaid"), f"the pack {code} is missing; packs stay")
        for code in sorted(before.keys() - {row["code"] for row in wanted})
    ]
    return changes


def _promotion_changes(
    file: LoadedFile, standing: Standing, mistakes: list[Mistake]
) -> list[Change]:
    """Promotions that stand must stand in the file unchanged: awards were made by them."""
    changes = []
    for place, one in enumerate(file.content.promotions):
        at: Path_ = ("promotions", place)
        row = promotion_row(file, one) | {"funded_by": one.funded_by}
        stands = standing.promotions.get(one.code)
        if stands is None:
            shares = ", ".join(f"{code} {share}" for code, share in one.funded_by.items())
            changes.append(Change("+", f"promotion {one.code}", f"at {one.brand}, by {shares}"))
            continue
        mistakes += [
            file.mistake((*at, name), "a promotion is never edited, add another one")
            for name, value in row.items()
            if value != stands[name]
        ]
    kept = {one.code for one in file.content.promotions}
    mistakes += [
        file.mistake(("promotions",), f"{code} is missing; promotions stay")
        for code in sorted(standing.promotions.keys() - kept)
    ]
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
    posted = standing.last_posted(one.code)
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
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
