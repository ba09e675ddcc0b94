"""Take a picture of a receipt."""

import hashlib
from datetime import datetime

from coalition.access import Actor, Scope, acting_member
from coalition.kit.database import Sight
from coalition.missing.errors import ReceiptNotFound, ReceiptPlaceTaken
from coalition.missing.rules import MOST_RECEIPTS, answer_due, media_type_of
from coalition.missing.sides import missing_seen, refusal_of
from coalition.partners import Office


async def take_receipt(
    office: Office, *, actor: Actor, missing_id: int, number: int, content: bytes, now: datetime
) -> bool:
    """Whether it was there already. Only its bytes say what it is.

    Raises `MissingPurchaseNotFound`, `MissingPurchaseDecided`, `ReceiptNotAllowed`,
    `ReceiptNotFound` for a place that there is not, `ReceiptPlaceTaken`.
    """
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    if not 1 <= number <= MOST_RECEIPTS:
        raise ReceiptNotFound(f"Receipts have the places 1 to {MOST_RECEIPTS}.")
    found = await missing_seen(office, Sight(member_id=member_id), missing_id)
    media_type = media_type_of(content)
    contract = (await office.terms()).partner(found.partner_id).contract
    (row,) = await office.database.call(
        "take_receipt", member_id, found.id, number, media_type,
        hashlib.sha256(content).digest(), content, answer_due(contract, now), now,
        *actor.signature,
    )  # fmt: skip
    match row["outcome"]:
        case "TAKEN" | "THERE_ALREADY" as outcome:
            return bool(outcome == "THERE_ALREADY")
        case ReceiptPlaceTaken.code:
            raise ReceiptPlaceTaken(f"There is another receipt at the place {number}.")
        case other:
            raise refusal_of(other, found.state, "")
