"""What concerns several fields of a partners' file at once, when each by itself is right."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from coalition.access import (
    MEMBER_SCOPES,
    OPERATOR_SCOPES,
    PARTNER_SCOPES,
    Authentication,
)
from coalition.kit.amounts import Money, NotMoney
from coalition.partners.mistakes import LoadedFile, Mistake, Path_, spelled
from coalition.partners.models import ClientModel, PartnerModel, PartnersFile, in_zone

_HUNDRED = Decimal(100)


def inconsistencies(file: LoadedFile) -> list[Mistake]:
    """Every one of them, in no order."""
    found = [*_clients(file), *_names(file)]
    for place, partner in enumerate(file.content.partners):
        at: Path_ = ("partners", place)
        found += _agreements(file, at, partner)
        found += _exit(file, at, partner)
        found += _amounts(file, at, partner)
        found += _twice(file, (*at, "stores"), "code", [store.code for store in partner.stores])
    return [*found, *_promotions(file)]


def _names(file: LoadedFile) -> Iterator[Mistake]:
    """Codes that stand twice, and names of legal entities that there are none of."""
    content = file.content
    entities = {entity.code for entity in content.legal_entities}
    known = ", ".join(sorted(entities)) or "none is given"
    yield from _twice(file, ("legal_entities",), "code", [e.code for e in content.legal_entities])
    yield from _twice(file, ("partners",), "code", [p.code for p in content.partners])
    yield from _twice(
        file, ("programme", "tiers"), "code", [tier.code for tier in content.programme.tiers]
    )
    yield from _twice(file, ("promotions",), "code", [p.code for p in content.promotions])
    named: list[tuple[Path_, str | None]] = [
        (("partners", place, "legal_entity"), partner.legal_entity)
        for place, partner in enumerate(content.partners)
    ]
    for at, code in [*named, (("operator", "legal_entity"), content.operator.legal_entity)]:
        if code is not None and code not in entities:
            yield file.mistake(at, f"{code!r} is none of legal_entities: {known}")


def _clients(file: LoadedFile) -> Iterator[Mistake]:
    seen: dict[str, Path_] = {}
    for owner, at, client in file.clients():
        allowed = OPERATOR_SCOPES if owner is None else PARTNER_SCOPES
        if {"authorization_code", "device_code"}.intersection(client.grants):
            allowed |= MEMBER_SCOPES  # members may let it act for them
        for field, text in _unfit(client, file.content, at):
            yield file.mistake((*at, field), text)
        if client.id in seen:
            yield file.mistake(
                (*at, "id"), f"{client.id!r} is the id of {spelled(seen[client.id])}"
            )
        seen.setdefault(client.id, at)
        for place, scope in enumerate(client.scopes):
            if scope not in allowed:
                names = ", ".join(sorted(allowed))
                yield file.mistake(
                    (*at, "scopes", place), f"{scope.value!r} is not for this client; {names}"
                )


def _unfit(client: ClientModel, content: PartnersFile, at: Path_) -> Iterator[tuple[str, str]]:
    """What of a client does not go together: the field, and why."""
    grants = set(client.grants)
    if "authorization_code" in grants and not client.redirect_uris:
        yield "grants", "authorization_code needs redirect_uris"
    if "refresh_token" in grants and not grants & {"authorization_code", "device_code"}:
        yield "grants", "refresh_token goes with authorization_code or device_code"
    if client.authentication is Authentication.NONE and "client_credentials" in grants:
        yield "authentication", "a client without a secret or a key has no client_credentials"
    if (client.authentication is Authentication.PRIVATE_KEY) != (client.public_keys is not None):
        yield "public_keys", "goes with authentication: private_key_jwt, and that with it"
    if client.secret_env and client.authentication is not Authentication.SECRET:
        yield "secret_env", "is for authentication: client_secret"
    if client.terminal is not None and client.store is None:
        yield "terminal", "needs the store that it stands in"
    if client.store is not None:
        owner = content.partners[int(at[1])] if at[0] == "partners" else None
        stores = {one.code: one for one in owner.stores} if owner else {}
        if client.store not in stores:
            known = ", ".join(stores) or "none is listed"
            yield "store", f"{client.store!r} is none of the brand's stores: {known}"
        elif client.terminal and client.terminal not in stores[client.store].terminals:
            yield "terminal", f"{client.terminal!r} is no terminal of store {client.store}"


def _agreements(file: LoadedFile, at: Path_, partner: PartnerModel) -> Iterator[Mistake]:
    """Agreements in the order of time, none of them in force together with another."""
    before: datetime | None = None
    ends: datetime | None = None
    for place, one in enumerate(partner.agreements):
        inner = (*at, "agreements", place)
        start, end = one.starts(file.zone), one.ends(file.zone)
        if before is not None and start <= before:
            yield file.mistake(
                (*inner, "valid_from"),
                f"{one.valid_from} must be later than the agreement before it",
            )
        elif ends is not None and start < ends:
            yield file.mistake(
                (*inner, "valid_from"),
                f"{one.valid_from}: overlaps the agreement before it, which holds until {ends}",
            )
        if end is not None and end <= start:
            yield file.mistake(
                (*inner, "valid_until"), f"{one.valid_until} must be later than valid_from"
            )
        before, ends = start, end


def _exit(file: LoadedFile, at: Path_, partner: PartnerModel) -> Iterator[Mistake]:
    """The days on which a partner stops, against its agreements and each other."""
    stop, until = partner.stop_earning_on, partner.redeem_until
    starts = [one.starts(file.zone).astimezone(file.zone).date() for one in partner.agreements]
    for field, day in (("stop_earning_on", stop), ("redeem_until", until)):
        if day is not None and day < starts[0]:
            yield file.mistake(
                (*at, field), f"{day} is before the first agreement, which starts on {starts[0]}"
            )
    if stop is not None and until is not None and until < stop:
        yield file.mistake(
            (*at, "redeem_until"),
            f"{until} is before stop_earning_on {stop}: who earns there could not spend there",
        )
    last = max((day for day in (stop, until) if day is not None), default=None)
    for place, start in enumerate(starts[1:], start=1):
        if stop is not None and until is not None and last is not None and start > last:
            yield file.mistake(
                (*at, "agreements", place, "valid_from"),
                f"{start} is after {last}, the last day on which anything happens there",
            )


def _amounts(file: LoadedFile, at: Path_, partner: PartnerModel) -> Iterator[Mistake]:
    """Money must be sayable in the partner's currency; packs and limits must go together."""
    money: list[tuple[Path_, Decimal]] = []
    if partner.credit is not None:
        money.append((("credit", "limit"), partner.credit.limit))
    if partner.prepaid is not None:
        packs = partner.prepaid.packs
        money += [(("prepaid", "packs", n, "amount"), pack.amount) for n, pack in enumerate(packs)]
        yield from _twice(file, (*at, "prepaid", "packs"), "code", [pack.code for pack in packs])
        if partner.prepaid.overdraft == "to_limit" and partner.credit is None:
            yield file.mistake(
                (*at, "prepaid", "overdraft"), "to_limit needs credit, which says the limit"
            )
    for field, amount in money:
        try:
            Money.of(amount, partner.currency)
        except NotMoney as error:
            yield file.mistake((*at, *field), str(error))


def _promotions(file: LoadedFile) -> Iterator[Mistake]:
    partners = {partner.code: partner for partner in file.content.partners}
    known = ", ".join(sorted(partners)) or "none is given"
    for place, one in enumerate(file.content.promotions):
        at: Path_ = ("promotions", place)
        start, end = in_zone(one.valid_from, file.zone), in_zone(one.valid_until, file.zone)
        if end <= start:
            yield file.mistake(
                (*at, "valid_until"), f"{one.valid_until} must be later than valid_from"
            )
        if one.brand not in partners:
            yield file.mistake((*at, "brand"), f"{one.brand!r} is none of partners: {known}")
        for code in one.funded_by:
            if code not in partners:
                yield file.mistake(
                    (*at, "funded_by", code), f"{code!r} is none of partners: {known}"
                )
            elif partners[code].agreements[0].starts(file.zone) > start:
                yield file.mistake(
                    (*at, "funded_by", code),
                    f"{code!r} has no agreement yet on {one.valid_from}; it pays at its own price",
                )
        total = sum(one.funded_by.values())
        if total != _HUNDRED:
            yield file.mistake((*at, "funded_by"), f"the shares sum to {total}, not to 100")


def _twice(file: LoadedFile, at: Path_, name: str, values: list[str]) -> list[Mistake]:
    return [
        file.mistake((*at, place, name), f"{value!r} is given twice")
        for place, value in enumerate(values)
        if value in values[:place]
    ]
