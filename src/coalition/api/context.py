"""What a resolver has at hand for one request."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncConnection
from strawberry.dataloader import DataLoader

from coalition import catalogue, earning, ledger, members, redemption, webhooks
from coalition.access import Actor, ActorKind, ServerKeys, load_keys, note_person
from coalition.api.documents import Document
from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import EVERYTHING, Database, Sight
from coalition.kit.errors import MixedDryRun
from coalition.kit.ids import Kind, Seal
from coalition.partners import Office, Terms

Place = tuple[int, int]
_FRESH_SECONDS = 5.0
_WRITTEN_BY_VERBS = {Kind.AWARD, Kind.HOLD, Kind.REDEMPTION, Kind.ENTRY, Kind.CLAIM, Kind.TRANSFER}
Row = TypeVar("Row")


class Server:
    """One per process: its database, its office, its keys (read when first needed)."""

    def __init__(self, database: Database, settings: Settings, clock: Clock = wall_clock) -> None:
        self.database = database
        self.office = Office(database)
        self.settings = settings
        self.clock = clock
        self.reach = webhooks.reach_of(settings.webhook_allow)
        self._keys: ServerKeys | None = None
        self._keys_read_at = 0.0
        self._reading = asyncio.Lock()

    async def keys(self) -> ServerKeys:
        """The newest keys, a few seconds old at most: they may have been rotated."""
        if self._keys is None or time.monotonic() - self._keys_read_at > _FRESH_SECONDS:
            async with self._reading:
                self._keys = await load_keys(self.database)
                self._keys_read_at = time.monotonic()
        return self._keys


@dataclass
class Context:
    """One per request: who asks, the terms in force, and loaders that nobody else shares."""

    server: Server
    keys: ServerKeys
    actor: Actor
    terms: Terms
    request_id: str
    document: Document
    now: datetime = field(init=False)
    loaders: "Loaders" = field(init=False)
    _after: AsyncExitStack = field(init=False, default_factory=AsyncExitStack)
    _dry_run: bool | None = field(init=False, default=None)
    _rehearsing: Office | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.now = self.server.clock()
        self.loaders = Loaders(self)

    @property
    def own_brand(self) -> list[int] | None:
        """A partner's own; None for who belongs to none."""
        return None if self.actor.partner_id is None else [self.actor.partner_id]

    @property
    def brands(self) -> list[int]:
        """Whose rows a list holds that is not about one member."""
        return self.own_brand or [partner.id for partner in self.terms.partners]

    @property
    def office(self) -> Office:
        return self._rehearsing or self.server.office

    @property
    def is_dry(self) -> bool:
        """Whether what this request reads of its own writing is taken back in the end."""
        return self._rehearsing is not None

    @property
    def database(self) -> Database:
        return self.office.database

    async def begin(self, *, dry_run: bool) -> None:
        """Before each mutation; before the first one that is done, it is noted which person asks.
        A document is done or rehearsed as a whole: its dry runs see what the ones before them
        would have written. Raises `MixedDryRun`.
        """
        if self._dry_run not in {None, dry_run}:
            raise MixedDryRun(
                "Some mutations of the document are dry runs and some are not: this one was not"
                " done. Send them in two requests."
            )
        if dry_run and self._dry_run is None and self.actor.kind is not ActorKind.OPERATOR:
            rehearsal = await self._after.enter_async_context(
                self.server.database.rehearsing(self.sight)
            )
            self._rehearsing = self.server.office.rehearsing(rehearsal)
        if not dry_run and self._dry_run is None:
            await note_person(self.server.database, self.actor, now=self.now)
        self._dry_run = dry_run

    async def end(self) -> None:
        """After the request: nothing of a rehearsal stays."""
        await self._after.aclose()

    @property
    def sight(self) -> Sight:
        """Whose rows this request may read."""
        match self.actor.kind:
            case ActorKind.OPERATOR:
                return EVERYTHING
            case ActorKind.PARTNER:
                return Sight(partner_id=self.actor.partner_id)
            case ActorKind.MEMBER:
                return Sight(member_id=self.actor.member_id)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A session for one resolver: siblings run at once and must not share one."""
        async with self.database.reading(self.sight) as connection:
            yield connection

    async def standing(
        self, connection: AsyncConnection, member_ids: Collection[int]
    ) -> ledger.Standing:
        """By what entries of these members are judged."""
        held = await redemption.open_holds(connection, member_ids, now=self.now)
        return ledger.Standing(self.now, held)

    def seal(self, kind: Kind, number: int, place: int = 0) -> strawberry.ID:
        if self.is_dry and kind in _WRITTEN_BY_VERBS:
            # The place will be somebody else's: an id from a dry run must never name it.
            return strawberry.ID(Seal(secrets.token_bytes(16)).seal(kind, number, place))
        return strawberry.ID(self.keys.seal.seal(kind, number, place))


Info = strawberry.Info[Context, None]


class Loaders:
    """Batched reads, each in a session of its own, cached for one request."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.awards = self._by_place(earning.awards_at)
        self.returns = self._by_place(earning.returns_of)
        self.reversals = self._by_place(earning.reversals_at)
        self.refunds = self._by_place(redemption.refunds_at)
        self.shares = self._by_place(earning.shares_of)
        self.lots = self._by_place(ledger.lot_states)
        self.points_after = self._by_place(ledger.points_after)
        self.followers = self._by_place(ledger.followers_of)
        self.entry_states = self._by_place(self._entry_states)
        self.rewards = self._by_place(catalogue.rewards_at)
        self.members: DataLoader[int, members.KnownMember | None] = DataLoader(self._members)
        self.webhook_endpoints: DataLoader[int, webhooks.EndpointRecord | None] = DataLoader(
            self._webhook_endpoints
        )
        self.webhook_attempts: DataLoader[int, list[webhooks.AttemptRecord]] = DataLoader(
            self._webhook_attempts
        )

    def _by_place(
        self, read: Callable[[AsyncConnection, list[Place]], Awaitable[dict[Place, Row]]]
    ) -> DataLoader[Place, Row | None]:
        async def load(places: list[Place]) -> list[Row | None]:
            async with self._context.reading() as connection:
                found = await read(connection, places)
            return [found.get(place) for place in places]

        return DataLoader(load)

    async def _entry_states(
        self, connection: AsyncConnection, places: list[Place]
    ) -> dict[Place, ledger.EntryState]:
        standing = await self._context.standing(connection, {place[0] for place in places})
        return await ledger.entry_states(connection, places, standing)

    async def _members(self, member_ids: list[int]) -> list[members.KnownMember | None]:
        found = await members.known_members(
            self._context.database,
            partner_id=self._context.actor.partner_id,
            member_ids=member_ids,
        )
        return [found.get(member_id) for member_id in member_ids]

    async def _webhook_endpoints(self, numbers: list[int]) -> list[webhooks.EndpointRecord | None]:
        async with self._context.reading() as connection:
            found = await webhooks.list_endpoints(connection, endpoint_ids=numbers)
        known = {one.id: one for one in found}
        return [known.get(number) for number in numbers]

    async def _webhook_attempts(self, numbers: list[int]) -> list[list[webhooks.AttemptRecord]]:
        async with self._context.reading() as connection:
            found = await webhooks.attempts_of(connection, numbers)
        return [found[number] for number in numbers]
