"""The books do what a hundred lines of plain Python say that they should.

A story is a list of things that happen to two members, made by chance. The model and the
database live through it side by side: every answer and every balance must be the same.

The model knows nothing of jobs: what time has ended is ended at once. That the database agrees
whether or not a job has run says that no job is needed for being right.
"""

from calendar import monthrange
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition.kit.database import Addresses, Database
from coalition.kit.errors import Refusal
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance
from tests.support.reset import Reset

ZONE = ZoneInfo("America/New_York")
RATE = {"bakery": 2, "grocer": 1}
PENDING, GRACE, DEBT_LIMIT, HOLD = timedelta(days=2), 10, 50, timedelta(hours=30)
BEGINS = datetime(2026, 1, 20, 17, tzinfo=UTC)
JOBS = ("wait", "expire", "sweep", "close")
NEW = ("award", "redeem", "hold")
Answer = int | str


@dataclass
class Lot:
    seq: int
    points: int
    earned_at: datetime
    spendable_from: datetime
    last_day: date
    own_last_day: date | None = None

    @property
    def turn(self) -> tuple[date, datetime, int]:
        return self.last_day, self.earned_at, self.seq

    @property
    def turn_at_birth(self) -> tuple[date, datetime, int]:
        return self.own_last_day or self.last_day, self.earned_at, self.seq


@dataclass
class Taken:
    """Points out of lots: what a hold or a redemption was paid with."""

    brand: str
    lots: list[tuple[Lot, int]]
    ends: datetime | None = None
    is_open: bool = True

    @property
    def points(self) -> int:
        return sum(points for _, points in self.lots)


@dataclass
class Bought:
    brand: str
    dollars: int
    lot: Lot
    returned: int = 0


@dataclass
class Model:
    """One member. Every method answers a number, or the code of a refusal."""

    now: datetime = BEGINS
    lots: list[Lot] = field(default_factory=list)
    owed: int = 0
    purchases: list[Bought] = field(default_factory=list)
    holds: list[Taken] = field(default_factory=list)
    redemptions: list[Taken] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    def balance(self) -> tuple[int, int, int, int]:
        pending = sum(lot.points for lot in self.lots if lot.spendable_from > self.now)
        held = sum(hold.points for hold in self.holds if hold.is_open)
        return sum(lot.points for lot in self.lots) - pending, pending, held, self.owed

    def time_passes(self, now: datetime) -> None:
        self.now = now
        for hold in self.holds:
            if hold.is_open and hold.ends is not None and hold.ends <= now:
                self._give_back(hold.lots)
                hold.is_open = False
        self._end_lots()

    def award(self, brand: str, dollars: int, bought_at: datetime) -> Answer:
        points = dollars * RATE[brand]
        repaid = min(points, self.owed)
        self.owed -= repaid
        day = bought_at.astimezone(ZONE).date()
        year, month = day.year + day.month // 12, day.month % 12 + 1
        last_day = date(year, month, min(day.day, monthrange(year, month)[1]))
        lot = Lot(len(self.lots), points - repaid, bought_at, bought_at + PENDING, last_day)
        self.lots.append(lot)
        self.purchases.append(Bought(brand, dollars, lot))
        return points

    def redeem(self, brand: str, points: int) -> Answer:
        if self.balance()[0] < points:
            return "NOT_ENOUGH_POINTS"
        self.redemptions.append(Taken(brand, self._take(points)))
        return points

    def hold(self, brand: str, points: int) -> Answer:
        if self.balance()[0] < points:
            return "NOT_ENOUGH_POINTS"
        self.holds.append(Taken(brand, self._take(points), self.now + HOLD))
        return points

    def capture(self, hold: Taken, points: int) -> Answer:
        if (refused := self._ended(hold)) is not None:
            return refused
        if points > hold.points:
            return "MORE_THAN_HELD"
        paid, rest = _split(sorted(hold.lots, key=lambda use: use[0].turn), points)
        self.redemptions.append(Taken(hold.brand, paid))
        self._give_back(rest)
        hold.is_open = False
        hold.ends = None
        return points

    def release(self, hold: Taken) -> Answer:
        if (refused := self._ended(hold)) is not None:
            return refused
        self._give_back(hold.lots)
        hold.is_open = False
        hold.ends = None
        return 0

    def refund(self, spent: Taken, points: int) -> Answer:
        if points > spent.points:
            return "MORE_THAN_REDEEMED"
        uses = sorted(spent.lots, key=lambda use: use[0].turn_at_birth, reverse=True)
        back, spent.lots = _split(uses, points)
        for lot, _ in back:
            if lot.last_day < self.today:
                lot.own_last_day = lot.own_last_day or lot.last_day
                lot.last_day = self.today + timedelta(days=GRACE)
        self._give_back(back)
        return points

    def bring_back(self, bought: Bought, dollars: int) -> Answer:
        """Answers what the issuer bears."""
        if dollars > bought.dollars - bought.returned:
            return "MORE_THAN_AWARDED"
        bought.returned += dollars
        points = dollars * RATE[bought.brand]
        own = min(points, bought.lot.points)
        bought.lot.points -= own
        others = min(points - own, self.balance()[0])
        self._take(others)
        debt = min(points - own - others, max(DEBT_LIMIT - self.owed, 0))
        self.owed += debt
        return points - own - others - debt

    def _take(self, points: int) -> list[tuple[Lot, int]]:
        spendable = [lot for lot in self.lots if lot.points and lot.spendable_from <= self.now]
        uses, _ = _split([(lot, lot.points) for lot in sorted(spendable, key=lambda lot: lot.turn)],
                         points)  # fmt: skip
        for lot, part in uses:
            lot.points -= part
        return uses

    def _give_back(self, uses: list[tuple[Lot, int]]) -> None:
        for lot, part in uses:
            lot.points += part
        self._end_lots()

    def _end_lots(self) -> None:
        for lot in self.lots:
            if lot.last_day < self.today:
                lot.points = 0

    def _ended(self, hold: Taken) -> str | None:
        if hold.is_open:
            return None
        return "HOLD_ALREADY_RESOLVED" if hold.ends is None else "HOLD_EXPIRED"


def _split(
    uses: list[tuple[Lot, int]], points: int
) -> tuple[list[tuple[Lot, int]], list[tuple[Lot, int]]]:
    """The first `points` of the uses in their order, and the rest."""
    first, rest = [], []
    for lot, available in uses:
        part = min(available, points)
        points -= part
        if part:
            first.append((lot, part))
        if available > part:
            rest.append((lot, available - part))
    return first, rest


class Story:
    """Acts on the model and on the database, and compares what they say."""

    def __init__(self, world: World, people: list[Person]) -> None:
        self.world = world
        self.people = people
        self.models = [Model(now=world.now) for _ in people]
        self.places: dict[int, tuple[int, int]] = {}  # of a model's object, by its identity

    async def step(self, verb: str, who: int, which: int, size: int) -> None:
        if verb in JOBS:
            await self._job(verb, which)
        elif verb in NEW:
            await self._new(verb, who, which, size)
        else:
            await self._about_what_was(verb, who, which, size)
        for one, named in zip(self.models, self.people, strict=True):
            shown = await self.world.balance(named)
            told = (shown.available, shown.pending, shown.held, shown.owed)
            assert told == one.balance(), f"{named.name} after {verb}"

    async def _job(self, verb: str, which: int) -> None:
        world = self.world
        match verb:
            case "wait":
                world.now += timedelta(hours=(1, 24 * 9, 2, 30, 24 * 22, 5)[which % 6])
                for one in self.models:
                    one.time_passes(world.now)
            case "expire":
                await world.expire()
            case "sweep":
                await world.sweep()
            case "close":
                last_month = world.now.astimezone(ZONE).replace(day=1) - timedelta(days=1)
                await world.close(f"{last_month:%Y-%m}")

    async def _new(self, verb: str, who: int, which: int, size: int) -> None:
        model, person, world = self.models[who], self.people[who], self.world
        brand = ("bakery", "grocer")[which % 2]
        match verb:
            case "award":
                at = world.now - timedelta(days=(0, 3, 9)[which % 3])
                said = model.award(brand, size, at)
                await self._same(said, model.purchases, self._award(brand, person, size, at))
            case "redeem":
                said = model.redeem(brand, size)
                await self._same(said, model.redemptions, world.redeem(brand, person, size))
            case "hold":
                said = model.hold(brand, size)
                held = world.hold(brand, person, size, seconds=int(HOLD.total_seconds()))
                await self._same(said, model.holds, held)

    async def _about_what_was(self, verb: str, who: int, which: int, size: int) -> None:
        model, world = self.models[who], self.world
        match verb:
            case "capture" if model.holds:
                hold = model.holds[-1 - which % 2 % len(model.holds)]
                said = model.capture(hold, size)
                captured = world.capture(hold.brand, self.places[id(hold)], size)
                await self._same(said, model.redemptions, captured)
            case "release" if model.holds:
                hold = model.holds[-1 - which % 2 % len(model.holds)]
                said = model.release(hold)
                await self._same(said, [], world.release(hold.brand, self.places[id(hold)]))
            case "refund" if model.redemptions:
                spent = model.redemptions[which % len(model.redemptions)]
                said = model.refund(spent, size)
                await self._same(said, [], self._refund(spent, size))
            case "bring back" if model.purchases:
                bought = model.purchases[which % len(model.purchases)]
                said = model.bring_back(bought, size)
                await self._same(said, [], self._bring_back(bought, size, said))

    async def _same(
        self, said: Answer, made: list[Bought] | list[Taken], act: Awaitable[object]
    ) -> None:
        """The database answers as the model; where something was made, it stands at a place."""
        refused = place = None
        try:
            place = await act
        except Refusal as refusal:
            refused = refusal.code
        assert refused == (said if isinstance(said, str) else None)
        if made and refused is None:
            assert isinstance(place, tuple)
            self.places[id(made[-1])] = place

    async def _award(
        self, brand: str, who: Person, dollars: int, at: datetime
    ) -> tuple[int, int] | None:
        return (await self.world.award(brand, who, str(dollars), at=at)).place

    async def _refund(self, spent: Taken, points: int) -> None:
        await self.world.refund(spent.brand, self.places[id(spent)], points)

    async def _bring_back(self, bought: Bought, dollars: int, said: Answer) -> None:
        place = self.places[id(bought)]
        back = await self.world.bring_back(bought.brand, place, str(dollars))
        assert back.shortfall - back.owed_by_member == said


_VERBS = st.sampled_from(
    ["award", "wait", "redeem", "hold", "bring back", "refund"] * 3
    + ["capture", "capture", "capture", "release", "expire", "sweep", "close"]
)
_STEPS = st.tuples(_VERBS, st.integers(0, 1), st.integers(0, 5), st.sampled_from((5, 20, 45, 80)))
# Both have something to begin with, some of it spendable at once.
_PROLOGUE = [("award", who, which, 40) for who in (0, 1) for which in (0, 1, 2)]
Tell = Callable[[], Awaitable[World]]


@pytest.fixture
def another_world(addresses: Addresses, database: Database, reset: Reset, tmp_path: Path) -> Tell:
    async def tell() -> World:
        await reset()
        return World(addresses, database, reset.connection, tmp_path)

    return tell


@pytest.mark.long
@settings(
    max_examples=35,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(_STEPS, min_size=18, max_size=30))
async def test_the_books_tell_every_story_as_the_model_does(
    another_world: Tell, steps: list[tuple[str, int, int, int]]
) -> None:
    """Security checklist, line 31."""
    world = await another_world()
    world.now = BEGINS
    await world.apply(
        brands=[a_bakery(), a_grocer()],
        pending_days=str(PENDING.days),
        refund_grace_days=str(GRACE),
        expiry={"kind": "rolling", "months": "1"},
        returns={"clawback": "unlimited", "shortfall_payer": "issuer",
                 "debt_limit": str(DEBT_LIMIT)},
    )  # fmt: skip
    story = Story(world, [await world.enrol("Ada"), await world.enrol("Bo")])
    for step in [*_PROLOGUE, *steps]:
        await story.step(*step)
    await assert_books_balance(world)
