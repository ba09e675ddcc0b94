"""A process of its own that leads a period into a state, to be killed: see test_killed_closes.py.

python -m tests.durability.lead_period ADDRESSES STATE LABEL MOMENT CLIENT
"""

import asyncio
import json
import sys
from datetime import datetime

from coalition import settlement
from coalition.access import OPERATOR_SCOPES, Actor, ActorKind
from coalition.kit.database import Addresses, Database
from coalition.partners import Office


async def lead(
    addresses: Addresses, state: settlement.State, label: str, now: datetime, client: str
) -> None:
    actor = Actor(ActorKind.OPERATOR, client, OPERATOR_SCOPES)
    database = Database(addresses)
    office = Office(database)
    try:
        match state:
            case settlement.State.CLOSED:
                await settlement.close_period(office, actor=actor, label=label, now=now)
            case settlement.State.FINAL:
                await settlement.approve_period(office, actor=actor, label=label, now=now)
            case _:
                await settlement.advance_period(office, actor=actor, label=label, to=state, now=now)
    finally:
        await database.close()


if __name__ == "__main__":
    given, state, label, moment, client = sys.argv[1:]
    asyncio.run(
        lead(
            Addresses(**json.loads(given)), settlement.State(state), label,
            datetime.fromisoformat(f"{moment}+00:00"), client,
        )
    )  # fmt: skip
