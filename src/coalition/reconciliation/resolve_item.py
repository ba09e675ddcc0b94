"""Resolve a difference: accept the ledger, post what it lacks, take back, bill, or dispute it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coalition import earning, redemption
from coalition.access import Actor, ActorKind, Scope, require
from coalition.kit.amounts import Money
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.text import clean
from coalition.members import MemberRef
from coalition.partners import Office
from coalition.reconciliation.classes import AWARD, REDEMPTION, RETURN, Action, RowClass
from coalition.reconciliation.create_file import refuse_suspended
from coalition.reconciliation.errors import ActionNotOpen, ItemNotFound, ItemResolved
from coalition.reconciliation.queries import ItemRecord, items_at

OPERATOR = "operator"  # how a resolution by the operator begins; partners see no more of it
_STATES = {
    Action.ACCEPT: "accepted",
    Action.POST: "posted",
    Action.BILL: "billed",
    Action.REVERSE: "reversed",
    Action.DISPUTE: "to_dispute",
}
_OF_THE_OPERATOR = frozenset({Action.BILL, Action.REVERSE})
_REVERSIBLE = frozenset(
    {RowClass.MISSING_AT_PARTNER, RowClass.DUPLICATE_IN_LEDGER, RowClass.STATUS_MISMATCH}
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """`note` says why, for whoever reads it later."""

    idempotency_key: str
    action: Action
    note: str


@dataclass(frozen=True, slots=True)
class Resolved:
    item: ItemRecord
    replayed: bool


def sight_of(actor: Actor) -> Sight:
    """A partner's own items, the operator all. Raises `NotAllowed`."""
    require(actor, Scope.RECONCILIATION_WRITE, Scope.SETTLEMENT_APPROVE)
    return EVERYTHING if actor.partner_id is None else Sight(partner_id=actor.partner_id)


async def open_item(office: Office, actor: Actor, item_id: int) -> ItemRecord:
    """Raises `NotAllowed`, `ItemNotFound`."""
    async with office.database.reading(sight_of(actor)) as connection:
        found = (await items_at(connection, [item_id])).get(item_id)
    if found is None:
        raise ItemNotFound("No such reconciliation item of this partner.", field=("itemId",))
    return found


async def resolve_item(
    office: Office, *, actor: Actor, item_id: int, resolution: Resolution, now: datetime
) -> Resolved:
    """The item as it then stands. What is posted has a key of the item's own: sent twice, or
    killed between the posting and the item, it counts once.

    Raises `NotAllowed`, `ItemNotFound`, `ItemResolved`, `ActionNotOpen`, `TextNotAllowed`,
    `IdempotencyKeyReused`, and what refuses the award, return or refund.
    """
    item = await open_item(office, actor, item_id)
    return await _resolve(office, actor, item, resolution, now)


async def rehearse_resolution(
    office: Office, *, actor: Actor, item_id: int, resolution: Resolution, now: datetime
) -> Resolved:
    """What `resolve_item` would answer the operator; nothing is written. Raises the same."""
    item = await open_item(office, actor, item_id)
    async with office.database.rehearsing(Sight(partner_id=item.partner_id)) as rehearsal:
        return await _resolve(office.rehearsing(rehearsal), actor, item, resolution, now)


async def _resolve(
    office: Office, actor: Actor, item: ItemRecord, resolution: Resolution, now: datetime
) -> Resolved:
    refuse_suspended(await office.terms(), actor)
    note = clean(resolution.note, ("note",), longest=500)
    owner = "operator" if actor.partner_id is None else actor.partner_id
    claim = claim_of(owner, "resolveReconciliationItem", resolution.idempotency_key)
    fingerprint = hash_of_request(item.id, resolution.action.value, note)
    if item.state == "open":
        _refuse_wrong_action(actor, item, resolution.action)
        await _post(office, actor, item, resolution.action, now)
    by = actor.client_id if actor.partner_id is not None else f"{OPERATOR}:{actor.client_id}"
    (row,) = await office.database.call(
        "resolve_reconciliation_item", actor.partner_id, item.id, claim, fingerprint,
        _STATES.get(resolution.action, "accepted"), by, note, now, actor.request_id,
    )  # fmt: skip
    match row["outcome"]:
        case "IDEMPOTENCY_KEY_REUSED":
            raise reused(resolution.idempotency_key)
        case ItemResolved.code:
            raise ItemResolved(
                f"The item is {item.state}: it was resolved before.", field=("itemId",)
            )
    async with office.database.reading(Sight(partner_id=item.partner_id)) as connection:
        now_stands = (await items_at(connection, [item.id]))[item.id]
    return Resolved(now_stands, replayed=row["outcome"] == "REPLAYED")


def actions_for(item: ItemRecord, kind: ActorKind) -> list[Action]:
    """What may be done with an open item by an actor of a kind."""
    if item.state != "open":
        return []
    found = [Action.ACCEPT, Action.DISPUTE]
    if item.row_class is RowClass.MISSING_IN_LEDGER and item.kind in {AWARD, RETURN}:
        found.append(Action.POST)
    if item.row_class is RowClass.MISSING_AT_PARTNER:
        found.append(Action.BILL)
    if item.row_class in _REVERSIBLE and item.kind in {AWARD, REDEMPTION}:
        found.append(Action.REVERSE)
    return [one for one in found if kind is ActorKind.OPERATOR or one not in _OF_THE_OPERATOR]


def _refuse_wrong_action(actor: Actor, item: ItemRecord, action: Action) -> None:
    may = actions_for(item, actor.kind)
    if action not in may:
        raise ActionNotOpen(
            f"{action.value} is not for this item ({item.row_class.value}) and this token. There"
            f" are: {', '.join(one.value for one in may)}.",
            field=("action",),
        )


async def _post(
    office: Office, actor: Actor, item: ItemRecord, action: Action, now: datetime
) -> None:
    if action is Action.POST:
        poster = _as_partner(actor, item, Scope.POINTS_AWARD)
        if item.kind == AWARD:
            await _award(office, poster, item, now)
        else:
            await _take_back(office, poster, item, now)
    elif action is Action.REVERSE:
        if item.kind == AWARD:
            await _reverse(office, _as_partner(actor, item, Scope.POINTS_AWARD), item, now)
        else:
            await _refund(office, _as_partner(actor, item, Scope.POINTS_REDEEM), item, now)


def _as_partner(actor: Actor, item: ItemRecord, scope: Scope) -> Actor:
    """Who posts is the item's partner; the request is that of whoever resolved the item."""
    return Actor(
        ActorKind.PARTNER, actor.client_id, frozenset({scope}), partner_id=item.partner_id,
        request_id=actor.request_id,
    )  # fmt: skip


def _key(item: ItemRecord) -> str:
    return f"reconciliation-item-{item.id}"


async def _award(office: Office, poster: Actor, item: ItemRecord, now: datetime) -> None:
    """A late earn: judged like any award, so an unknown or closed member refuses it."""
    told = item.told or {}
    if told.get("memberKind") is None:
        raise ActionNotOpen(
            "The file does not say whose purchase it was: award it with its member.",
            field=("action",),
        )
    money = Money(item.file_amount or 0, item.file_currency or "")
    purchase = earning.Purchase(
        item.reference, item.occurred_at, money.amount, money.currency,
        store_code=_said(told, "store"), terminal_code=_said(told, "terminal"),
    )  # fmt: skip
    member = MemberRef(str(told["memberKind"]), str(told["member"]))
    (outcome,) = await earning.award_points(
        office, actor=poster, requests=[earning.AwardRequest(_key(item), member, purchase)], now=now
    )
    if outcome.refusal is not None:
        raise outcome.refusal


async def _take_back(office: Office, poster: Actor, item: ItemRecord, now: datetime) -> None:
    money = Money(item.file_amount or 0, item.file_currency or "")
    await earning.reverse_award(
        office,
        actor=poster,
        request=earning.ReturnRequest(
            _key(item), None, item.reference, money.amount, money.currency,
            "Told by the partner's file", item.occurred_at,
        ),
        now=now,
    )  # fmt: skip


async def _reverse(office: Office, poster: Actor, item: ItemRecord, now: datetime) -> None:
    await earning.reverse_award(
        office,
        actor=poster,
        request=earning.ReturnRequest(
            _key(item), _place(item), None, None, None, "Not in the partner's file"
        ),
        now=now,
    )


async def _refund(office: Office, poster: Actor, item: ItemRecord, now: datetime) -> None:
    await redemption.refund_redemption(
        office,
        actor=poster,
        request=redemption.RefundRequest(
            _key(item), _place(item), None, "Not in the partner's file"
        ),
        now=now,
    )


def _place(item: ItemRecord) -> tuple[int, int]:
    return item.member_id or 0, item.seqs[0]


def _said(told: dict[str, object], name: str) -> str | None:
    value = told.get(name)
    return None if value is None else str(value)


def units(minor: int | None, currency: str | None) -> Decimal | None:
    """An amount of an item in units of its currency."""
    return None if minor is None or currency is None else Money(minor, currency).amount
