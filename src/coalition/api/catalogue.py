"""Rewards: what there is for points, at every brand."""

from datetime import datetime
from typing import Annotated

import strawberry

from coalition import catalogue, ledger
from coalition.access import ActorKind, Scope
from coalition.api.arguments import After, AnId, First
from coalition.api.catalogue_words import (
    InLanguage,
    RewardAvailability,
    RewardCostBasis,
    RewardKind,
    RewardPlace,
    RewardSort,
)
from coalition.api.context import Context, Info
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind

# Who may look: members, who puts rewards into it, who takes vouchers, the operator.
OF_REWARDS = (
    Scope.MEMBER_READ, Scope.MEMBER_REDEEM, Scope.CATALOGUE_WRITE, Scope.POINTS_REDEEM,
    Scope.OPERATOR_READ,
)  # fmt: skip
_MOST_CATEGORIES = 100
_OF_ITS_BRAND = (Scope.CATALOGUE_WRITE, Scope.OPERATOR_READ)


@shown_to(*OF_REWARDS)
@strawberry.type(description="What a reward says in one language.")
class RewardTexts:
    locale: str = strawberry.field(description="A language like es or es-MX.")
    title: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What one gets.")
    terms: str | None = strawberry.field(description="What to know before.")


@shown_to(*OF_REWARDS)
@strawberry.type(description="An image, served by this server to anybody.")
class RewardImage:
    hash: str = strawberry.field(description="The SHA-256 of its bytes, in hexadecimal.")
    path: str = strawberry.field(
        description="Where it is on this server, for GET without a token; it never changes."
    )


@shown_to(*OF_REWARDS)
@strawberry.type(description="How the winners of a prize draw are found, for whoever checks it.")
class PrizeDraw:
    commitment: str = strawberry.field(
        description="The SHA-256 of the seed, in hexadecimal: fixed before the first ticket."
    )
    seed: str | None = strawberry.field(
        description="In hexadecimal, once it was drawn. Those tickets win whose SHA-256 over the"
        " seed's bytes and the ticket's number in digits comes first."
    )
    drawn_at: datetime | None = strawberry.field(description="When; null: not yet.")
    tickets: int = strawberry.field(
        description="How many were given out, those that came back included."
    )
    winners: int | None = strawberry.field(description="How many won, once it was drawn.")

    @classmethod
    def of(cls, record: catalogue.DrawRecord) -> "PrizeDraw":
        return cls(
            commitment=record.commitment.hex(),
            seed=None if record.seed is None else record.seed.hex(),
            drawn_at=record.drawn_at,
            tickets=record.tickets,
            winners=record.winners,
        )


@shown_to(*OF_REWARDS)
@strawberry.type(description="Something that a brand gives for points.")
class Reward(Node):
    record: strawberry.Private[catalogue.RewardRecord]
    version: int = strawberry.field(
        description="Counts its changes. A claim keeps the version that it was made under."
    )
    code: str = strawberry.field(description="The brand's own key of it.")
    kind: RewardKind = strawberry.field(description="What it is.")
    category: str | None = strawberry.field(description="The brand's own word for its shelf.")
    points: Points = strawberry.field(description="What it costs.")
    place: RewardPlace = strawberry.field(description="Where it is used.")
    per_member: int | None = strawberry.field(
        description="How often one member may claim it; null: any number of times."
    )
    from_: datetime | None = strawberry.field(name="from", description="Since when; null: ever.")
    until: datetime | None = strawberry.field(description="Until just before; null: no end.")
    tier: str | None = strawberry.field(
        description="The lowest of the programme's tiers that may claim it; null: everybody."
    )
    cancel_hours: int = strawberry.field(
        description="For how long a claim may be given back; 0: never."
    )
    valid_days: int | None = strawberry.field(
        description="How long a claim's code is good; null: for ever."
    )
    winners: int | None = strawberry.field(description="How many win a prize draw.")
    charity: str | None = strawberry.field(description="To whom a donation goes.")
    created_at: datetime = strawberry.field(description="Since when the brand has it.")
    texts: list[RewardTexts] = strawberry.field(description="In every language that it has.")

    @strawberry.field(description="Whose it is: points are spent there.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="Its name.")
    def title(self, locale: InLanguage = None) -> str:
        return catalogue.texts_for(self.record.terms.texts, locale).title

    @strawberry.field(description="What one gets.")
    def description(self, locale: InLanguage = None) -> str | None:
        return catalogue.texts_for(self.record.terms.texts, locale).description

    @strawberry.field(description="What to know before.")
    def terms(self, locale: InLanguage = None) -> str | None:
        return catalogue.texts_for(self.record.terms.texts, locale).terms

    @strawberry.field(description="The language of `title` as it is told to this reader.")
    def title_language(self, locale: InLanguage = None) -> str:
        return self._languages(locale).title

    @strawberry.field(description="The language of `description`; null: there is none.")
    def description_language(self, locale: InLanguage = None) -> str | None:
        return self._languages(locale).description

    @strawberry.field(description="The language of `terms`; null: there are none.")
    def terms_language(self, locale: InLanguage = None) -> str | None:
        return self._languages(locale).terms

    @strawberry.field(description="Its image; null: it has none.")
    def image(self) -> RewardImage | None:
        found = self.record.terms.image_hash
        return None if found is None else RewardImage(hash=found.hex(), path=image_path(found))

    @strawberry.field(
        description="What is paid besides the points, to the brand; null: points alone."
    )
    def money(self) -> MoneyType | None:
        return self._amount(self.record.terms.money)

    @strawberry.field(description="What it is worth in money; null: the brand does not say.")
    def face_value(self) -> MoneyType | None:
        return self._amount(self.record.terms.face_value)

    @strawberry.field(description="Whether it can be claimed now.")
    def availability(self, info: Info) -> RewardAvailability:
        return _availability(self.record, info.context.now)

    @strawberry.field(
        description="How many are left, or how many codes; null: no end.",
        metadata=seen_by(*_OF_ITS_BRAND, kinds=PARTNER_AND_OPERATOR),
    )
    def stock(self) -> Points | None:
        return None if self.record.stock is None else Points(self.record.stock)

    @strawberry.field(
        description="What the brand is paid for it.",
        metadata=seen_by(*_OF_ITS_BRAND, kinds=PARTNER_AND_OPERATOR),
    )
    def cost_basis(self) -> RewardCostBasis:
        return RewardCostBasis(self.record.terms.cost_basis.value)

    @strawberry.field(
        description="How much that is by itself; null: points at the redeem price.",
        metadata=seen_by(*_OF_ITS_BRAND, kinds=PARTNER_AND_OPERATOR),
    )
    def cost(self) -> MoneyType | None:
        return self._amount(catalogue.cost_of(self.record.terms))

    @strawberry.field(description="Of a prize draw: how its winners are found.")
    async def draw(self, info: Info) -> PrizeDraw | None:
        if self.record.terms.kind is not catalogue.RewardKind.PRIZE_DRAW:
            return None
        async with info.context.reading() as connection:
            found = (await catalogue.draws_of(connection, [self.record.id])).get(self.record.id)
        return PrizeDraw.of(found) if found else None

    def _languages(self, locale: str | None) -> catalogue.Texts:
        return catalogue.languages_for(self.record.terms.texts, locale)

    def _amount(self, minor: int | None) -> MoneyType | None:
        return None if minor is None else MoneyType.of(Money(minor, self.record.currency))

    @classmethod
    def of(cls, context: Context, record: catalogue.RewardRecord) -> "Reward":
        said = record.terms
        return cls(
            id=context.seal(Kind.REWARD, record.id),
            record=record,
            version=record.version,
            code=said.code,
            kind=RewardKind(said.kind.value),
            category=said.category,
            points=Points(said.points),
            place=RewardPlace(said.place.value),
            per_member=said.per_member,
            from_=said.from_at,
            until=said.until_at,
            tier=said.tier,
            cancel_hours=said.cancel_hours,
            valid_days=said.valid_days,
            winners=said.winners,
            charity=said.charity,
            created_at=record.created_at,
            texts=[
                RewardTexts(
                    locale=locale, title=one.title, description=one.description, terms=one.terms
                )
                for locale, one in said.texts.items()
            ],
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "Reward | None":
        async with context.reading() as connection:
            record = await catalogue.reward_numbered(connection, number)
        return cls.of(context, record) if record else None


@shown_to(*OF_REWARDS)
@strawberry.type(description="A reward in a list.")
class RewardEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Reward = strawberry.field(description="The reward.")


@shown_to(*OF_REWARDS)
@strawberry.type(description="A page of rewards.")
class RewardConnection:
    edges: list[RewardEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The rewards alone.")
    def nodes(self) -> list[Reward]:
        return [edge.node for edge in self.edges]


@strawberry.input(description="Which rewards. What is left out does not matter.")
class RewardFilter:
    partner: str | None = strawberry.field(default=None, description="Of the brand of this code.")
    kinds: list[RewardKind] | None = strawberry.field(default=None, description="Of these kinds.")
    category: str | None = strawberry.field(default=None, description="Of this shelf.")
    points_from: Points | None = strawberry.field(default=None, description="At least so many.")
    points_until: Points | None = strawberry.field(default=None, description="At most so many.")
    affordable: bool = strawberry.field(
        default=False, description="For a member: what it can pay with the points it has now."
    )
    place: RewardPlace | None = strawberry.field(
        default=None, description="What can be used there, what can be used anywhere included."
    )
    open_only: bool = strawberry.field(
        default=False,
        description="For a brand and the operator: only what members see: what is open now.",
    )


Which = Annotated[RewardFilter | None, strawberry.argument(description="Absent: all of them.")]
InOrder = Annotated[RewardSort, strawberry.argument(description="In which order.")]


@strawberry.type
class CatalogueQueries:
    @strawberry.field(
        description="What there is for points: a member those of every brand that can be claimed"
        " now, those out of stock included; a brand all of its own; the operator all.",
        metadata=seen_by(*OF_REWARDS),
    )
    async def rewards(
        self,
        info: Info,
        filter: Which = None,
        sort: InOrder = RewardSort.POINTS,
        first: First = None,
        after: After = None,
    ) -> RewardConnection:
        context = info.context
        asked = await _filter(context, filter or RewardFilter())
        order, home = catalogue.RewardOrder[sort.name], context.terms.programme.currency
        behind = place_behind(context, Kind.REWARD, after)

        async def read(limit: int) -> list[catalogue.RewardRecord]:
            last = None
            async with context.reading() as connection:
                if behind is not None:
                    last = await catalogue.reward_numbered(connection, behind[0])
                    if last is None:
                        raise bad_cursor()
                return await catalogue.list_rewards(
                    connection, asked, order, home=home, after=last, limit=limit
                )

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.REWARD, record.id)
        )
        edges = [
            RewardEdge(cursor=cursor, node=Reward.of(context, record)) for cursor, record in page
        ]
        return RewardConnection(edges=edges, page_info=page_info)

    @strawberry.field(
        description="The brands' own words for the shelves on which there is something now, by"
        " letter; 100 at most.",
        metadata=seen_by(*OF_REWARDS),
    )
    async def reward_categories(self, info: Info) -> list[str]:
        context = info.context
        asked = await _filter(context, RewardFilter(open_only=True))
        async with context.reading() as connection:
            return await catalogue.categories_of(connection, asked, limit=_MOST_CATEGORIES)

    @strawberry.field(
        description="One reward; null for what is not there and for another brand's alike.",
        metadata=seen_by(*OF_REWARDS),
    )
    async def reward(self, info: Info, id: AnId) -> Reward | None:
        return await Reward.numbered(info.context, info.context.keys.seal.number(Kind.REWARD, id))


async def _filter(context: Context, wanted: RewardFilter) -> catalogue.RewardFilter:
    is_member = context.actor.kind is ActorKind.MEMBER
    at_most = wanted.points_until
    if wanted.affordable and context.actor.member_id is not None:
        today = context.terms.programme.today(context.now)
        found = await ledger.balance_of(
            context.database, context.actor.member_id, now=context.now, today=today
        )
        at_most = Points(min(found.available, found.available if at_most is None else at_most))
    partner_ids = context.own_brand
    if wanted.partner is not None:
        named = [one.id for one in context.terms.partners if one.code == wanted.partner]
        partner_ids = [one for one in named if partner_ids is None or one in partner_ids]
    return catalogue.RewardFilter(
        partner_ids=partner_ids,
        kinds=[catalogue.RewardKind[kind.name] for kind in wanted.kinds or ()],
        category=wanted.category,
        at_least=wanted.points_from,
        at_most=at_most,
        place=wanted.place and catalogue.Place[wanted.place.name],
        open_at=context.now if is_member or wanted.open_only else None,
    )


def _availability(record: catalogue.RewardRecord, now: datetime) -> RewardAvailability:
    if record.withdrawn_at is not None:
        return RewardAvailability.WITHDRAWN
    if not record.is_open(now):
        begins = record.terms.from_at
        early = begins is not None and begins > now
        return RewardAvailability.NOT_YET if early else RewardAvailability.OVER
    return RewardAvailability.OUT_OF_STOCK if record.stock == 0 else RewardAvailability.AVAILABLE


def image_path(hash_: bytes) -> str:
    return f"/rewards/images/{hash_.hex()}"
