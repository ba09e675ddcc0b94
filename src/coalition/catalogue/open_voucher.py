"""Open the link of a voucher, without signing in: who has the link is who it was given to."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coalition.catalogue.claims import ClaimRecord
from coalition.catalogue.errors import VoucherWaits
from coalition.catalogue.gift_links import not_good
from coalition.catalogue.one_claim import claim_and_reward
from coalition.catalogue.queries import RewardRecord
from coalition.catalogue.refusals import refusal_of
from coalition.catalogue.rules import ClaimState
from coalition.kit.database import Database, Sight

CLIENT: Final = "voucher-link"
# For so long the page that opened it is shown the code again: its answer may have been lost.
AGAIN: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class GivenVoucher:
    """`opened_at`: since when its code was shown; None: it waits."""

    claim: ClaimRecord
    reward: RewardRecord
    opened_at: datetime | None


async def given_voucher(database: Database, gift_id: int, *, now: datetime) -> GivenVoucher:
    """What is behind a link. Raises `VoucherLinkNotGood` for one that was taken back, and while it
    waits for one whose code was used, given back, or whose time is over; `VoucherWaits` while its
    giver's spending is locked; `Unavailable`.
    """
    rows = await database.call("find_voucher_gift", gift_id)
    if not rows:
        raise not_good()
    place, opened_at = (rows[0]["member_id"], rows[0]["seq"]), rows[0]["opened_at"]
    # What the giver sees of it; the page shows neither whose it is nor what it cost.
    async with database.reading(Sight(member_id=place[0])) as connection:
        claim, reward = await claim_and_reward(connection, place)
    if opened_at is None and claim.state_at(now) is not ClaimState.CLAIMED:
        raise not_good()
    if rows[0]["waits"]:
        raise refusal_of(VoucherWaits.code)
    return GivenVoucher(claim, reward, opened_at)


async def open_voucher(
    database: Database, gift_id: int, *, key: str, request_id: UUID, now: datetime
) -> GivenVoucher:
    """Once. `key`: of the page that asks, which no other page has. Sent again by it within `AGAIN`,
    it is answered the same.

    Raises `VoucherLinkNotGood`, `VoucherOpened`, `VoucherWaits`, `Unavailable`.
    """
    hashed = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    (row,) = await database.call(
        "open_voucher", gift_id, hashed, now - AGAIN, now, CLIENT, request_id
    )
    if row["outcome"] not in {"OPENED", "REPLAYED"}:
        raise refusal_of(row["outcome"])
    return await given_voucher(database, gift_id, now=now)
