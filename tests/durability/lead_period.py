"""Processes of their own that lead a period on, to be killed: see test_killed_closes.py.

They are forked from one that has read the program already, which takes longer than what they do.
"""

import asyncio
import multiprocessing
import os
import sys
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess

from coalition import settlement
from coalition.access import OPERATOR_SCOPES, Actor, ActorKind
from coalition.cli import main as command
from coalition.kit.database import Addresses, Database
from coalition.partners import Office

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


def leading(
    addresses: Addresses, to: settlement.State, label: str, as_of: str
) -> ForkServerProcess:
    """A process that leads a period into a state: closing it by `coalition settlement close`, what
    comes after as the approver, who is somebody else than the account of this machine.
    """
    if to is settlement.State.CLOSED:
        words = ("settlement", "close", label, "--as-of", as_of)
        return _PROCESSES.Process(target=_be_the_command, args=(addresses.login, words))
    return _PROCESSES.Process(target=_be_the_approver, args=(addresses, to, label, as_of))


def _be_the_command(url: str, words: tuple[str, ...]) -> None:
    os.environ["COALITION_DATABASE_URL"] = url
    sys.argv = ["coalition", *words]
    command()


def _be_the_approver(addresses: Addresses, to: settlement.State, label: str, as_of: str) -> None:
    asyncio.run(_lead(addresses, to, label, datetime.fromisoformat(as_of).replace(tzinfo=UTC)))


async def _lead(addresses: Addresses, to: settlement.State, label: str, now: datetime) -> None:
    actor = Actor(ActorKind.OPERATOR, "approver", OPERATOR_SCOPES)
    database = Database(addresses)
    office = Office(database)
    try:
        if to is settlement.State.FINAL:
            await settlement.approve_period(office, actor=actor, label=label, now=now)
        else:
            await settlement.advance_period(office, actor=actor, label=label, to=to, now=now)
    finally:
        await database.close()
