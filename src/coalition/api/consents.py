"""What members let the programme and brands do, and in which words they were asked."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from coalition import consents, mail
from coalition.access import Scope, acting_member
from coalition.api.arguments import After, Asked, First
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.members import Member
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.viewers import (
    MEMBER_AND_OPERATOR,
    MEMBERS,
    OPERATORS,
    PARTNERS,
    seen_by,
    shown_to,
)
from coalition.kit.ids import Kind, NotAnId
from coalition.members import MemberNotFound

_SEES = (
    Scope.MEMBER_READ,
    Scope.MEMBER_MANAGE,
    Scope.MEMBERS_READ,
    Scope.MEMBERS_SUPPORT,
    Scope.OPERATOR_READ,
)
_DECIDES = (Scope.MEMBER_MANAGE, Scope.MEMBERS_SUPPORT)


@strawberry.enum(description="What consent is asked for; each by itself, and none is on at first.")
class ConsentPurpose(Enum):
    PROGRAMME_MAILS = strawberry.enum_value(
        "PROGRAMME_MAILS",
        description="Mails of the programme about points that end, and each month.",
    )
    MARKETING = strawberry.enum_value("MARKETING", description="Offers, of whoever asks.")
    PROFILING = strawberry.enum_value(
        "PROFILING", description="Looking at purchases to choose offers, by whoever asks."
    )


@strawberry.enum(description="How a decision came.")
class ConsentChannel(Enum):
    SIGN_UP = strawberry.enum_value("SIGN_UP", description="A box that was ticked at sign-up.")
    MEMBER = strawberry.enum_value("MEMBER", description="With the member's own token.")
    SUPPORT = strawberry.enum_value("SUPPORT", description="Told to the operator's staff.")
    LINK = strawberry.enum_value("LINK", description="The link in a mail.")
    ERASURE = strawberry.enum_value("ERASURE", description="It ended with the member's data.")


@shown_to(*_SEES)
@strawberry.type(description="One decision of a member. It is its own proof and never changes.")
class Consent:
    number: strawberry.Private[int]
    member_number: strawberry.Private[int]
    partner_number: strawberry.Private[int | None]
    purpose: ConsentPurpose = strawberry.field(description="What for.")
    given: bool = strawberry.field(description="False: it was taken back.")
    version: int = strawberry.field(description="Of the text that was shown.")
    locale: str = strawberry.field(description="In which language it was shown.")
    text_hash: str = strawberry.field(
        description="SHA-256 of the text as it is published, in hexadecimal digits."
    )
    channel: ConsentChannel = strawberry.field(description="How it came.")
    decided_at: datetime = strawberry.field(description="When; it counts from then on.")

    @strawberry.field(description="Whose.")
    def member(self, info: Info) -> Member:
        return Member.numbered(info.context, self.member_number)

    @strawberry.field(description="The brand that asked; null: the programme.")
    def partner(self, info: Info) -> Partner | None:
        number = self.partner_number
        return None if number is None else Partner.numbered(info.context, number)

    @strawberry.field(
        description="To put into each offer that is mailed, as List-Unsubscribe with one click (RFC"
        " 8058): the member takes the consent back with it. Null for what is no marketing.",
        metadata=seen_by(Scope.MEMBERS_READ, kinds=PARTNERS),
    )
    def unsubscribe_url(self, info: Info) -> str | None:
        if not self.given or self.purpose is not ConsentPurpose.MARKETING:
            return None
        context = info.context
        links = mail.Links(context.keys.mail, context.keys.seal, context.server.settings.url)
        return links.unsubscribing(
            mail.Unsubscribing(self.member_number, self.purpose.value, self.partner_number)
        )

    @classmethod
    def of(cls, found: consents.ConsentRecord) -> "Consent":
        return cls(
            number=found.id,
            member_number=found.member_id,
            partner_number=found.partner_id,
            purpose=ConsentPurpose(found.purpose.value),
            given=found.given,
            version=found.version,
            locale=found.locale,
            text_hash=found.text_hash.hex(),
            channel=ConsentChannel(found.channel.value),
            decided_at=found.decided_at,
        )


@shown_to(*_SEES)
@strawberry.type(description="A decision in a list.")
class ConsentEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Consent = strawberry.field(description="The decision.")


@shown_to(*_SEES)
@strawberry.type(description="A page of decisions, the newest first.")
class ConsentConnection:
    edges: list[ConsentEdge] = strawberry.field(description="The decisions with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The decisions alone.")
    def nodes(self) -> list[Consent]:
        return [edge.node for edge in self.edges]


@shown_to(Scope.MEMBER_READ, Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="A consent that a member may give, and how it stands.")
class ConsentChoice:
    partner_number: strawberry.Private[int | None]
    purpose: ConsentPurpose = strawberry.field(description="What for.")
    version: int = strawberry.field(description="Of the text; `giveConsent` names it.")
    locale: str = strawberry.field(description="The language of the text.")
    text: str = strawberry.field(description="What the member is asked, as it must be shown.")
    given: bool = strawberry.field(description="Whether it stands now.")
    given_version: int | None = strawberry.field(
        description="The version that it was given to; null: it does not stand."
    )
    decided_at: datetime | None = strawberry.field(
        description="When it was given or taken back last; null: never."
    )

    @strawberry.field(description="The brand that asks; null: the programme.")
    def partner(self, info: Info) -> Partner | None:
        number = self.partner_number
        return None if number is None else Partner.numbered(info.context, number)


@shown_to(*_SEES)
@strawberry.type(description="A text in which consent is asked for.")
class ConsentText:
    purpose: ConsentPurpose = strawberry.field(description="What for.")
    version: int = strawberry.field(description="It never changes; a new text is a new version.")
    locale: str = strawberry.field(description="Its language.")
    text: str = strawberry.field(description="With {who} where the name of who asks stands.")
    hash: str = strawberry.field(description="Its SHA-256, in hexadecimal digits.")

    @classmethod
    def of(cls, found: consents.ConsentText) -> "ConsentText":
        return cls(
            purpose=ConsentPurpose(found.purpose.value),
            version=found.version,
            locale=found.locale,
            text=found.words,
            hash=found.hash.hex(),
        )


@strawberry.input(description="Which consent.")
class ConsentInput:
    purpose: ConsentPurpose = strawberry.field(description="What for.")
    partner: str | None = strawberry.field(
        default=None, description="The code of the brand that asks; null: the programme."
    )
    version: int | None = strawberry.field(
        default=None, description="Of the text that was shown: needed to give consent."
    )
    locale: str | None = strawberry.field(default=None, description="In which language, like es.")
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose, where the operator writes down what it was told."
    )

    def to_choice(self) -> consents.Choice:
        return consents.Choice(
            consents.Purpose[self.purpose.name], self.partner, self.version, self.locale
        )

    def whose(self, context: Context) -> int | None:
        """Raises `MemberNotFound`."""
        if self.member_id is None:
            return None
        try:
            return context.keys.seal.open(Kind.MEMBER, self.member_id)[0]
        except NotAnId:
            raise MemberNotFound("No such member.", field=("memberId",)) from None


@shown_to(*_DECIDES, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="What was decided.")
class ConsentPayload:
    member: Member | None = strawberry.field(description="Whose; null when refused.")
    changed: bool = strawberry.field(description="False: it had been decided so before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ConsentPayload":
        return cls(member=None, changed=False, user_errors=errors)

    @classmethod
    def of(cls, context: Context, decided: consents.Decided) -> "ConsentPayload":
        return cls(
            member=Member.numbered(context, decided.member_id),
            changed=decided.changed,
            user_errors=[],
        )


@strawberry.input(description="A text in one language.")
class ConsentTextInput:
    locale: str = strawberry.field(description="Like es, or es-MX.")
    text: str = strawberry.field(description="With {who} where the name of who asks is to stand.")


@strawberry.input(description="A new version of a text.")
class PublishConsentTextInput:
    purpose: ConsentPurpose = strawberry.field(description="What consent is asked for.")
    texts: list[ConsentTextInput] = strawberry.field(
        description="In all languages, English among them."
    )


@shown_to(Scope.PARTNERS_MANAGE, kinds=OPERATORS)
@strawberry.type(description="The version that is asked with from now on.")
class PublishConsentTextPayload:
    version: int | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "PublishConsentTextPayload":
        return cls(version=None, user_errors=errors)


OfPurpose = Annotated[
    ConsentPurpose | None, strawberry.argument(description="Only those for this purpose.")
]
OfMember = Annotated[strawberry.ID | None, strawberry.argument(description="Only this member's.")]
OnlyStanding = Annotated[
    bool, strawberry.argument(description="Only consents that were given and not taken back.")
]
InLocale = Annotated[
    str | None, strawberry.argument(description="The language, like es; absent: English.")
]


@strawberry.type
class ConsentQueries:
    @strawberry.field(
        description="Decisions about consent: a member's own, to a brand what was given to it,"
        " to the operator all. With `onlyStanding` they are whom a mail may go to.",
        metadata=seen_by(*_SEES),
    )
    async def consents(
        self,
        info: Info,
        member: OfMember = None,
        purpose: OfPurpose = None,
        first: First = None,
        after: After = None,
        *,
        only_standing: OnlyStanding = False,
    ) -> ConsentConnection:
        context = info.context
        behind = place_behind(context, Kind.CONSENT, after)
        whose = context.actor.member_id
        if member is not None:
            try:
                whose, _ = context.keys.seal.open(Kind.MEMBER, member)
            except NotAnId:
                whose = 0

        async def read(limit: int) -> list[consents.ConsentRecord]:
            asked = consents.ConsentFilter(
                member_id=whose,
                partner_id=context.actor.partner_id,
                purposes=() if purpose is None else (consents.Purpose[purpose.name],),
                only_standing=only_standing,
                before=behind[0] if behind else None,
                limit=limit,
            )
            async with context.reading() as connection:
                return await consents.list_consents(connection, asked)

        page, page_info = await page_of(
            first, after, read, lambda found: context.seal(Kind.CONSENT, found.id)
        )
        return ConsentConnection(
            edges=[ConsentEdge(cursor=cursor, node=Consent.of(found)) for cursor, found in page],
            page_info=page_info,
        )

    @strawberry.field(
        description="Every consent that the member of this token may give, with the text to show.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def consent_choices(self, info: Info, locale: InLocale = None) -> list[ConsentChoice]:
        context = info.context
        member_id = acting_member(context.actor, Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
        async with context.reading() as connection:
            texts = await consents.texts_of(connection)
            found = await consents.list_consents(connection, consents.ConsentFilter(member_id))
        last = {(one.purpose, one.partner_id): one for one in reversed(found)}
        return [
            _choice(context, texts.text(purpose, locale), partner_id, last.get(place))
            for place in consents.all_that_is_asked(context.terms)
            for purpose, partner_id in [place]
        ]

    @strawberry.field(
        description="The newest text for each purpose, in one language.", metadata=seen_by(*_SEES)
    )
    async def consent_texts(self, info: Info, locale: InLocale = None) -> list[ConsentText]:
        async with info.context.reading() as connection:
            texts = await consents.texts_of(connection)
        return [ConsentText.of(texts.text(purpose, locale)) for purpose in consents.Purpose]


def _choice(
    context: Context,
    text: consents.ConsentText,
    partner_id: int | None,
    last: consents.ConsentRecord | None,
) -> ConsentChoice:
    terms = context.terms
    who = terms.programme.name if partner_id is None else terms.partner(partner_id).name
    given = last is not None and last.given
    return ConsentChoice(
        partner_number=partner_id,
        purpose=ConsentPurpose(text.purpose.value),
        version=text.version,
        locale=text.locale,
        text=text.as_asked_by(who),
        given=given,
        given_version=last.version if last and given else None,
        decided_at=last.decided_at if last else None,
    )


@strawberry.type
class ConsentMutations:
    @strawberry.mutation(
        description="Give a consent, in the newest words. Said again, nothing changes.",
        extensions=[RefusalBecomesPayload(ConsentPayload)],
        metadata=seen_by(*_DECIDES, kinds=MEMBER_AND_OPERATOR),
    )
    async def give_consent(self, info: Info, input: Asked[ConsentInput]) -> ConsentPayload:
        context = info.context
        decided = await consents.give_consent(
            context.office,
            actor=context.actor,
            choice=input.to_choice(),
            member_id=input.whose(context),
            now=context.now,
        )
        return ConsentPayload.of(context, decided)

    @strawberry.mutation(
        description="Take a consent back. It holds at once.",
        extensions=[RefusalBecomesPayload(ConsentPayload)],
        metadata=seen_by(*_DECIDES, kinds=MEMBER_AND_OPERATOR),
    )
    async def withdraw_consent(self, info: Info, input: Asked[ConsentInput]) -> ConsentPayload:
        context = info.context
        decided = await consents.withdraw_consent(
            context.office,
            actor=context.actor,
            choice=input.to_choice(),
            member_id=input.whose(context),
            now=context.now,
        )
        return ConsentPayload.of(context, decided)

    @strawberry.mutation(
        description="Ask for consent in new words from now on. Who agreed to those before has"
        " agreed to those.",
        extensions=[RefusalBecomesPayload(PublishConsentTextPayload)],
        metadata=seen_by(Scope.PARTNERS_MANAGE, kinds=OPERATORS),
    )
    async def publish_consent_text(
        self, info: Info, input: Asked[PublishConsentTextInput]
    ) -> PublishConsentTextPayload:
        context = info.context
        version = await consents.publish_consent_text(
            context.office,
            actor=context.actor,
            purpose=consents.Purpose[input.purpose.name],
            words=[(one.locale, one.text) for one in input.texts],
        )
        return PublishConsentTextPayload(version=version, user_errors=[])
