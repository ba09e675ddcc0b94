"""One claim, by its place in a member's ledger."""

from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.catalogue.claims import ClaimRecord, Where, claims_at
from coalition.catalogue.queries import RewardRecord, rewards_at


def own_seq(claim: Where | None, member_id: int) -> int:
    """Where it is in the member's own ledger; 0, where nothing is, for any other and for none."""
    return claim[1] if claim is not None and claim[0] == member_id else 0


async def claim_and_reward(
    connection: AsyncConnection, place: Where
) -> tuple[ClaimRecord, RewardRecord]:
    """The claim, which is there, with the reward as it was claimed."""
    claim = (await claims_at(connection, [place]))[place]
    version = (claim.reward_id, claim.version)
    return claim, (await rewards_at(connection, [version]))[version]
