"""Members say for what and to whom; what they said last counts, and all of it can be shown."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from importlib import resources

import pytest

from coalition import consents
from coalition.access import Scope
from coalition.consents import Choice, Purpose
from coalition.kit.database import EVERYTHING, NOTHING, Sight
from coalition.kit.errors import NotAllowed
from coalition.members import MemberClosed, MemberNotFound
from tests.support import World, a_bakery, a_grocer, nothing_moves
from tests.support.edge import Edge, codes, edge_of
from tests.support.holders import Holder, a_holder, token_of

CHOICES = """query ($locale: String) { consentChoices(locale: $locale) {
  purpose version locale text given givenVersion decidedAt partner { code } } }"""
GIVE = """mutation ($input: ConsentInput!) { giveConsent(input: $input) {
  changed member { id } userErrors { code message field } } }"""
WITHDRAW = """mutation ($input: ConsentInput!) { withdrawConsent(input: $input) {
  changed userErrors { code message field } } }"""
LIST = """query ($only: Boolean!, $purpose: ConsentPurpose, $first: Int, $after: String) {
  consents(onlyStanding: $only, purpose: $purpose, first: $first, after: $after) {
    nodes { purpose given version channel partner { code } member { id } textHash }
    pageInfo { hasNextPage endCursor } } }"""

SHIPPED = "e8f84a89dfe27d87cc9b36ab506dade774a25bac45fd7664367d7f52c7d57f2c"


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def ada(world: World, edge: Edge) -> Holder:
    return await a_holder(world, await world.enrol("Ada"), edge)


def _given(purpose: str, **more: object) -> dict[str, object]:
    return {"purpose": purpose, "version": 1, **more}


async def test_nothing_is_on_until_the_member_gives_it(edge: Edge, ada: Holder) -> None:
    """CM3: unbundled, and profiling is a question of its own."""
    shown = await edge.ask(ada.client, CHOICES)
    assert [(one["purpose"], one["partner"] and one["partner"]["code"]) for one in shown] == [
        ("PROGRAMME_MAILS", None),
        ("MARKETING", None), ("MARKETING", "grocer"), ("MARKETING", "bakery"),
        ("PROFILING", None), ("PROFILING", "grocer"), ("PROFILING", "bakery"),
    ]  # fmt: skip
    assert not any(one["given"] for one in shown)
    assert "Harvest" in shown[2]["text"], "it says who asks"
    assert (await edge.ask(ada.client, LIST, only=False))["nodes"] == []


async def test_a_consent_is_given_to_the_words_that_were_shown(
    world: World, edge: Edge, ada: Holder
) -> None:
    in_spanish = await edge.ask(ada.client, CHOICES, locale="es-MX")
    asked = next(one for one in in_spanish if one["purpose"] == "MARKETING")
    assert (asked["locale"], "ofertas" in asked["text"]) == ("es", True)
    given = await edge.ask(ada.client, GIVE, input=_given("MARKETING", locale="es-MX"))
    assert (given["changed"], given["userErrors"]) == (True, [])
    async with world.database.reading(EVERYTHING) as connection:
        (row,) = await consents.list_consents(connection, consents.ConsentFilter())
        texts = await consents.texts_of(connection)
    words = texts.text(Purpose.MARKETING, row.locale, row.version).words
    assert row.text_hash == hashlib.sha256(words.encode()).digest()
    assert (row.locale, row.version, row.channel, row.decided_at) == (
        "es", 1, consents.Channel.MEMBER, world.now,
    )  # fmt: skip


async def test_said_again_nothing_is_written(world: World, edge: Edge, ada: Holder) -> None:
    await edge.ask(ada.client, GIVE, input=_given("PROFILING", partner="grocer"))
    before = await world.rows("SELECT count(*) FROM consent")
    again = await edge.ask(ada.client, GIVE, input=_given("PROFILING", partner="grocer"))
    assert (again["changed"], again["userErrors"]) == (False, [])
    for purpose in ("PROFILING", "MARKETING"):
        back = await edge.ask(ada.client, WITHDRAW, input={"purpose": purpose})
        assert (back["changed"], back["userErrors"]) == (False, []), "it was never given"
    assert await world.rows("SELECT count(*) FROM consent") == before


async def test_taking_back_holds_at_once_and_both_decisions_stay(edge: Edge, ada: Holder) -> None:
    """MB10."""
    await edge.ask(ada.client, GIVE, input=_given("MARKETING", partner="grocer"))
    standing = await edge.ask("grocer-till", LIST, only=True)
    assert len(standing["nodes"]) == 1
    back = await edge.ask(ada.client, WITHDRAW, input={"purpose": "MARKETING", "partner": "grocer"})
    assert back["changed"]
    assert (await edge.ask("grocer-till", LIST, only=True))["nodes"] == []
    history = (await edge.ask(ada.client, LIST, only=False))["nodes"]
    assert [one["given"] for one in history] == [False, True]
    assert history[0]["textHash"] == history[1]["textHash"]


async def test_a_brand_sees_what_was_given_to_itself_and_nothing_else(
    world: World, edge: Edge, ada: Holder
) -> None:
    bo = await a_holder(world, await world.enrol("Bo"), edge)
    for holder, partner in ((ada, "grocer"), (ada, "bakery"), (bo, "grocer"), (bo, None)):
        await edge.ask(holder.client, GIVE, input=_given("MARKETING", partner=partner))
    await edge.ask(bo.client, GIVE, input=_given("PROFILING", partner="bakery"))
    seen = (await edge.ask("grocer-till", LIST, only=True, purpose="MARKETING"))["nodes"]
    assert [one["partner"]["code"] for one in seen] == ["grocer", "grocer"]
    assert len({one["member"]["id"] for one in seen}) == 2
    seen = (await edge.ask("bakery-till", LIST, only=True))["nodes"]
    assert [(one["purpose"], one["partner"]["code"]) for one in seen] == [
        ("PROFILING", "bakery"), ("MARKETING", "bakery"),
    ]  # fmt: skip
    # A query that forgot its filter sees no more.
    async with world.database.reading(Sight(partner_id=world.partner("grocer").id)) as connection:
        rows = await consents.list_consents(connection, consents.ConsentFilter())
    assert {row.partner_id for row in rows} == {world.partner("grocer").id}
    async with world.database.reading(Sight(member_id=ada.who.member_id)) as connection:
        rows = await consents.list_consents(connection, consents.ConsentFilter())
    assert {row.member_id for row in rows} == {ada.who.member_id}
    async with world.database.reading(NOTHING) as connection:
        assert await consents.list_consents(connection, consents.ConsentFilter()) == []


async def test_whom_a_brand_may_write_to_comes_in_pages(
    world: World, edge: Edge, ada: Holder
) -> None:
    await edge.ask(ada.client, GIVE, input=_given("MARKETING", partner="grocer"))
    for name in ("Bo", "Cy"):
        other = await a_holder(world, await world.enrol(name), edge)
        await edge.ask(other.client, GIVE, input=_given("MARKETING", partner="grocer"))
    found, after = [], None
    while True:
        page = await edge.ask("grocer-till", LIST, only=True, first=1, after=after)
        found += [one["member"]["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"purpose": "MARKETING", "version": 2}, "CONSENT_TEXT_NOT_CURRENT", ["version"]),
        ({"purpose": "MARKETING"}, "CONSENT_TEXT_NOT_CURRENT", ["version"]),
        (_given("MARKETING", partner="nobody"), "CONSENT_NOT_ASKED", ["partner"]),
        (_given("PROGRAMME_MAILS", partner="grocer"), "CONSENT_NOT_ASKED", ["partner"]),
        (_given("MARKETING", memberId="mbr_x"), "MEMBER_NOT_FOUND", ["memberId"]),
    ],
)
async def test_what_nobody_asks_is_refused(
    world: World, edge: Edge, ada: Holder, asked: dict[str, object], code: str, field: list[str]
) -> None:
    before = await world.rows("SELECT count(*) FROM consent")
    answer = await edge.ask(ada.client, GIVE, input=asked)
    assert await world.rows("SELECT count(*) FROM consent") == before
    assert codes(answer) == [code]
    assert answer["userErrors"][0]["field"] == field


async def test_support_writes_down_what_a_member_told_it(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    support = world.operator(Scope.MEMBERS_SUPPORT)
    choice = Choice(Purpose.PROGRAMME_MAILS, version=1)
    decided = await consents.give_consent(
        world.office, actor=support, choice=choice, member_id=ada.member_id, now=world.now
    )
    assert decided.changed
    ((channel, client),) = await world.rows("SELECT channel, client_id FROM consent")
    assert (channel, client) == ("SUPPORT", "operator")
    async with nothing_moves(world):
        with pytest.raises(MemberNotFound):
            await consents.give_consent(world.office, actor=support, choice=choice, now=world.now)
        with pytest.raises(MemberNotFound):
            await consents.give_consent(
                world.office, actor=support, choice=choice, member_id=999, now=world.now
            )
        with pytest.raises(NotAllowed):
            await consents.give_consent(
                world.office, actor=world.actor("grocer"), choice=choice,
                member_id=ada.member_id, now=world.now,
            )  # fmt: skip


async def test_who_has_left_gives_nothing_and_may_take_back(world: World) -> None:
    await world.apply()
    ada = await a_holder(world, await world.enrol("Ada"))
    choice = Choice(Purpose.MARKETING, version=1)
    await consents.give_consent(world.office, actor=ada.actor(), choice=choice, now=world.now)
    await world.superuser.execute("UPDATE member SET status = 'closed'")
    again = Choice(Purpose.PROFILING, version=1)
    async with nothing_moves(world):
        with pytest.raises(MemberClosed):
            await consents.give_consent(
                world.office, actor=ada.actor(), choice=again, now=world.now
            )
    back = await consents.withdraw_consent(
        world.office, actor=ada.actor(), choice=choice, now=world.now
    )
    assert back.changed


async def test_new_words_are_asked_anew_and_the_old_ones_stay_what_was_agreed_to(
    world: World, edge: Edge, ada: Holder
) -> None:
    await edge.ask(ada.client, GIVE, input=_given("MARKETING"))
    words = [("en", "{who} may write to me once a week."), ("de", "{who} darf mir schreiben.")]
    publisher = world.operator(Scope.PARTNERS_MANAGE)
    for _ in range(2):
        version = await consents.publish_consent_text(
            world.office, actor=publisher, purpose=Purpose.MARKETING, words=words
        )
        assert version == 2, "the same words are the same version"
    refused = await edge.ask(ada.client, GIVE, input=_given("MARKETING"))
    assert codes(refused) == ["CONSENT_TEXT_NOT_CURRENT"]
    shown = await edge.ask(ada.client, CHOICES, locale="es")
    asked = next(one for one in shown if one["purpose"] == "MARKETING")
    assert (asked["version"], asked["locale"], asked["given"], asked["givenVersion"]) == (
        2, "en", True, 1,
    )  # fmt: skip
    again = await edge.ask(ada.client, GIVE, input={"purpose": "MARKETING", "version": 2})
    assert again["changed"]
    history = (await edge.ask(ada.client, LIST, only=False))["nodes"]
    assert [one["version"] for one in history] == [2, 1]
    async with world.database.reading(NOTHING) as connection:
        texts = await consents.texts_of(connection)
    assert "offers" in texts.text(Purpose.MARKETING, "en", 1).words


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ([("de", "{who} fragt.")], ("texts",)),
        ([("en", "We ask.")], ("texts", "0", "text")),
        ([("en", "{who} asks."), ("en", "{who} asks.")], ("texts",)),
        ([], ("texts",)),
    ],
)
async def test_a_text_that_is_not_complete_is_not_published(
    world: World, words: list[tuple[str, str]], field: tuple[str, ...]
) -> None:
    await world.apply()
    async with nothing_moves(world):
        with pytest.raises(consents.ConsentTextNotComplete) as refused:
            await consents.publish_consent_text(
                world.office, actor=world.operator(), purpose=Purpose.MARKETING, words=words
            )
    assert refused.value.field == field


async def test_what_was_decided_is_not_changed_by_anybody(world: World) -> None:
    await world.apply()
    ada = await a_holder(world, await world.enrol("Ada"))
    await consents.give_consent(
        world.office, actor=ada.actor(), choice=Choice(Purpose.MARKETING, version=1), now=world.now
    )
    async with nothing_moves(world):
        for statement in ("UPDATE consent SET given = false", "DELETE FROM consent"):
            with pytest.raises(Exception, match="append-only"):
                await world.superuser.execute(statement)


async def test_ten_clicks_at_once_are_one_decision(world: World) -> None:
    await world.apply()
    ada = await a_holder(world, await world.enrol("Ada"))
    choice = Choice(Purpose.MARKETING, partner="grocer", version=1)
    decided = await asyncio.gather(
        *(
            consents.give_consent(world.office, actor=ada.actor(), choice=choice, now=world.now)
            for _ in range(10)
        )
    )
    assert sorted(one.changed for one in decided) == [*[False] * 9, True]


async def test_a_token_that_only_reads_decides_nothing(
    world: World, edge: Edge, ada: Holder
) -> None:
    edge.bear("reader", await token_of(world, ada, Scope.MEMBER_READ))
    async with nothing_moves(world):
        answer = await edge.post("reader", GIVE, {"input": _given("MARKETING")})
        assert answer.json()["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"


def test_the_words_that_come_with_the_program_never_change() -> None:
    """Whoever agreed to version 1 agreed to these: a new text is a new version."""
    shipped = resources.files(consents).joinpath("texts.json").read_bytes()
    assert hashlib.sha256(shipped).hexdigest() == SHIPPED
