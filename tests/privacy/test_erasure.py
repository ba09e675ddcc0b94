"""A member is forgotten: nothing about the person is left, and the books are what they were."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from coalition import consents, members, privacy
from coalition.consents import Choice, ConsentFilter, Purpose
from coalition.household import Role
from coalition.jobs.erase_members import erase_members
from coalition.jobs.job import Desk
from coalition.jobs.make_copies import make_copies
from coalition.kit.config import Settings
from coalition.kit.database import Sight
from coalition.members import Enrolment, IdentifierKind, identifier
from tests.reconciliation.books import reconcile, true_file, true_rows
from tests.support import (
    Person,
    World,
    a_bakery,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.cards import link_card
from tests.support.edge import Edge, codes, edge_of
from tests.support.holders import Holder, a_holder, prove
from tests.support.sharing import Sharing
from tests.support.waiting import until_it_waits

ASK = """mutation ($input: RequestErasureInput!) { requestErasure(input: $input) {
  erasure { points dueAt } userErrors { code message field } } }"""
BACK = """mutation ($input: WithdrawErasureInput!) { withdrawErasure(input: $input) {
  erasure { dueAt } userErrors { code } } }"""
# Each is somewhere in the database before, and nowhere after.
MARKS = {
    "given": "Zebulonia", "family": "Quartzmann", "email": "zq-login@quartz.example",
    "noted": "zq-noted@quartz.example", "phone": "+34600987654", "external": "ext-quartz-77",
    "card": "709912345678", "zone": "Pacific/Chatham", "note": "Quartzmann lost it on a train",
    "passkey": "Zebulonia's telephone", "token": "acq-quartz-4242",
}  # fmt: skip


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(
        brands=[a_grocer(minimum_redemption="10"), a_bakery(minimum_redemption="10")]
    )
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def zeb(world: World, edge: Edge) -> Holder:
    """Somebody with something in every table that knows people."""
    named = [(IdentifierKind.CARD, "card"), (IdentifierKind.EMAIL, "noted"),
             (IdentifierKind.PHONE, "phone"), (IdentifierKind.EXTERNAL, "external")]  # fmt: skip
    enrolled = await members.enrol_member(
        world.office,
        actor=world.actor("grocer"),
        idempotency_key="zeb",
        enrolment=Enrolment(
            [identifier(kind, MARKS[name], ("identifiers",)) for kind, name in named],
            given_name=MARKS["given"],
            family_name=MARKS["family"],
        ),
    )
    who = Person(MARKS["given"], enrolled.member_id, MARKS["card"])
    holder = await a_holder(
        world, who, edge, email=MARKS["email"], locale="de", time_zone=MARKS["zone"]
    )
    await world.award("grocer", who, "1000")
    await world.redeem("bakery", who, 200)
    await world.hold("bakery", who, 50)
    await members.replace_card(
        world.office, actor=world.actor("grocer"), idempotency_key="lost", card=MARKS["card"],
        new_card="70990000", reason=MARKS["note"],
    )  # fmt: skip
    await consents.give_consent(
        world.office, actor=holder.actor(), choice=Choice(Purpose.MARKETING, "grocer", 1),
        now=world.now,
    )  # fmt: skip
    await _signed_in_before(world, holder)
    file = (await true_file(world, "grocer")).but(
        rows=[
            row | {"card": MARKS["card"], "points": "7"} for row in await true_rows(world, "grocer")
        ]
    )
    await reconcile(world, file, "grocer")
    return holder


async def _signed_in_before(world: World, holder: Holder) -> None:
    """Sessions, passkeys, devices, mails, links, codes, a copy of everything."""
    execute = world.superuser.execute
    await execute(
        "INSERT INTO session (token_hash, login_id, began_at, seen_at, ends_at)"
        " VALUES ('x', $1, now(), now(), now() + interval '1 hour')", holder.login_id,
    )  # fmt: skip
    await execute(
        "INSERT INTO passkey (credential_id, login_id, public_key, sign_count, label, transports,"
        " backed_up, created_at) VALUES ('c', $1, 'k', 0, $2, '{}', false, now())",
        holder.login_id, MARKS["passkey"],
    )  # fmt: skip
    await execute("INSERT INTO known_device VALUES ($1, 'd', now(), now())", holder.login_id)
    await execute("SELECT books.warn_login($1, 'PASSKEY_ADDED', '{}', now())", holder.login_id)
    await prove(world, holder)
    await world.database.call(
        "begin_new_address", holder.login_id, f"new-{MARKS['email']}",
        world.now + timedelta(days=900), 24, holder.grant_id, world.now, world.now,
    )  # fmt: skip
    await execute(
        "INSERT INTO card_code (card, code_hash, expires_at) VALUES ($1, 'h', now())", "70990000"
    )
    await link_card(world, holder.who, MARKS["token"], label=MARKS["family"], client="grocer-till")
    await privacy.ask_for_copy(world.office, actor=holder.actor(), now=world.now)
    await make_copies(Desk(world.office, Settings(), world.clock))


async def _found(world: World) -> dict[str, set[str]]:
    """Every mark with the tables and columns in which it stands: of every column of every table."""
    columns = await world.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'coalition' AND data_type IN"
        " ('text', 'jsonb', 'json', 'ARRAY', 'bytea', 'character varying')"
    )
    found: dict[str, set[str]] = {}
    for table, column in columns:
        rows = await world.superuser.fetch(
            f"SELECT {column} AS said FROM {table} WHERE {column} IS NOT NULL"
        )
        for row in rows:
            said = _text(row["said"])
            for name, mark in MARKS.items():
                if mark.lower() in said.lower():
                    found.setdefault(name, set()).add(f"{table}.{column}")
    return found


def _text(said: object) -> str:
    """What stands in bytes too: packed ones are unpacked."""
    if not isinstance(said, bytes):
        return str(said)
    if said.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(said)) as archive:
            return "".join(archive.read(name).decode() for name in archive.namelist())
    return said.decode("latin-1")


async def _ask(world: World, edge: Edge, holder: Holder) -> None:
    await prove(world, holder)
    points = (await edge.ask(holder.client, "{ myData { pointsToLose } }"))["pointsToLose"]
    asked = await edge.ask(holder.client, ASK, input={"losePoints": points})
    assert asked["userErrors"] == []


async def _erase(world: World) -> str:
    return await erase_members(Desk(world.office, Settings(), world.clock))


async def test_nothing_about_the_person_is_left_and_the_books_stay(
    world: World, edge: Edge, zeb: Holder
) -> None:
    """CM1: after erasure sums are unchanged, and no column of any table has a trace."""
    before = await _found(world)
    assert set(before) == set(MARKS), "the test has put each of them somewhere"
    books = "SELECT * FROM entry ORDER BY member_id, seq"
    entries, balance = await world.rows(books), await world.balance(zeb.who)
    heads = await world.rows("SELECT member_id, head FROM balance")
    await _ask(world, edge, zeb)
    assert await _erase(world) == "", "not before its time"
    world.now += timedelta(days=14)
    assert await _erase(world) == "1 members forgotten"
    assert await _found(world) == {}
    assert await world.rows(books) == entries
    assert await world.rows("SELECT member_id, head FROM balance") == heads
    after = await world.balance(zeb.who)
    assert (after.available + after.held, after.owed) == (
        balance.available + balance.held, balance.owed,
    )  # fmt: skip
    await assert_books_balance(world)
    assert await _erase(world) == ""


async def test_who_is_forgotten_is_nobody_any_more(world: World, edge: Edge, zeb: Holder) -> None:
    await _ask(world, edge, zeb)
    world.now += timedelta(days=14)
    await _erase(world)
    for card in (MARKS["card"], "70990000"):
        found = await edge.ask(
            "grocer-till", "query ($c: String!) { member(ref: {card: $c}) { id } }", c=card
        )
        assert found is None
    async with world.database.reading(Sight(partner_id=world.partner("grocer").id)) as connection:
        standing = await consents.list_consents(connection, ConsentFilter(only_standing=True))
        history = await consents.list_consents(connection, ConsentFilter())
    assert standing == []
    assert [(one.given, one.channel.value) for one in history] == [
        (False, "ERASURE"), (True, "MEMBER"),
    ]  # fmt: skip
    told = await world.rows(
        "SELECT partner_id FROM event WHERE kind = 10 AND member_id = $1 AND client_id = 'explorer'"
        " ORDER BY partner_id",
        zeb.who.member_id,
    )
    assert told == [(world.partner("grocer").id,), (None,)]
    # Its card may be somebody else's: somebody new, with nothing.
    other = await world.enrol("Somebody", card="70990000")
    assert other.member_id != zeb.who.member_id
    assert (await world.balance(other)).available == 0


async def test_a_payment_card_that_is_linked_meanwhile_is_forgotten_too(
    world: World, edge: Edge, zeb: Holder
) -> None:
    await _ask(world, edge, zeb)
    world.now += timedelta(days=31)
    linked = """SELECT verbs.link_payment_card($1, 'acq_late', 'Visa', '4242', NULL, 20, now(),
      'grocer-till', NULL, gen_random_uuid())"""
    async with world.superuser.transaction():
        await world.superuser.fetch(linked, zeb.who.member_id)
        erased = asyncio.create_task(_erase(world))
        await until_it_waits(world, erased)
    await erased
    left = "SELECT value FROM identifier WHERE member_id = $1 UNION ALL"
    left += " SELECT token FROM payment_card WHERE member_id = $1"
    assert await world.superuser.fetch(left, zeb.who.member_id) == []


async def test_its_household_goes_on_and_somebody_owns_it(
    world: World, edge: Edge, zeb: Holder
) -> None:
    sharing = Sharing(world)
    cy, bo = await world.enrol("Cy"), await world.enrol("Bo")
    await sharing.found(zeb.who)
    await sharing.take_in(zeb.who, cy, Role.CHILD)
    await sharing.take_in(zeb.who, bo, Role.COLLECTOR)
    await _ask(world, edge, zeb)
    world.now += timedelta(days=14)
    await _erase(world)
    stays = "SELECT member_id, role FROM household_member WHERE left_at IS NULL ORDER BY id"
    assert await world.rows(stays) == [(cy.member_id, "CHILD"), (bo.member_id, "OWNER")]
    await assert_books_balance(world)


async def test_the_member_says_how_many_points_it_loses(
    world: World, edge: Edge, zeb: Holder
) -> None:
    before = await world.rows("SELECT count(*) FROM erasure")
    refused = await edge.ask(zeb.client, ASK, input={"losePoints": "7"})
    assert codes(refused) == ["POINTS_WOULD_BE_LOST"]
    assert "800 points would be lost, not 7" in refused["userErrors"][0]["message"]
    assert await world.rows("SELECT count(*) FROM erasure") == before


async def test_who_has_not_just_shown_that_it_is_it_deletes_nothing(
    world: World, edge: Edge, zeb: Holder
) -> None:
    """M19: a token that somebody else holds is not enough to lose all points."""
    for age in (None, timedelta(minutes=11)):
        proved = None if age is None else world.now - age
        await world.superuser.execute("UPDATE oauth_grant SET proved_at = $1", proved)
        async with nothing_moves(world, besides=("person_request",)):
            refused = await edge.ask(zeb.client, ASK, input={"losePoints": "800"})
        assert codes(refused) == ["STEP_UP_REQUIRED"]
    await _ask(world, edge, zeb)


async def test_for_some_days_it_can_be_taken_back(world: World, edge: Edge, zeb: Holder) -> None:
    await _ask(world, edge, zeb)
    shown = await edge.ask(zeb.client, "{ myData { erasure { points dueAt } } }")
    assert shown["erasure"]["points"] == "800"
    mails = await world.rows("SELECT kind FROM mail WHERE kind = 'ERASURE_ASKED'")
    assert len(mails) == 1
    await _ask(world, edge, zeb)
    assert await world.rows("SELECT kind FROM mail WHERE kind = 'ERASURE_ASKED'") == mails
    await world.redeem("grocer", replace(zeb.who, card="70990000"), 10)
    back = await edge.ask(zeb.client, BACK, input={})
    assert back == {"erasure": None, "userErrors": []}
    again = await edge.ask(zeb.client, BACK, input={})
    assert codes(again) == ["ERASURE_NOT_ASKED"]
    world.now += timedelta(days=15)
    async with nothing_moves(world):
        assert await _erase(world) == ""


async def test_the_operator_does_it_for_who_wrote_to_it(world: World, zeb: Holder) -> None:
    with pytest.raises(members.MemberNotFound):
        await privacy.ask_for_erasure(
            world.office, actor=world.operator(), member_id=999, lose_points=0, now=world.now,
            after=timedelta(0),
        )  # fmt: skip
    await privacy.ask_for_erasure(
        world.office, actor=world.operator(), member_id=zeb.who.member_id, lose_points=800,
        now=world.now, after=timedelta(0),
    )  # fmt: skip
    assert await _erase(world) == "1 members forgotten"
    with pytest.raises(members.MemberClosed):
        await privacy.ask_for_erasure(
            world.office, actor=world.operator(), member_id=zeb.who.member_id, lose_points=800,
            now=world.now, after=timedelta(0),
        )  # fmt: skip


async def test_the_record_of_processing_says_what_each_brand_gets(
    world: World, zeb: Holder
) -> None:
    """CM2."""
    assert zeb.email
    keep = privacy.Retention(30, 90, 7, 90, 48, 14)
    record = await privacy.record_of_processing(world.office, keep, now=world.now)
    grocer = next(one for one in record["sharing"] if one["partner"] == "grocer")
    assert (grocer["membersLinked"], grocer["ownIdentifiers"], grocer["marketingConsents"]) == (
        1, 4, 1,
    )  # fmt: skip
    assert record["programme"]
    for one in record["activities"]:
        assert set(one) == {
            "activity", "purpose", "legalBasis", "role", "dataSubjects", "categories",
            "recipients", "retention",
        }  # fmt: skip
    assert re.search(r"copies 48 hours; erasure after 14 days", str(record))
