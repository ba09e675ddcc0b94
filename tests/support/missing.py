"""Missing purchases for tests: what members report and brands answer in the world of `world.py`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from coalition import missing
from coalition.kit.database import EVERYTHING
from tests.support.catalogue import member_actor
from tests.support.world import Person, World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
_numbers = count(1)
Step = Callable[..., Awaitable[missing.Taken]]


@dataclass(frozen=True)
class Desk:
    """Where purchases are looked for, in one world."""

    world: World

    def day(self, ago: int = 5) -> date:
        return (self.world.now - timedelta(days=ago)).date()

    async def report(
        self,
        who: Person,
        brand: str = "bakery",
        *,
        amount: str = "20.00",
        reference: str = "R-1",
        on: date | None = None,
        key: str | None = None,
        currency: str | None = None,
    ) -> int:
        """The number of the report, of a purchase five days ago."""
        partner = self.world.partner(brand)
        reported = await missing.report_missing(
            self.world.office,
            actor=member_actor(who),
            report=missing.MissingReport(
                key or f"report-{next(_numbers)}", partner.id, on or self.day(), Decimal(amount),
                currency or partner.currency, reference, "It was late in the evening.",
            ),
            now=self.world.now,
        )  # fmt: skip
        return reported.missing_id

    async def approve(
        self,
        brand: str,
        number: int,
        *,
        key: str | None = None,
        reference: str | None = None,
        amount: str | None = None,
        at: datetime | None = None,
    ) -> missing.Taken:
        return await missing.approve_missing(
            self.world.office,
            actor=self.world.actor(brand),
            approval=missing.MissingApproval(
                key or f"approve-{next(_numbers)}", number, None, reference,
                None if amount is None else Decimal(amount), at,
            ),
            now=self.world.now,
        )  # fmt: skip

    async def step(
        self, verb: Step, who: Person | str, number: int, *, key: str | None = None, **more: object
    ) -> missing.Taken:
        """A question, an answer, a refusal or a withdrawal, by the member or by a brand."""
        actor = member_actor(who) if isinstance(who, Person) else self.world.actor(who)
        return await verb(
            self.world.office, actor=actor, idempotency_key=key or f"step-{next(_numbers)}",
            missing_id=number, now=self.world.now, **more,
        )  # fmt: skip

    async def ask(self, brand: str, number: int, message: str = "Which shop?") -> missing.Taken:
        return await self.step(missing.ask_about_missing, brand, number, message=message)

    async def answer(self, who: Person, number: int, message: str = "Main St") -> missing.Taken:
        return await self.step(missing.answer_missing, who, number, message=message)

    async def decline(
        self,
        brand: str,
        number: int,
        *,
        key: str | None = None,
        reason: missing.MissingReason = missing.MissingReason.NOT_FOUND,
    ) -> missing.Taken:
        return await self.step(
            missing.decline_missing, brand, number, key=key, reason=reason, message=None
        )

    async def withdraw(self, who: Person, number: int) -> missing.Taken:
        return await self.step(missing.withdraw_missing, who, number)

    async def picture(
        self, who: Person, number: int, *, place: int = 1, content: bytes = PNG
    ) -> bool:
        return await missing.take_receipt(
            self.world.office, actor=member_actor(who), missing_id=number, number=place,
            content=content, now=self.world.now,
        )  # fmt: skip

    async def record(self, number: int) -> missing.MissingPurchase:
        async with self.world.database.reading(EVERYTHING) as connection:
            (found,) = await missing.list_missing(
                connection, missing.MissingFilter(missing_id=number)
            )
        return found

    async def told(self, number: int) -> list[tuple[str, str]]:
        """(who, what) of each step."""
        async with self.world.database.reading(EVERYTHING) as connection:
            steps = await missing.steps_of_missing(connection, number)
        return [(one.side.value, one.kind.value) for one in steps]
