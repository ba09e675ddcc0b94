"""Month by month through the receipts: enrol, award, take back, spend, close.

Within a week every member's postings are in one fixed order, and what is sent at once concerns
different members; so the same file always comes to the same points, lots and statements.
"""

import asyncio
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from coalition.demo.receipts import Receipt, Shelf
from coalition.demo.story import (
    Member,
    Return,
    Spend,
    Way,
    Week,
    card_of,
    return_of,
    spend_of,
    weeks_between,
)
from coalition.demo.tally import Bill, Prices, Tally, prices_at
from coalition.demo.tills import MOST_ROWS, Desk, Redeemed, Till

AT_ONCE = 8
T = TypeVar("T")


@dataclass(slots=True)
class Stages:
    """How much was done, and in how many seconds, by stage."""

    done: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            # Whole microseconds: a Counter counts.
            self.seconds[stage] += round((time.monotonic() - begun) * 1_000_000)


@dataclass(slots=True)
class Months:
    """The coalition's life, as far as it has come."""

    shelf: Shelf
    tills: Mapping[str, Till]
    prices: Mapping[str, Sequence[Prices]]
    desk: Desk
    tally: Tally = field(default_factory=Tally)
    bills: list[Bill] = field(default_factory=list)
    stages: Stages = field(default_factory=Stages)
    _members: dict[str, Member] = field(default_factory=dict)
    _spends: int = 0

    @property
    def a_card(self) -> str | None:
        """The card of the member that has most to spend: who signs in as it can redeem something
        at once.
        """
        known = self._members.values()
        return max(known, key=lambda one: one.points).card if known else None

    async def live(self) -> AsyncIterator[tuple[Week, int]]:
        """Yields after every week: the week, and how many receipts it had."""
        for week in weeks_between(self.shelf.first_at, self.shelf.last_at):
            receipts = self.shelf.between(week.starts_at, week.ends_at)
            await self._enrol(receipts)
            earning = await self._award(receipts)
            await self._take_back(earning)
            await self._spend(week, receipts)
            if week.closes_month:
                with self.stages.timed("months closed"):
                    self.bills += await self.desk.close(week.month)
                self.stages.done["months closed"] += 1
            yield week, len(receipts)

    async def _enrol(self, receipts: Sequence[Receipt]) -> None:
        """Who is seen for the first time, by the brand that sees them."""
        new: list[Receipt] = []
        for receipt in receipts:
            member = self._members.get(receipt.household)
            if member is None:
                card = card_of(receipt.household)
                member = self._members[receipt.household] = Member(card, receipt.brand, receipt.at)
                new.append(receipt)
            member.brand, member.last_at = receipt.brand, receipt.at
        with self.stages.timed("members enrolled"):
            await _at_once(lambda receipt: self.tills[receipt.brand].enrol(receipt.household), new)
        self.stages.done["members enrolled"] += len(new)

    async def _award(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """One brand after the other, so that every run gives a member's lots in one order.

        The receipts that earned something.
        """
        earning = []
        with self.stages.timed("receipts awarded"):
            for brand, till in self.tills.items():
                own = [receipt for receipt in receipts if receipt.brand == brand]
                for start in range(0, len(own), MOST_ROWS):
                    batch = own[start : start + MOST_ROWS]
                    earned = await till.award(batch)
                    for receipt, points in zip(batch, earned, strict=True):
                        if points:
                            earning.append(receipt)
                            self._members[receipt.household].points += points
                            self.tally.awarded(receipt.at, brand, self._prices(receipt), points)
        self.stages.done["receipts awarded"] += len(receipts)
        self.stages.done["too small to earn"] += len(receipts) - len(earning)
        return earning

    async def _take_back(self, receipts: Sequence[Receipt]) -> None:
        returns: dict[str, list[Return]] = {}
        for receipt in receipts:
            if back := return_of(receipt, self.shelf.last_at):
                returns.setdefault(receipt.household, []).append(back)
        with self.stages.timed("purchases returned"):
            await _at_once(self._take_back_in_turn, list(returns.values()))
        self.stages.done["purchases returned"] += sum(map(len, returns.values()))

    async def _take_back_in_turn(self, returns: Sequence[Return]) -> None:
        """Of one member, since each return may take what the one before has left."""
        for back in returns:
            receipt = back.receipt
            taken = await self.tills[receipt.brand].take_back(back)
            self._members[receipt.household].points -= taken.points - taken.borne
            self.tally.reversed(
                back.at, receipt.brand, self._prices(receipt),
                bought_at=receipt.at, points=taken.points, borne=taken.borne,
                by_issuer=taken.by_issuer,
            )  # fmt: skip

    async def _spend(self, week: Week, receipts: Sequence[Receipt]) -> None:
        planned: list[tuple[Member, Spend]] = []
        for household in sorted({receipt.household for receipt in receipts}):
            member = self._members[household]
            number = self._spends + 1
            spend = spend_of(member, number, self.shelf.brands, week, self.shelf.last_at)
            if spend is not None:
                self._spends = number
                planned.append((member, spend))
        with self.stages.timed("spends tried"):
            await _at_once(lambda one: self._spend_once(*one), planned)
        self.stages.done["spends tried"] += len(planned)

    async def _spend_once(self, member: Member, spend: Spend) -> None:
        till = self.tills[spend.brand]
        redeemed: Redeemed | None = None
        if await till.can_spend(member.card, spend.points):
            if spend.way is Way.REDEEM:
                redeemed = await till.redeem(member.card, spend)
                enough = redeemed is not None
            else:
                enough, redeemed = await self._hold(till, member, spend)
        else:
            enough = False
        if not enough:
            self.stages.done["without enough points"] += 1
        if redeemed is None:
            return
        prices = prices_at(self.prices[spend.brand], spend.at)
        member.points -= redeemed.points
        self.stages.done["redeemed"] += 1
        self.tally.redeemed(spend.at, spend.brand, prices, redeemed.points)
        if spend.refunded:
            back = await till.refund(redeemed.redemption, spend)
            member.points += back
            self.stages.done["refunded"] += 1
            self.tally.refunded(spend.refunded_at, spend.brand, prices, back, spent_at=spend.at)

    async def _hold(self, till: Till, member: Member, spend: Spend) -> tuple[bool, Redeemed | None]:
        """Whether there was enough to hold, and what was redeemed of it."""
        hold = await till.hold(member.card, spend)
        if hold is None:
            return False, None
        if spend.way is Way.CAPTURE:
            self.stages.done["held and captured"] += 1
            return True, await till.capture(hold, spend)
        self.stages.done["held and released"] += 1
        await till.release(hold, spend)
        return True, None

    def _prices(self, receipt: Receipt) -> Prices:
        return prices_at(self.prices[receipt.brand], receipt.at)


async def _at_once(work: Callable[[T], Awaitable[None]], items: Iterable[T]) -> None:
    """`work` on every item, `AT_ONCE` at a time; the first failure ends the rest."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
