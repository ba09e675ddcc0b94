"""A query that forgot its filter shows no other partner's rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time, timedelta

import asyncpg
import pytest
import sqlalchemy as sa

from coalition import bulk, consents, webhooks
from coalition.access import load_keys
from coalition.catalogue import RewardKind
from coalition.documents import statement_documents
from coalition.jobs.deliver_webhooks import WebhookWorker
from coalition.kit.config import Settings
from coalition.kit.database import EVERYTHING, NOTHING, Addresses, Database, Role, Sight
from coalition.outbox import EventKind
from coalition.tables import metadata
from tests.bulk.support import a_row, ndjson, work_off
from tests.reconciliation.books import reconcile, send, true_file, true_rows
from tests.support import Person, World, a_bakery, a_fuel, a_grocer, a_promotion
from tests.support.cards import link_card
from tests.support.catalogue import Counter, a_reward, a_voucher
from tests.support.missing import Desk
from tests.support.reset import Reset

# Which column says whose a row is.
OF_PARTNER = {
    "agreement": "partner_id", "award": "partner_id", "award_reversal": "partner_id",
    "bulk_award": "partner_id", "bulk_chunk": "partner_id", "bulk_result": "partner_id",
    "adjustment": "partner_id", "bank_entry": "partner_id", "dispute": "partner_id",
    "dispute_step": "partner_id", "held_line": "partner_id", "issuer_roll": "issuer_id",
    "cohort_roll": "issuer_id",
    "net_position": "partner_id", "payment": "partner_id", "promotion": "partner_id",
    "consent": "partner_id",
    "client": "partner_id", "enrolment": "partner_id", "entry": "partner_id",
    "allowance": "partner_id", "allowance_part": "partner_id", "allowance_use": "partner_id",
    "award_share": "awarded_by", "contract": "partner_id", "event": "partner_id",
    "invoice": "partner_id", "prepaid_pack": "partner_id", "pack_billed": "partner_id",
    "payment_card": "partner_id",
    "promotion_share": "partner_id",
    "prize_draw": "partner_id", "reward": "partner_id", "reward_claim": "partner_id",
    "reward_version": "partner_id",
    "missing_purchase": "partner_id", "missing_receipt": "partner_id",
    "missing_step": "partner_id",
    "hold": "partner_id", "identifier": "partner_id", "lot": "issuer_id",
    "member_change": "partner_id", "member_partner": "partner_id", "money_entry": "partner_id",
    "dispute_item": "partner_id",
    "reconciliation_file": "partner_id", "reconciliation_item": "partner_id",
    "reconciliation_rest": "partner_id", "reconciliation_row": "partner_id",
    "reconciliation_side": "partner_id", "reconciliation_terms": "partner_id",
    "redemption": "partner_id", "refund": "partner_id", "statement": "partner_id",
    "webhook_attempt": "partner_id", "webhook_delivery": "partner_id",
    "webhook_endpoint": "partner_id", "webhook_subscription": "partner_id",
    "statement_document": "partner_id", "statement_line": "partner_id", "store": "partner_id",
}  # fmt: skip
OF_MEMBER = [
    "award", "award_reversal", "balance", "consent", "entry", "event", "hold", "identifier", "lot",
    "lot_use", "mail_preference", "member", "member_partner", "member_wish", "missing_purchase",
    "missing_receipt", "missing_step", "payment_card", "quiet_hours", "redemption", "refund",
    "reward_claim", "voucher_gift",
]  # fmt: skip
FOR_EVERYBODY = {
    "consent_text", "fx_rate", "programme", "legal_entity", "partner", "partner_logo", "period",
    "period_head", "programme_help", "reward_image",
}  # fmt: skip
# What is there for points: a brand sees its own, and a member what every brand has.
OF_THE_CATALOGUE = {"prize_draw", "reward", "reward_version"}
OF_LEGAL_ENTITY = {"entity_details"}
OF_THE_OPERATOR = {
    "bank_file", "bank_statement", "cost_share", "fx_exchange", "gate_waiver", "held_line_netted",
    "opening", "opening_issuer", "opening_lot", "opening_row", "payment_file",
    # What a member may know of them is told by verbs (docs/sharing-points.md).
    "household", "household_act", "household_invitation", "household_member", "passage", "transfer",
    "period_approval", "period_gate", "period_step", "seal", "settlement_run",
}  # fmt: skip
HIDDEN = {
    "card_code", "client_secret", "data_copy", "device_request", "erasure", "expiry_reminder",
    "job", "known_device", "login", "mail", "mail_cursor", "oauth_code", "oauth_grant", "passkey",
    "passkey_challenge", "person_request", "prize_seed", "refresh_token", "secret", "session",
    "sign_in_attempt", "signing_key", "till_token", "used_assertion", "verification", "web_session",
    "webhook_cursor", "webhook_secret",
}  # fmt: skip


# The operator counts its rows and does not read what is in them.
COUNTED = {"reward_code"}


@pytest.fixture(scope="module")
async def busy(
    addresses: Addresses, database: Database, reset: Reset, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """Three brands and two members that have done everything there is to do.

    One for all tests here: they only look.
    """
    await reset()
    world = World(addresses, database, reset.connection, tmp_path_factory.mktemp("busy"))
    stores = [{"code": "1", "name": "Main Street"}]
    more = {
        "stores": stores,
        "prepaid": {
            "packs": [{"code": "a", "bought_on": "2026-01-01", "points": "100000", "amount": "900"}]
        },
        # What the files below leave open is no matter here.
        "reconciliation": {"open_value_tolerance": "1000000"},
    }
    shares = {"grocer": "50", "bakery": "30", "fuel": "20"}
    await world.apply(
        brands=[a_grocer(**more), a_bakery(**more), a_fuel(**more)],
        promotions=[a_promotion(funded_by=shares)],
        help={"email": "help@example.com"},
    )
    for brand in ("grocer", "bakery", "fuel"):
        for name in ("Ada", "Bo"):
            who = await world.enrol(name, brand=brand)
            given = await world.award(brand, who, "1000")
            spent = await world.redeem(brand, who, 100)
            await world.refund(brand, spent, 10)
            await world.bring_back(brand, given.place, "20")
            await world.hold(brand, who, 5)
            await _a_ticket(world, brand, who)
            await _cares(world, brand, who)
            await Desk(world).picture(who, await Desk(world).report(who, brand))
        await _a_webhook(world, brand)
        await _a_file(world, brand)
        # One file compared to its end, and one whose comparison was left half done.
        file = (await true_file(world, brand)).but(rows=[])
        await reconcile(world, file, brand)
        rows = [row | {"points": "7"} for row in await true_rows(world, brand)]
        taken = await send(world, file.but(sequence=2, rows=rows), brand=brand)
        await world.database.call("match_reconciliation", taken.file_id, world.partner(brand).id)
    world.now = world.now.replace(month=4)
    await world.close("2026-03")
    await world.approve("2026-03")
    records = list((await world.statements("2026-03")).values())
    await statement_documents(world.office, await load_keys(world.database), records)
    return world


async def _a_ticket(world: World, brand: str, who: Person) -> None:
    """Of a draw of the brand's, for which it saves on; and a voucher that it gives away."""
    counter = Counter(world)
    until = world.now + timedelta(days=1)
    draw = a_reward(kind=RewardKind.PRIZE_DRAW, points=9, winners=1, until_at=until)
    reward = await counter.put(brand, replace(draw, code=who.card))
    await counter.claim(who, reward)
    await counter.wish(who, reward)
    voucher = await counter.put(brand, a_voucher(code=f"voucher-{who.card}", points=1))
    await counter.load(brand, voucher, f"code-{who.card}")
    await counter.give(who, (await counter.claim(who, voucher)).place)


async def _cares(world: World, brand: str, who: Person) -> None:
    """It lets the brand write to it and know its payment card, and has wishes about mails."""
    await link_card(world, who, f"acq_{who.member_id}", client=f"{brand}-till")
    await consents.give_consent(
        world.office,
        actor=world.operator(),
        choice=consents.Choice(consents.Purpose.MARKETING, brand, 1),
        member_id=who.member_id,
        now=world.now,
    )
    await world.database.call("switch_mail", who.member_id, "MONTHLY", False)  # noqa: FBT003 - SQL's
    await world.database.call("set_quiet_hours", who.member_id, time(22), time(7))


async def _a_webhook(world: World, brand: str) -> None:
    """An endpoint of the brand's with one delivery that failed."""
    actor = world.actor(brand)
    made = await webhooks.create_webhook(
        world.office,
        webhooks.reach_of("127.0.0.1"),
        actor=actor,
        idempotency_key="hook",
        url="http://127.0.0.1:1/",
        subscribed=[webhooks.Subscribed(EventKind.AWARD_RECORDED, "")],
    )
    await webhooks.send_test_webhook(
        world.office,
        actor=actor,
        idempotency_key="try",
        endpoint_id=made.endpoint_id,
        now=world.now,
    )
    async with WebhookWorker(
        world.database, Settings(webhook_allow="127.0.0.1"), world.clock
    ) as worker:
        assert (await worker.round()).to_retry == 1


async def _a_file(world: World, brand: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield ndjson([a_row(1, "nobody")])

    created = await bulk.create_bulk_award(
        world.office,
        actor=world.actor(brand),
        request=bulk.BulkRequest("bulk", "NDJSON", "NONE"),
        now=world.now,
    )
    await bulk.take_file(
        world.office,
        actor=world.actor(brand),
        bulk_id=created.bulk_id,
        pieces=pieces(),
        most=10_000,
        now=world.now,
    )
    await work_off(world)


@asynccontextmanager
async def _application(world: World) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    url = world.addresses.of(Role.APPLICATION).render_as_string()
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def _tables() -> list[sa.Table]:
    return list(metadata.tables.values())


def test_every_table_is_somebodys() -> None:
    """A table that is added must say here who sees it."""
    known = {
        *OF_PARTNER, *OF_MEMBER, *FOR_EVERYBODY, *OF_LEGAL_ENTITY, *OF_THE_OPERATOR, *HIDDEN,
        *COUNTED,
    }  # fmt: skip
    assert {table.name for table in _tables()} == known


async def test_without_a_tenant_nothing_of_anybody_is_seen(busy: World) -> None:
    """Security checklist, line 8."""
    async with busy.database.reading(NOTHING) as connection:
        for table in {*OF_PARTNER, *OF_MEMBER}:
            rows = await connection.exec_driver_sql(f"SELECT * FROM coalition.{table}")
            assert rows.all() == [], table


async def test_a_connection_that_was_never_told_whose_it_is_sees_nothing(busy: World) -> None:
    """Security checklist, line 8."""
    async with _application(busy) as connection:
        for table in {*OF_PARTNER, *OF_MEMBER}:
            assert await connection.fetch(f"SELECT * FROM coalition.{table}") == [], table


# Rows of these need more than a brand that awards and redeems.
_ELSEWHERE = {
    "adjustment", "allowance", "allowance_part", "allowance_use", "award_share", "bank_entry",
    "dispute", "dispute_item", "dispute_step", "held_line", "identifier", "member_change",
    "payment", "promotion",
}  # fmt: skip


@pytest.mark.parametrize("table", sorted(set(OF_PARTNER) - _ELSEWHERE))
async def test_a_partner_sees_its_own_rows_and_no_others(busy: World, table: str) -> None:
    """Security checklist, line 8."""
    column = OF_PARTNER[table]
    everybody = await busy.rows(f"SELECT DISTINCT {column} FROM {table} WHERE {column} > 0")
    assert len(everybody) == 3, "every brand has rows here, or this proves nothing"
    for brand in ("grocer", "bakery"):
        own = busy.partner(brand).id
        (expected,) = await busy.rows(f"SELECT count(*) FROM {table} WHERE {column} = {own}")
        async with busy.database.reading(Sight(partner_id=own)) as connection:
            rows = await connection.exec_driver_sql(
                f"SELECT {column}, count(*) FROM coalition.{table} GROUP BY 1"
            )
            assert [tuple(row) for row in rows] == [(own, *expected)]


async def test_a_partner_sees_the_bank_details_of_its_own_legal_entity_only(busy: World) -> None:
    own = busy.partner("grocer")
    assert own.entity is not None
    async with busy.database.reading(Sight(partner_id=own.id)) as connection:
        rows = await connection.exec_driver_sql(
            "SELECT legal_entity_id FROM coalition.entity_details"
        )
        assert [row[0] for row in rows] == [own.entity.id]


async def test_what_is_the_operators_is_seen_by_no_brand_and_no_member(busy: World) -> None:
    """Security checklist, line 8."""
    assert await busy.rows("SELECT 1 FROM period_step LIMIT 1")
    for sight in (Sight(partner_id=busy.partner("grocer").id), Sight(member_id=1), NOTHING):
        async with busy.database.reading(sight) as connection:
            for table in OF_THE_OPERATOR:
                rows = await connection.exec_driver_sql(f"SELECT * FROM coalition.{table}")
                assert rows.all() == [], (sight, table)


async def test_a_partner_does_not_see_what_members_have_elsewhere(busy: World) -> None:
    async with busy.database.reading(Sight(partner_id=busy.partner("grocer").id)) as connection:
        for table in ("balance", "lot_use"):
            rows = await connection.exec_driver_sql(f"SELECT * FROM coalition.{table}")
            assert rows.all() == [], table
        names = await connection.exec_driver_sql(
            "SELECT member_id FROM coalition.member ORDER BY 1"
        )
        assert [row[0] for row in names] == [1, 2], "the members that it enrolled itself"


@pytest.mark.parametrize("table", OF_MEMBER)
async def test_a_member_sees_its_own_rows_and_no_others(busy: World, table: str) -> None:
    async with busy.database.reading(Sight(member_id=1)) as connection:
        rows = await connection.exec_driver_sql(f"SELECT DISTINCT member_id FROM coalition.{table}")
        assert [tuple(row) for row in rows] == [(1,)]


async def test_the_operator_sees_everything_but_secrets(busy: World) -> None:
    async with busy.database.reading(EVERYTHING) as connection:
        for table in {table.name for table in _tables()} - HIDDEN:
            (expected,) = await busy.rows(f"SELECT count(*) FROM {table}")
            rows = await connection.exec_driver_sql(f"SELECT count(*) FROM coalition.{table}")
            assert rows.one() == expected, table


@pytest.mark.parametrize("table", sorted(HIDDEN | COUNTED))
@pytest.mark.parametrize("sight", [NOTHING, EVERYTHING, Sight(partner_id=1), Sight(member_id=1)])
async def test_nobody_reads_secrets(busy: World, sight: Sight, table: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with busy.database.reading(sight) as connection:
            await connection.exec_driver_sql(f"SELECT * FROM coalition.{table}")


async def test_parts_of_the_books_are_not_a_way_around(busy: World) -> None:
    async with _application(busy) as connection:
        for part in ("entry_of_1", "lot_use_of_1"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM coalition.{part}")


async def test_whose_rows_are_seen_ends_with_the_transaction(busy: World) -> None:
    for _ in range(3):
        async with busy.database.reading(Sight(partner_id=1)) as connection:
            assert (await connection.exec_driver_sql("SELECT * FROM coalition.award")).all()
        async with busy.database.reading(NOTHING) as connection:
            assert not (await connection.exec_driver_sql("SELECT * FROM coalition.award")).all()


async def test_a_reading_writes_nothing(busy: World) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="read-only"):
        async with busy.database.reading(EVERYTHING) as connection:
            await connection.exec_driver_sql("CREATE TEMP TABLE note ()")


async def test_every_table_is_under_row_level_security(busy: World) -> None:
    """Security checklist, line 8."""
    tables = await busy.rows(
        "SELECT relname, relrowsecurity, relispartition, ("
        "   SELECT array_agg(polname ORDER BY polname) FROM pg_policy WHERE polrelid = c.oid)"
        "  FROM pg_class c WHERE relnamespace = 'coalition'::regnamespace"
        "   AND relkind IN ('r', 'p') AND relname <> 'schema_version'"
    )
    assert [name for name, secured, *_ in tables if not secured] == []
    bare = {name for name, _, part, policies in tables if policies is None and not part}
    assert bare == HIDDEN
    assert {tuple(policies) for *_, policies in tables if isinstance(policies, list)} == {
        ("reads", "sees")
    }


async def test_no_table_with_a_brand_or_a_member_in_it_shows_another_ones(busy: World) -> None:
    """From the catalogue, so that a table which is added is looked at without being named here.

    Security checklist, line 8.
    """
    owned = await busy.rows(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'coalition'::regnamespace AND c.relkind IN ('r', 'p')"
        "   AND a.attname IN ('partner_id', 'issuer_id', 'member_id') AND NOT a.attisdropped"
        "   AND has_table_privilege('coalition_app', c.oid, 'SELECT')"
    )
    columns: dict[str, set[str]] = {}
    for table, column in owned:
        columns.setdefault(str(table), set()).add(str(column))
    assert len(columns) > 15
    grocer = busy.partner("grocer").id
    for table, names in columns.items():
        async with _application(busy) as connection:
            assert not await connection.fetch(f"SELECT * FROM coalition.{table} LIMIT 1"), table
        brand = sorted(names & {"partner_id", "issuer_id"})
        for sight, own in (
            (Sight(partner_id=grocer), [f"{name} = {grocer}" for name in brand]),
            (Sight(member_id=1), ["member_id = 1"] if "member_id" in names else []),
        ):
            async with busy.database.reading(sight) as connection:
                # A partner sees members whom it has linked, which that table does not say itself.
                mine = " OR ".join(own) or ("true" if table == "member" else "false")
                if table in OF_THE_CATALOGUE and sight.member_id is not None:
                    mine = "true"
                others = await connection.exec_driver_sql(
                    f"SELECT * FROM coalition.{table} WHERE NOT coalesce({mine}, false) LIMIT 1"
                )
                assert others.all() == [], (table, sight)


async def test_nothing_but_tables_can_be_read(busy: World) -> None:
    """A view would show with the rights of its owner what its reader may not see."""
    rows = await busy.rows(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
        "   AND n.nspname !~ '^pg_toast' AND c.relkind IN ('v', 'm', 'f')"
    )
    assert rows == []


def test_a_sight_is_one_persons() -> None:
    with pytest.raises(ValueError, match="one partner"):
        Sight(partner_id=1, member_id=1)


async def test_a_part_of_a_split_table_is_no_way_round(busy: World) -> None:
    """Row-level security of the whole says nothing about its parts: nobody may ask them at all."""
    parts = [
        name
        for (name,) in await busy.rows(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent IN ('entry'::regclass, 'lot_use'::regclass)"
        )
    ]
    assert len(parts) >= 4
    async with _application(busy) as connection:
        for part in parts:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM coalition.{part}")


async def test_the_application_runs_the_verbs_functions_and_nothing_else(busy: World) -> None:
    rows = await busy.rows(
        "SELECT n.nspname || '.' || p.proname FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'verbs')"
        " AND has_schema_privilege('coalition_app', n.oid, 'USAGE')"
        " AND has_function_privilege('coalition_app', p.oid, 'EXECUTE')"
        " AND p.prorettype <> 'trigger'::regtype"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid"
        " AND d.deptype IN ('e', 'i'))"  # of an extension; of a type
    )
    assert rows == []
    writable = await busy.rows(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'coalition'::regnamespace"
        " AND c.relkind IN ('r', 'p', 'v', 'S') AND CASE c.relkind"
        " WHEN 'S' THEN has_sequence_privilege('coalition_app', c.oid, 'USAGE, UPDATE')"
        " ELSE has_table_privilege('coalition_app', c.oid,"
        " 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END"
    )
    assert writable == []
    async with _application(busy) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE coalition_owner")
