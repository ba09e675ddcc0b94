"""Correct what a partner was billed or paid, in its next open period, for a named reason."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from coalition.access import Actor, Scope
from coalition.kit.amounts import LARGEST, Money, NotMoney, priced
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.database import EVERYTHING
from coalition.kit.text import clean
from coalition.ledger import Period, period_numbered
from coalition.partners import Agreement, Office, Partner, Terms
from coalition.settlement.errors import (
    AdjustmentNotValid,
    LineNotFound,
    MoreThanAuthorised,
    StatementDisputed,
)
from coalition.settlement.office import partner_named, require_operator
from coalition.settlement.queries import (
    StatementFilter,
    StatementLineRecord,
    StatementRecord,
    list_statements,
)
from coalition.settlement.vat import Side
from coalition.settlement.versions import replaced

OPERATION = "recordAdjustment"


@dataclass(frozen=True, slots=True)
class Source:
    """What an adjustment comes from, like DISPUTE and its id, and how much was authorised for it
    in all, in units of the currency. GOODWILL is the operator's own expense.
    """

    kind: str
    id: str
    authorised: Decimal


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """In the partner's favour when above zero: points x price, or an amount of money.

    `corrects`: which document it belongs to. `statement_id` and `line` name what it corrects.
    """

    idempotency_key: str
    partner: str
    reason: str
    source: Source
    points: int = 0
    price: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    corrects: Side = Side.ISSUANCE
    statement_id: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`id` None: a dry run."""

    id: int | None
    period: Period
    partner_id: int
    points: int
    price: Decimal | None
    amount: Money
    reason: str
    source: str
    replayed: bool


async def record_adjustment(
    office: Office,
    *,
    actor: Actor,
    request: AdjustmentRequest,
    now: datetime,
    dry_run: bool = False,
) -> Adjustment:
    """The adjustment, in the period of `now` in the partner's calendar, or the next open one.

    Raises `NotAllowed`, `PartnerNotFound`, `LineNotFound`, `AdjustmentNotValid`,
    `StatementReplaced`, `StatementDisputed`, `MoreThanAuthorised`, `IdempotencyKeyReused`.
    """
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    terms = await office.terms()
    partner = partner_named(terms, request.partner)
    found = await _line(office, partner, request)
    currency = request.currency or (found[0].net.currency if found else partner.currency)
    amount, authorised = _amounts(request, currency)
    agreement = _agreement(terms, partner, found, now)
    reason = clean(request.reason, ("reason",), longest=200)
    source = request.source
    await office.open_periods([now])
    (row,) = await office.database.call(
        "record_adjustment", claim_of("operator", OPERATION, request.idempotency_key),
        _fingerprint(request, amount, authorised), partner.id, currency, request.corrects,
        request.points, request.price if request.points else None, amount.minor, authorised.minor,
        "OPERATOR" if source.kind == "GOODWILL" else "POOL", reason,
        clean(source.kind, ("source", "kind"), longest=40),
        clean(source.id, ("source", "id"), longest=120), agreement.id,
        request.statement_id, request.line, now, dry_run, *actor.signature,
    )  # fmt: skip
    if row["outcome"] == "STATEMENT_REPLACED":
        raise await replaced(office, request.statement_id)
    _refuse(row["outcome"], request, amount, row["left_over"])
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_numbered(connection, row["period_id"])
    if period is None:
        raise RuntimeError("An adjustment of a period that is not there.")
    return Adjustment(
        id=row["adjustment_id"],
        period=period,
        partner_id=partner.id,
        points=request.points,
        price=request.price,
        amount=amount,
        reason=reason,
        source=f"{source.kind} {source.id}",
        replayed=row["outcome"] == "REPLAYED",
    )


async def _line(
    office: Office, partner: Partner, request: AdjustmentRequest
) -> tuple[StatementRecord, StatementLineRecord] | None:
    """The line that is corrected; None when none is named."""
    if request.statement_id is None:
        return None
    asked = StatementFilter(
        partner_id=partner.id, statement_id=request.statement_id, replaced_too=True
    )
    async with office.database.reading(EVERYTHING) as connection:
        statements = await list_statements(connection, asked)
    for statement in statements:
        for line in statement.lines:
            if line.line == request.line:
                return statement, line
    raise LineNotFound(
        f"{partner.code} has no such statement, or no line {request.line} on it.", field=("line",)
    )


def _amounts(request: AdjustmentRequest, currency: str) -> tuple[Money, Money]:
    """What is adjusted, and what was authorised in all."""
    both = request.amount is not None, request.price is not None
    if both not in {(True, False), (False, True)} or (request.price is None) != (
        request.points == 0
    ):
        raise AdjustmentNotValid("Give points and a price, or an amount alone.", field=("amount",))
    if abs(request.points) > LARGEST or (request.price is not None and request.price < 0):
        raise AdjustmentNotValid(
            "Points are whole numbers of 64 bits and a price is not below zero.", field=("points",)
        )
    try:
        if request.amount is not None:
            amount = Money.of(request.amount, currency)
        else:
            amount = priced(request.points, request.price or Decimal(0), currency)
        authorised = Money.of(request.source.authorised, currency)
    except NotMoney as error:
        raise AdjustmentNotValid(str(error), field=("amount",)) from None
    if amount.minor == 0:
        raise AdjustmentNotValid("An adjustment of nothing adjusts nothing.", field=("amount",))
    return amount, authorised


def _agreement(
    terms: Terms,
    partner: Partner,
    found: tuple[StatementRecord, StatementLineRecord] | None,
    now: datetime,
) -> Agreement:
    """Under which it is taxed: that of the line that is corrected, else the one in force."""
    if found is not None and found[1].agreement_id is not None:
        return terms.agreement(found[1].agreement_id)
    return partner.agreement_on(now) or partner.agreements[-1]


def _fingerprint(request: AdjustmentRequest, amount: Money, authorised: Money) -> UUID:
    return hash_of_request(
        request.partner, request.points,
        None if request.price is None else f"{request.price.normalize():f}", amount.minor,
        amount.currency, authorised.minor, request.corrects, request.reason, request.source.kind,
        request.source.id, request.statement_id, request.line,
    )  # fmt: skip


def _refuse(outcome: str, request: AdjustmentRequest, amount: Money, left: int | None) -> None:
    match outcome:
        case "ADJUSTED" | "REPLAYED":
            return
        case "IDEMPOTENCY_KEY_REUSED":
            raise reused(request.idempotency_key)
        case "LINE_NOT_FOUND":
            raise LineNotFound("No such line of a statement of that brand.", field=("line",))
        case "STATEMENT_DISPUTED":
            raise StatementDisputed(
                f"Line {request.line} is disputed: what {request.partner} gets for it is for the"
                " decision to say.",
                field=("line",),
            )
        case "ANOTHER_CURRENCY":
            raise AdjustmentNotValid(
                f"{amount.currency} is not the currency of the line, or of what was given for"
                f" {request.source.kind} {request.source.id} before: say the same one.",
                field=("currency",),
            )
        case "MORE_THAN_AUTHORISED":
            rest = Money(left or 0, amount.currency)
            raise MoreThanAuthorised(
                f"{Money(abs(amount.minor), amount.currency)} are more than is left of what was"
                f" authorised for {request.source.kind} {request.source.id}, or of the line:"
                f" {rest}.",
                field=("amount",),
            )
        case _:
            raise RuntimeError(f"record_adjustment answered {outcome}")
