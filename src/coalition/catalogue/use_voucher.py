"""Take a voucher's code in payment, once."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_partner, load_keys
from coalition.catalogue.claims import Where
from coalition.catalogue.codes import checked_code, hash_of_code
from coalition.catalogue.refusals import refusal_of
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.text import clean
from coalition.partners import Office


@dataclass(frozen=True, slots=True)
class Used:
    claim: Where
    replayed: bool


async def use_voucher(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    code: str,
    reference: str,
    now: datetime,
) -> Used:
    """At the brand whose reward it is. `reference`: the brand's own number of the purchase.

    Raises `VoucherNotFound`, `VoucherUsed`, `VoucherExpired`, `VoucherCancelled`,
    `TextNotAllowed`, `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    key = (await load_keys(office.database)).codes
    hashed = hash_of_code(key, partner_id, checked_code(code, ("code",)))
    said = clean(reference, ("reference",))
    (row,) = await office.database.call(
        "use_voucher", partner_id, claim_of(partner_id, "useVoucher", idempotency_key),
        hash_of_request(hashed.hex(), said), hashed, said, now, *actor.trace,
    )  # fmt: skip
    if row["outcome"] not in {"USED", "REPLAYED"}:
        raise refusal_of(row["outcome"], idempotency_key=idempotency_key)
    return Used((row["member_id"], row["seq"]), replayed=row["outcome"] == "REPLAYED")
