"""What happened to a member's account is told to the member, and to nobody else."""

from datetime import timedelta
from uuid import uuid4

from coalition.access.sessions import begin_session
from coalition.members import SecurityEventKind, block_card, confirm_spending, security_events
from coalition.members.change import MemberStatus, change_status
from tests.oauth.people import a_login
from tests.support import Person, World
from tests.support.catalogue import Counter, lock, member_actor


async def _kinds(world: World, who: Person) -> list[str]:
    found = await security_events(world.database, who.member_id, most=20)
    assert [one.happened_at for one in found] == sorted(
        (one.happened_at for one in found), reverse=True
    )
    return sorted(one.kind for one in found)


async def test_a_member_sees_each_thing_that_happened_to_its_account(world: World) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    assert await _kinds(world, ada) == []
    await a_login(world, "ada@example.com", member=ada)
    ((login,),) = await world.rows("SELECT id FROM login")
    assert isinstance(login, int)
    await begin_session(world.database, login, None, agent="Firefox/145 on Android", now=world.now)
    await world.superuser.execute(
        "INSERT INTO passkey (credential_id, login_id, public_key, sign_count, label, transports,"
        " backed_up, created_at) VALUES ('\\x01', $1, '\\x02', 0, 'Phone', '{}', true, $2)",
        login, world.now,
    )  # fmt: skip
    for client in ("web", "grocer-shop"):
        await world.superuser.execute(
            "INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at)"
            " VALUES ($1, $2, $3, '{}', $4)",
            uuid4(), client, login, world.now,
        )  # fmt: skip
    await lock(world, ada)
    grant = await Counter(world).proof(ada)
    await confirm_spending(
        world.office, actor=member_actor(ada, grant), idempotency_key="ok", now=world.now
    )
    await block_card(
        world.office, actor=world.actor("bakery"), idempotency_key="b", card=ada.card, reason="lost"
    )
    await change_status(
        world.office, actor=world.operator(), idempotency_key="s", member_id=ada.member_id,
        status=MemberStatus.LOCKED, reason="asked for",
    )  # fmt: skip
    assert await _kinds(world, ada) == [
        "CARD_BLOCKED", "PASSKEY_ADDED", "PROGRAM_ALLOWED", "PROGRAM_ALLOWED", "SIGNED_IN",
        "SPENDING_CONFIRMED", "SPENDING_LOCKED", "STATUS_CHANGED",
    ]  # fmt: skip
    assert await _kinds(world, bo) == []
    found = await security_events(world.database, ada.member_id, most=20)
    (signed_in,) = [one for one in found if one.kind is SecurityEventKind.SIGNED_IN]
    assert (signed_in.agent, signed_in.happened_at) == ("Firefox/145 on Android", world.now)


async def test_only_the_latest_are_told(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    for number in range(22):
        world.now += timedelta(minutes=1)
        await lock(world, ada, key=f"lock-{number}")
    assert await _kinds(world, ada) == ["SPENDING_LOCKED"] * 20
