"""What has ended is removed after a day, in steps; what may still be needed is not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from coalition.access import (
    GivenIn,
    add_refresh_token,
    begin_grant,
    clean_access,
    end_grant,
    take_code,
    take_refresh_token,
)
from tests.support import World, nothing_moves

# Each has one row per hour from thirty hours ago to in thirty hours, by when it ends.
ROWS = {
    "session": "INSERT INTO session (token_hash, login_id, began_at, seen_at, ends_at)"
    " SELECT $2 || int4send(n), $3, $1, $1, at FROM hours",
    "sign_in_attempt": "INSERT INTO sign_in_attempt SELECT $2 || int4send(n), $3, at FROM hours",
    "passkey_challenge": "INSERT INTO passkey_challenge"
    " SELECT $2 || int4send(n), 'add', $2 || int4send($3::int), at FROM hours WHERE $1 <= $1",
    "used_assertion": "INSERT INTO used_assertion"
    " SELECT 'a' || $3::bigint, $2 || int4send(n), at FROM hours",
    "oauth_code": "INSERT INTO oauth_code"
    " SELECT $2 || int4send(n), g.id, $3::bigint || '', '', at FROM hours, oauth_grant g",
    "refresh_token": "INSERT INTO refresh_token SELECT $2 || int4send(n), g.id, at,"
    " to_timestamp($3) FROM hours, oauth_grant g",
    "device_request": "INSERT INTO device_request (device_hash, user_code, client_id, scopes,"
    " expires_at) SELECT $2 || int4send(n), n || '', 'a' || $3::bigint, '{}', at FROM hours",
}
_HOURS = (
    "WITH hours AS (SELECT n, $1::timestamptz + n * interval '1 hour' AS at"
    " FROM generate_series(-30, 30) n) "
)


@pytest.fixture
async def login(world: World) -> int:
    ((login_id,),) = await world.rows(
        "INSERT INTO login (email, kind, roles, password_hash)"
        " VALUES ('office@coalition.example', 'OPERATOR', '{owner}', '') RETURNING id"
    )
    assert isinstance(login_id, int)
    return login_id


async def _clean(world: World, now: datetime, at_once: int = 2000) -> list[int]:
    return [some async for some in clean_access(world.database, now=now, at_once=at_once)]


async def _permission(world: World, login: int, now: datetime) -> tuple[UUID, str]:
    """One that stands, and a refresh token of it."""
    code = await begin_grant(
        world.database, client_id="shop", login_id=login, scopes=[], redirect_uri="",
        challenge="", now=now,
    )  # fmt: skip
    taken = await take_code(world.database, code, "shop", now=now)
    assert taken is not None
    grant_id = taken.person.grant_id
    return grant_id, await add_refresh_token(world.database, grant_id, now=now)


@pytest.mark.parametrize("table", ROWS)
async def test_only_what_has_ended_more_than_a_day_ago_is_removed_and_a_little_at_a_time(
    table: str, world: World, login: int
) -> None:
    now = datetime.now(UTC)
    if table in {"oauth_code", "refresh_token"}:
        await world.superuser.execute(
            "INSERT INTO oauth_grant VALUES ($1, 'shop', $2, '{}', now())", uuid4(), login
        )
    await world.superuser.execute(_HOURS + ROWS[table], now, b"x", login)
    assert await _clean(world, now, at_once=4) == [4, 2]
    assert await world.rows(f"SELECT count(*) FROM {table}") == [(55,)]
    async with nothing_moves(world):
        assert await _clean(world, now) == []


async def test_a_permission_goes_a_day_after_its_end_and_stays_while_it_stands(
    world: World, login: int
) -> None:
    now = datetime.now(UTC)
    stands, _ = await _permission(world, login, now)
    ended, _ = await _permission(world, login, now)
    await end_grant(world.database, ended, "shop", now=now)
    assert await _clean(world, now + timedelta(hours=23)) == []
    removed = await _clean(world, now + timedelta(hours=26), at_once=1)
    assert sum(removed) == 4, "two codes, the ended one and its token"
    assert await world.rows("SELECT id FROM oauth_grant") == [(stands,)]
    # For as long as nobody takes it back: it says who allows what.
    await _clean(world, now + timedelta(days=400))
    assert await world.rows("SELECT id FROM oauth_grant") == [(stands,)]
    assert await world.rows("SELECT count(*) FROM refresh_token") == [(0,)]


async def test_what_was_given_in_a_session_goes_after_it(world: World, login: int) -> None:
    now = datetime.now(UTC)
    await world.superuser.execute(
        "INSERT INTO session (token_hash, login_id, began_at, seen_at, ends_at)"
        " VALUES ('a', $1, $2, $2, $3)",
        login, now, now + timedelta(hours=12),
    )  # fmt: skip
    await begin_grant(
        world.database, client_id="explorer", login_id=login, scopes=[], redirect_uri="",
        challenge="", given_in=GivenIn(b"a"), now=now,
    )  # fmt: skip
    await _clean(world, now + timedelta(hours=35))
    assert await world.rows("SELECT count(*) FROM oauth_grant") == [(1,)]
    await _clean(world, now + timedelta(hours=37))
    assert await world.rows("SELECT count(*) FROM oauth_grant") == [(0,)]


async def test_a_token_used_again_is_noticed_for_as_long_as_it_would_have_been_good(
    world: World, login: int
) -> None:
    """Security checklist, line 12."""
    now = datetime.now(UTC)
    grant_id, first = await _permission(world, login, now)
    taken = await take_refresh_token(world.database, first, "shop", now=now)
    assert taken is not None
    late = now + timedelta(days=29)
    await _clean(world, late)
    assert await take_refresh_token(world.database, first, "shop", now=late) is None
    assert await world.rows("SELECT id FROM oauth_grant WHERE ended_at IS NOT NULL") == [
        (grant_id,)
    ]
