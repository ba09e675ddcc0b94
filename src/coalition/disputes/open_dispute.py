"""Dispute a line of a statement."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coalition.access import Actor
from coalition.disputes.errors import DisputeNotValid, DisputeOpen, ItemDisputed
from coalition.disputes.evidence import Evidence, checked
from coalition.disputes.ladder import Reason, opened
from coalition.disputes.queries import Dispute
from coalition.disputes.sides import dispute_seen, line_seen, no_such_line, side_of, window_of
from coalition.kit.amounts import Money, NotMoney
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.partners import Office
from coalition.reconciliation import ItemResolved
from coalition.settlement import replaced

OPERATION = "openDispute"
_LONGEST_KIND, _LONGEST_SOURCE = 40, 100


@dataclass(frozen=True, slots=True)
class DisputeRequest:
    """`amount` in units of the statement's currency, in the partner's favour; None: all of the
    line. `source`: the kind and id of what it comes from. `items`: the differences of a
    reconciliation that it is about (dispute_items.py).
    """

    idempotency_key: str
    statement_id: int
    line: int
    reason: Reason
    message: str
    amount: Decimal | None = None
    evidence: Evidence | None = None
    source: tuple[str, str] | None = None
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Disputed:
    """`dispute` None: a dry run."""

    dispute: Dispute | None
    replayed: bool


async def open_dispute(
    office: Office,
    *,
    actor: Actor,
    request: DisputeRequest,
    now: datetime,
    dry_run: bool = False,
) -> Disputed:
    """By the partner, or by the operator for it. Behind the window it is taken and flagged.

    Raises `NotAllowed`, `StatementNotFound`, `DisputeNotValid`, `DisputeOpen`,
    `StatementReplaced`, `EvidenceNotAllowed`, `IdempotencyKeyReused`, `TextNotAllowed`; of items
    `ItemResolved`, `ItemDisputed`.
    """
    side = side_of(actor)
    statement, line = await line_seen(office, actor, request.statement_id, request.line)
    terms = await office.terms()
    window = window_of(terms, statement.partner_id)
    amount = _amount(request, statement.net.currency, abs(line.amount.minor))
    message = clean(request.message, ("message",), longest=1000)
    evidence = None if request.evidence is None else checked(request.evidence)
    kind, source = _source(request)
    standing = opened(now, window)
    freeze = terms.partner(statement.partner_id).contract.dispute_freeze
    fingerprint = hash_of_request(
        request.statement_id, request.line, request.reason, amount.minor, message, kind, source,
        None if evidence is None else [evidence.name, evidence.media_type, evidence.content.hex()],
        *([list(request.items)] if request.items else []),
    )  # fmt: skip
    (row,) = await office.database.call(
        "open_dispute",
        claim_of(actor.partner_id or "operator", OPERATION, request.idempotency_key), fingerprint,
        statement.partner_id, statement.id, request.line, amount.minor, request.reason, message,
        freeze, kind, source, statement.issued_at + window, standing.due_at,
        None if evidence is None else evidence.name,
        None if evidence is None else evidence.media_type,
        None if evidence is None else evidence.content, list(request.items), now, dry_run, side,
        *actor.signature,
    )  # fmt: skip
    match row["outcome"]:
        case "OPENED" | "REPLAYED":
            number = row["dispute_id"]
            found = None if number is None else await dispute_seen(office, actor, number)
            return Disputed(found, row["outcome"] == "REPLAYED")
        case "IDEMPOTENCY_KEY_REUSED":
            raise reused(request.idempotency_key)
        case "STATEMENT_REPLACED":
            raise await replaced(office, statement.id)
        case other:
            raise _refusal_of(other, amount, row["line_amount"])


def _refusal_of(outcome: str, amount: Money, line_amount: int | None) -> Refusal:
    match outcome:
        case "STATEMENT_LINE_NOT_FOUND":
            return no_such_line()
        case "ALREADY_OPEN":
            return DisputeOpen(
                "The line is disputed already. Speak in that dispute.", field=("line",)
            )
        case "MORE_THAN_THE_LINE":
            left = Money(line_amount or 0, amount.currency)
            return DisputeNotValid(
                f"{amount} are more than the line says, or than is left of it: {left}.",
                field=("amount",),
            )
        case ItemResolved.code:
            return ItemResolved(
                "An item was resolved in another way, or is one of a file that a newer one has"
                " replaced: look at the items of that one.",
                field=("itemIds",),
            )
        case ItemDisputed.code:
            return ItemDisputed(
                "An item is in a dispute already. Speak in that one.", field=("itemIds",)
            )
    raise RuntimeError(f"open_dispute answered {outcome}")


def _source(request: DisputeRequest) -> tuple[str, str] | tuple[None, None]:
    if request.source is None:
        return None, None
    kind, number = request.source
    return (
        clean(kind, ("source", "kind"), longest=_LONGEST_KIND),
        clean(number, ("source", "id"), longest=_LONGEST_SOURCE),
    )


def _amount(request: DisputeRequest, currency: str, whole: int) -> Money:
    try:
        amount = (
            Money(whole, currency) if request.amount is None else Money.of(request.amount, currency)
        )
    except NotMoney as error:
        raise DisputeNotValid(str(error), field=("amount",)) from None
    if amount.minor <= 0:
        raise DisputeNotValid("A dispute is about an amount above zero.", field=("amount",))
    return amount
