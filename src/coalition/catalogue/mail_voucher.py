"""Mail a member a copy of a voucher with its code, because it asked for that."""

from datetime import datetime, timedelta
from typing import Final

from coalition.access import Actor, Scope, acting_member
from coalition.catalogue.claims import Where
from coalition.catalogue.codes import open_code
from coalition.catalogue.one_claim import claim_and_reward, own_seq
from coalition.catalogue.refusals import refusal_of
from coalition.catalogue.rules import ClaimState
from coalition.catalogue.texts import texts_for
from coalition.kit.database import Database, Sight
from coalition.mail import VoucherCopy

# Copies that a member asks for in a day at most.
MOST_COPIES: Final = 20
_A_DAY: Final = timedelta(days=1)


async def mail_voucher(
    database: Database, *, actor: Actor, claim: Where | None, sends_mails: bool, now: datetime
) -> bool:
    """`claim` None: an id that names none. `sends_mails`: whether this coalition sends any. Whether
    one was on its way already.

    Raises `ClaimNotFound`, `VoucherNotReady`, `MailsNotSent`, `TooManyCopies`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    if not sends_mails:
        raise refusal_of("MAILS_NOT_SENT")
    (row,) = await database.call(
        "mail_voucher", member_id, own_seq(claim, member_id), MOST_COPIES, now - _A_DAY,
        now + _A_DAY, now,
    )  # fmt: skip
    if row["outcome"] not in {"WRITTEN", "REPLAYED"}:
        raise refusal_of(row["outcome"])
    return bool(row["outcome"] == "REPLAYED")


async def voucher_copy(
    database: Database, key: bytes, place: Where, language: str, *, now: datetime
) -> VoucherCopy | None:
    """What the mail says when it is sent; None when the code is no good any more, or somebody
    else's. `key`: of voucher codes. Raises `Unavailable`.
    """
    async with database.reading(Sight(member_id=place[0])) as connection:
        claim, reward = await claim_and_reward(connection, place)
    sealed = claim.sealed_code
    if sealed is None or claim.gift is not None or claim.state_at(now) is not ClaimState.CLAIMED:
        return None
    return VoucherCopy(
        title=texts_for(reward.terms.texts, language).title,
        code=open_code(key, claim.partner_id, sealed),
        until=claim.valid_until,
    )
