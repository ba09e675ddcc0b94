"""A partners' file is applied all or nothing, and agreements are never edited."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coalition.access import Scope, find_client, hash_of, secret_matches
from coalition.kit.database import administering
from coalition.partners.apply import apply_file
from coalition.partners.file import Mistake, MistakesInFile, load_file
from coalition.partners.plan import Change, plan_changes
from tests.support import (
    World,
    a_bakery,
    a_client,
    a_fuel,
    a_grocer,
    a_programme,
    an_agreement,
    an_operator,
    assert_books_balance,
    nothing_moves,
    partners_file,
)

SECRET = "a secret of the grocer's own making, long"


async def _refused(world: World, path: Path) -> list[Mistake]:
    async with nothing_moves(world):
        with pytest.raises(MistakesInFile) as refused:
            await world.apply_file(path)
    return refused.value.mistakes


async def _planned(world: World, path: Path) -> tuple[Change, ...]:
    async with nothing_moves(world), administering(world.addresses) as connection:
        plan = await plan_changes(connection, load_file(path))
    return plan.changes


def _file(world: World, *brands: dict[str, object], **programme: object) -> Path:
    return world.write(partners_file(brands, programme=a_programme(**programme)))


async def test_the_first_apply_adds_all_that_the_file_says(world: World) -> None:
    applied = await world.apply(brands=[a_grocer(stores=[{"code": "330", "name": "Main"}])])
    assert [(one.sign, one.what) for one in applied.changes] == [
        ("+", "programme"),
        ("+", "legal entity grocer-inc"),
        ("+", "partner grocer"),
        ("+", "store grocer/330"),
        ("+", "agreement grocer from 2025-01-01 05:00Z"),
        ("+", "client grocer-till"),
        ("+", "client operator"),
    ]
    assert (await world.office.terms()).programme.version == 1


async def test_applying_twice_changes_nothing(world: World) -> None:
    await world.apply(brands=[a_grocer(stores=[{"code": "1", "name": "A", "terminals": ["7"]}])])
    async with nothing_moves(world):
        again = await world.apply(
            brands=[a_grocer(stores=[{"code": "1", "name": "A", "terminals": ["7"]}])]
        )
    assert again.changes == ()
    assert again.new_secrets == {}


async def test_a_plan_says_what_apply_will_do_and_does_nothing(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    path = _file(
        world,
        a_grocer(name="Harvest", later=[{"valid_from": "2026-06-01", "issue_price": "0.0090"}]),
        a_bakery(status="suspended", clients=[]),
        a_fuel(clients=[a_client("fuel-till", scopes=["points:redeem", "points:award"])]),
        pending_days="7",
    )
    planned = await _planned(world, path)
    assert [f"{one.sign} {one.what} {one.detail}".rstrip() for one in planned] == [
        "~ programme.pending_days 0 -> 7",
        "~ legal entity grocer-inc.name Harvest Grocer Inc. -> Harvest Inc.",
        "+ legal entity fuel-inc Roadway Fuel Inc.",
        "~ partner grocer.name Harvest Grocer -> Harvest",
        "+ agreement grocer from 2026-06-01 04:00Z 1 points per USD, issue 0.0090, redeem 0.0080",
        "~ partner bakery.status active -> suspended",
        "+ partner fuel Roadway Fuel, USD",
        "+ agreement fuel from 2025-01-01 05:00Z 0.5 points per USD, issue 0.0120, redeem 0.0085",
        (
            "+ client fuel-till points:award points:redeem; grants client_credentials;"
            " authentication client_secret"
        ),
        "- client bakery-till is revoked",
    ]
    applied = await world.apply_file(path)
    assert applied.changes == planned
    assert (await world.office.terms()).programme.version == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points_per_unit", "2"),
        ("issue_price", "0.0101"),
        ("redeem_price", "0"),
        ("minimum_redemption", "5"),
        ("excludes", ["tax"]),
    ],
)
async def test_an_agreement_is_never_edited(world: World, name: str, value: object) -> None:
    await world.apply(brands=[a_grocer()])
    (mistake,) = await _refused(world, _file(world, a_grocer(**{name: value})))
    assert mistake.field == f"partners[0].agreements[0].{name}"
    assert "an agreement is never edited, add one that starts later" in mistake.message


async def test_an_agreement_does_not_go_away(world: World) -> None:
    await world.apply(brands=[a_grocer(later=[{"valid_from": "2026-06-01"}])])
    (mistake,) = await _refused(world, _file(world, a_grocer()))
    assert mistake.field == "partners[0].agreements"
    assert "2026-06-01" in mistake.message


async def test_a_new_agreement_starts_later_than_the_last_one(world: World) -> None:
    await world.apply(brands=[a_grocer(later=[{"valid_from": "2026-06-01"}])])
    between = [{"valid_from": "2026-05-01"}, {"valid_from": "2026-06-01"}]
    (mistake,) = await _refused(world, _file(world, a_grocer(later=between)))
    assert mistake.field == "partners[0].agreements[1].valid_from"
    assert "a new agreement starts later than" in mistake.message


async def test_a_new_agreement_starts_later_than_anything_posted(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000", at=datetime(2026, 3, 10, 12, tzinfo=UTC))
    await world.redeem("bakery", ada, 100, at=datetime(2026, 3, 12, 12, tzinfo=UTC))
    grocer = a_grocer(later=[{"valid_from": "2026-03-10"}])
    bakery = a_bakery(later=[{"valid_from": "2026-03-12"}])
    mistakes = await _refused(world, _file(world, grocer, bakery))
    assert [one.field for one in mistakes] == [
        "partners[0].agreements[1].valid_from", "partners[1].agreements[1].valid_from",
    ]  # fmt: skip
    assert all("are posted under the agreement before it" in one.message for one in mistakes)
    await world.apply(
        brands=[a_grocer(later=[{"valid_from": "2026-03-11"}]),
                a_bakery(later=[{"valid_from": "2026-03-13"}])]
    )  # fmt: skip
    await assert_books_balance(world)


async def test_points_are_earned_at_the_rate_of_their_own_day(world: World) -> None:
    await world.apply(
        brands=[a_grocer(later=[{"valid_from": "2026-03-01", "points_per_unit": "3"}])]
    )
    ada = await world.enrol("Ada")
    before = await world.award("grocer", ada, "10", at=datetime(2026, 3, 1, 4, 59, tzinfo=UTC))
    after = await world.award("grocer", ada, "10", at=datetime(2026, 3, 1, 5, 0, tzinfo=UTC))
    assert [one.record and one.record.points for one in (before, after)] == [10, 30]
    await assert_books_balance(world)


async def test_a_partner_does_not_go_away_but_may_leave(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    (mistake,) = await _refused(world, _file(world, a_grocer()))
    assert mistake.field == "partners"
    assert mistake.message == "bakery is missing; keep it and set its status: left instead"
    applied = await world.apply(brands=[a_grocer(), a_bakery(status="left")])
    assert [one.what for one in applied.changes] == ["partner bakery.status"]


async def test_a_partners_currency_is_fixed(world: World) -> None:
    await world.apply(brands=[a_grocer()])
    (mistake,) = await _refused(world, _file(world, a_grocer(currency="EUR")))
    assert (mistake.field, "stays 'USD'" in mistake.message) == ("partners[0].currency", True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("currency", "EUR"), ("time_zone", "Europe/Madrid"), ("settlement_calendar", "weekly")],
)
async def test_calendar_zone_and_currency_are_fixed_once_points_were_posted(
    world: World, name: str, value: str
) -> None:
    brand = a_grocer(valid_from="2025-01-01T00:00:00Z")
    await world.apply(brands=[brand])
    await world.apply_file(_file(world, brand, **{name: value}))
    await world.apply(brands=[brand])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10")
    (mistake,) = await _refused(world, _file(world, brand, **{name: value}))
    assert mistake.field == f"programme.{name}"
    assert "once points were posted" in mistake.message
    await world.apply(brands=[brand], pending_days="3")
    await assert_books_balance(world)


async def test_several_faults_of_a_plan_are_told_together(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    path = _file(world, a_grocer(currency="EUR", issue_price="1"))
    assert {one.field for one in await _refused(world, path)} == {
        "partners", "partners[0].agreements[0].issue_price", "partners[0].currency",
    }  # fmt: skip


async def test_stores_are_replaced_by_those_of_the_file(world: World) -> None:
    await world.apply(brands=[a_grocer(stores=[{"code": "1", "name": "A"}])])
    applied = await world.apply(brands=[a_grocer(stores=[{"code": "2", "name": "B"}])])
    assert [(one.sign, one.what) for one in applied.changes] == [
        ("+", "store grocer/2"), ("-", "store grocer/1"),
    ]  # fmt: skip
    assert await world.rows("SELECT code, name FROM store") == [("2", "B")]


# Clients and their secrets


async def test_a_new_clients_secret_is_shown_once_and_stored_hashed(world: World) -> None:
    applied = await world.apply(brands=[a_grocer()])
    assert set(applied.new_secrets) == {"grocer-till", "operator"}
    secret = applied.new_secrets["grocer-till"]
    assert len(secret) >= 40
    stored = await world.rows("SELECT secret_hash FROM client_secret WHERE client_id='grocer-till'")
    assert stored == [(hash_of(secret),)]
    everything = str(await world.snapshot())
    assert all(one not in everything for one in applied.new_secrets.values())
    till = await find_client(world.database, "grocer-till", now=world.now)
    assert till is not None
    assert till.active
    assert till.partner_id == world.partner("grocer").id
    assert secret_matches(till, secret)
    assert not secret_matches(till, applied.new_secrets["operator"])


async def test_a_secret_may_come_from_the_environment_and_is_not_shown(world: World) -> None:
    brand = a_grocer(clients=[a_client("grocer-till", secret_env="GROCER_SECRET")])
    applied = await world.apply(brands=[brand], environment={"GROCER_SECRET": SECRET})
    assert set(applied.new_secrets) == {"operator"}
    till = await find_client(world.database, "grocer-till", now=world.now)
    assert secret_matches(till, SECRET)
    async with nothing_moves(world):
        again = await world.apply(brands=[brand], environment={"GROCER_SECRET": SECRET})
    assert again.changes == ()


async def test_another_secret_in_the_environment_ends_the_one_before(world: World) -> None:
    brand = a_grocer(clients=[a_client("grocer-till", secret_env="GROCER_SECRET")])
    await world.apply(brands=[brand], environment={"GROCER_SECRET": SECRET})
    applied = await world.apply(brands=[brand], environment={"GROCER_SECRET": SECRET[::-1]})
    assert [(one.what, one.detail) for one in applied.changes] == [
        ("client grocer-till", "has a new secret")
    ]
    till = await find_client(world.database, "grocer-till", now=datetime.now(UTC))
    assert secret_matches(till, SECRET[::-1])
    assert not secret_matches(till, SECRET)


@pytest.mark.parametrize("environment", [{}, {"GROCER_SECRET": "x" * 31}])
async def test_a_secret_that_is_missing_or_short_is_refused(
    world: World, environment: dict[str, str]
) -> None:
    brand = a_grocer(clients=[a_client("grocer-till", secret_env="GROCER_SECRET")])
    async with nothing_moves(world):
        with pytest.raises(MistakesInFile) as refused:
            await world.apply(brands=[brand], environment=environment)
    (mistake,) = refused.value.mistakes
    assert mistake.field == "partners[0].clients[0].secret_env"
    assert "at least 32 characters" in mistake.message
    assert "x" * 31 not in mistake.message


async def test_a_client_that_is_no_longer_in_the_file_is_revoked(world: World) -> None:
    await world.apply(brands=[a_grocer(clients=[a_client("till"), a_client("shop")])])
    await world.apply(brands=[a_grocer(clients=[a_client("till")])])
    shop = await find_client(world.database, "shop", now=world.now)
    till = await find_client(world.database, "till", now=world.now)
    assert shop is not None
    assert till is not None
    assert (shop.active, till.active) == (False, True)
    async with nothing_moves(world):
        assert (await world.apply(brands=[a_grocer(clients=[a_client("till")])])).changes == ()
    back = await world.apply(brands=[a_grocer(clients=[a_client("till"), a_client("shop")])])
    assert [(one.what, one.detail) for one in back.changes] == [
        ("client shop.status", "revoked -> active")
    ]


async def test_a_client_does_not_change_hands(world: World) -> None:
    await world.apply(brands=[a_grocer(clients=[a_client("till")]), a_bakery(clients=[])])
    path = _file(world, a_grocer(clients=[]), a_bakery(clients=[a_client("till")]))
    (mistake,) = await _refused(world, path)
    assert (mistake.field, mistake.message) == (
        "partners[1].clients[0].id", "'till' is a client of grocer",
    )  # fmt: skip


async def test_a_clients_scopes_may_change(world: World) -> None:
    await world.apply(brands=[a_grocer()])
    fewer = a_client("grocer-till", scopes=["points:award"])
    applied = await world.apply(brands=[a_grocer(clients=[fewer])])
    assert [one.what for one in applied.changes] == ["client grocer-till.scopes"]
    till = await find_client(world.database, "grocer-till", now=world.now)
    assert till is not None
    assert till.scopes == {Scope.POINTS_AWARD}


async def test_the_client_of_a_partner_that_left_is_no_longer_active(world: World) -> None:
    await world.apply(brands=[a_grocer(status="left"), a_bakery(status="suspended")])
    active = [
        client.active
        for name in ("grocer-till", "bakery-till", "operator")
        if (client := await find_client(world.database, name, now=world.now))
    ]
    assert active == [False, True, True]


async def test_two_who_apply_at_once_do_it_one_after_the_other(world: World) -> None:
    path = world.write(partners_file([a_grocer(), a_bakery()], operators=[an_operator()]))

    async def apply_alone() -> int:
        async with administering(world.addresses) as connection:
            return len((await apply_file(connection, load_file(path), {})).changes)

    changes = await asyncio.gather(*(apply_alone() for _ in range(4)))
    assert sorted(changes) == [0, 0, 0, 10]
    assert await world.rows("SELECT version FROM programme") == [(1,)]
    assert await world.rows("SELECT count(*) FROM agreement") == [(2,)]


async def test_terms_that_change_while_a_purchase_is_posted_are_the_ones_that_count(
    world: World,
) -> None:
    await world.apply(brands=[a_grocer()], pending_days="0")
    ada = await world.enrol("Ada")
    await world.office.terms()
    path = _file(world, a_grocer(), pending_days="9")
    async with administering(world.addresses) as connection:
        await apply_file(connection, load_file(path), {})
    await world.award("grocer", ada, "10")
    balance = await world.balance(ada)
    assert (balance.available, balance.pending) == (0, 10)
    await assert_books_balance(world)


def test_a_brand_in_these_tests_has_one_agreement_unless_more_are_named() -> None:
    assert a_grocer()["agreements"] == [an_agreement()]
