"""What members read for help: questions with their answers, whom to ask, and the terms."""

from datetime import date
from typing import Annotated

import strawberry

from coalition import partners
from coalition.api.context import Info
from coalition.api.viewers import seen_by, shown_to

InLanguage = Annotated[
    str | None,
    strawberry.argument(
        description="The reader's language, like es or es-MX. Each text falls back by itself: to"
        " its language without the country, then to the one that was written first."
    ),
]
Search = Annotated[
    str | None,
    strawberry.argument(
        description="Only what holds each of these words, in the question or in its answer."
    ),
]


@shown_to()
@strawberry.type(description="Something that members ask.")
class HelpQuestion:
    question: str = strawberry.field(description="In the reader's language.")
    answer: str = strawberry.field(description="Of several lines, without marks.")
    question_language: str = strawberry.field(description="The language of `question`.")
    answer_language: str = strawberry.field(description="The language of `answer`.")


@shown_to()
@strawberry.type(description="A version of the programme's terms.")
class TermsVersion:
    version: str = strawberry.field(description="What it is called.")
    valid_from: date = strawberry.field(description="Its first day.")
    in_force: bool = strawberry.field(description="Whether these terms hold today.")
    address: str | None = strawberry.field(description="Where they stand; null: in `text`.")
    said: strawberry.Private[partners.TermsVersion]

    @strawberry.field(description="What they say; null: see `address`.")
    def text(self, locale: InLanguage = None) -> str | None:
        return None if self.said.text is None else partners.in_language(self.said.text, locale)

    @strawberry.field(description="The language of `text`; null: there is none.")
    def text_language(self, locale: InLanguage = None) -> str | None:
        return None if self.said.text is None else partners.language_told(self.said.text, locale)

    @strawberry.field(description="What is new in them; null: nothing was written about it.")
    def changes(self, locale: InLanguage = None) -> str | None:
        texts = self.said.changes
        return None if texts is None else partners.in_language(texts, locale)

    @strawberry.field(description="The language of `changes`; null: there are none.")
    def changes_language(self, locale: InLanguage = None) -> str | None:
        texts = self.said.changes
        return None if texts is None else partners.language_told(texts, locale)


@shown_to()
@strawberry.type(description="What the operator has written for members.")
class Help:
    own: strawberry.Private[partners.Help]
    email: str | None = strawberry.field(description="Whom to ask; null: nobody was named.")

    @strawberry.field(description="What members ask, with the answers.")
    def questions(self, search: Search = None, locale: InLanguage = None) -> list[HelpQuestion]:
        return [
            HelpQuestion(
                question=one.question.text,
                answer=one.answer.text,
                question_language=one.question.language,
                answer_language=one.answer.language,
            )
            for one in self.own.answers(search or "", locale)
        ]

    @strawberry.field(description="The programme's terms in all their versions, the newest first.")
    def terms(self, info: Info) -> list[TermsVersion]:
        today = info.context.terms.programme.today(info.context.now)
        now = self.own.terms_on(today)
        return [
            TermsVersion(
                version=one.version, valid_from=one.valid_from, in_force=one is now,
                address=one.address, said=one,
            )
            for one in reversed(self.own.terms)
        ]  # fmt: skip


@strawberry.type
class HelpQueries:
    @strawberry.field(
        description="What the operator has written for members: answers, whom to ask, the terms.",
        metadata=seen_by(),
    )
    async def help(self, info: Info) -> Help:
        async with info.context.reading() as connection:
            found = await partners.help_of(connection)
        return Help(own=found, email=found.email)
