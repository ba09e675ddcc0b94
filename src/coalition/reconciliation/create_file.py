"""Open a place for a partner's file."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_partner, require
from coalition.files import checksum_of
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import NotAllowed
from coalition.kit.text import clean
from coalition.partners import Office, PartnerStatus, PartnerSuspended, Terms
from coalition.reconciliation.periods import span_of


@dataclass(frozen=True, slots=True)
class FileRequest:
    """`format` CSV or NDJSON, `compression` NONE or GZIP; `sha256` of the unpacked file."""

    idempotency_key: str
    period: str
    format: str
    compression: str
    file_name: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    file_id: int
    replayed: bool


def partner_of(actor: Actor, partner_id: int | None) -> int:
    """Whose file it is: a partner's own, or whom the operator names. Raises `NotAllowed`."""
    if actor.partner_id is not None:
        return acting_partner(actor, Scope.RECONCILIATION_WRITE)
    require(actor, Scope.SETTLEMENT_APPROVE)
    if partner_id is None:
        raise NotAllowed("The operator says whose file it is.")
    return partner_id


def refuse_suspended(terms: Terms, actor: Actor) -> None:
    """A suspended brand stops acting; its items wait. Raises `PartnerSuspended`."""
    if actor.partner_id is not None:
        status = terms.partner(actor.partner_id).status
        if status not in {PartnerStatus.ACTIVE, PartnerStatus.LEAVING}:
            raise PartnerSuspended("The partner is suspended or has left: it reconciles nothing.")


async def create_file(
    office: Office,
    *,
    actor: Actor,
    request: FileRequest,
    now: datetime,
    partner_id: int | None = None,
) -> Created:
    """A place for a file to be sent to; the same again for the same key, and for the hash of a
    file that was taken. `partner_id`: whose, when the operator asks.

    Raises `NotAllowed`, `FileOfAnotherPeriod`, `TextNotAllowed`, `ChecksumNotAllowed`,
    `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    owner = partner_of(actor, partner_id)
    refuse_suspended(await office.terms(), actor)
    claim = claim_of(owner, "createReconciliationFile", request.idempotency_key)
    name = None if request.file_name is None else clean(request.file_name, ("fileName",))
    checksum = None if request.sha256 is None else checksum_of(request.sha256)
    span = span_of((await office.terms()).partner(owner), request.period, now=now)
    fingerprint = hash_of_request(
        span.label, request.format, request.compression, name, checksum and checksum.hex()
    )
    (row,) = await office.database.call(
        "create_reconciliation_file", owner, claim, fingerprint, actor.client_id, span.label,
        request.format, request.compression, name, checksum, now,
    )  # fmt: skip
    if row["outcome"] == "IDEMPOTENCY_KEY_REUSED":
        raise reused(request.idempotency_key)
    return Created(row["id"], replayed=row["outcome"] == "REPLAYED")
