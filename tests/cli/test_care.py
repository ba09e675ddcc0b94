"""Mails are tried, and members' rights are served, from the operator's command line."""

import json

import pytest

from tests.cli.shell import Shell
from tests.support import World, a_bakery, a_grocer
from tests.support.holders import a_holder
from tests.support.post_office import PostOffice


async def _ada(world: World) -> int:
    """Her card is 7001, and she has 900 points."""
    await world.apply(brands=[a_grocer(minimum_redemption="10"), a_bakery()])
    ada = await a_holder(world, await world.enrol("Ada", card="7001"))
    await world.award("grocer", ada.who, "1000")
    await world.redeem("grocer", ada.who, 100)
    return ada.who.member_id


@pytest.mark.long
async def test_a_mail_is_sent_to_try_the_settings(world: World, shell: Shell) -> None:
    await _ada(world)
    off = await shell.run("mail", "test", "you@example.com")
    assert (off.code, "COALITION_MAIL_HOST is not set" in off.err) == (1, True)
    async with PostOffice().open() as post:
        settings = {
            "COALITION_MAIL_HOST": "127.0.0.1", "COALITION_MAIL_PORT": str(post.port),
            "COALITION_MAIL_TLS": "none", "COALITION_MAIL_SENDER": "points@market.example",
        }  # fmt: skip
        sent = await shell.run("mail", "test", "you@example.com", "--locale", "de", more=settings)
        assert sent.code == 0, sent.err
        assert "Hallo," in post.taken[0].part("plain")
        post.answers = lambda command, _: "550 5.1.1 nobody" if command == "RCPT" else None
        refused = await shell.run("mail", "test", "you@example.com", more=settings)
        assert (refused.code, "did not take it: 550 5.1.1" in refused.err) == (1, True)
        wrong = await shell.run("mail", "test", "nobody", more=settings)
        assert (wrong.code, "is no e-mail address" in wrong.err) == (1, True)


async def test_what_waits_is_counted(world: World, shell: Shell) -> None:
    await _ada(world)
    await world.superuser.execute(
        "SELECT books.warn_login(id, 'NEW_DEVICE', '{}', now()) FROM login"
    )
    listed = json.loads((await shell.run("mail", "status", "--json")).out)
    assert listed == [{"kind": "NEW_DEVICE", "state": "waiting", "reason": None, "mails": 1}]
    table = (await shell.run("mail", "status")).out
    assert "None are sent: COALITION_MAIL_HOST is not set." in table


async def test_a_member_that_wrote_is_shown_what_it_agreed_to_and_forgotten(
    world: World, shell: Shell
) -> None:
    member_id = await _ada(world)
    await world.database.call(
        "decide_consent", member_id, "MARKETING", None, True, 1, "de", b"h" * 32, "SUPPORT",  # noqa: FBT003 - SQL's
        "office", "00000000-0000-0000-0000-000000000001", world.now,
    )  # fmt: skip
    (shown,) = json.loads((await shell.run("privacy", "consents", "7001")).out)
    assert (shown["purpose"], shown["given"], shown["channel"]) == ("MARKETING", True, "SUPPORT")
    assert "Angebote" in shown["text"]
    record = json.loads((await shell.run("privacy", "record")).out)
    assert {one["partner"] for one in record["sharing"]} == {"grocer", "bakery"}
    wrong = await shell.run("privacy", "erase", "7001", "--lose-points", "1")
    assert (wrong.code, "900 points would be lost, not 1" in wrong.err) == (1, True)
    stranger = await shell.run("privacy", "erase", "7009", "--lose-points", "0")
    assert (stranger.code, "MEMBER_NOT_FOUND" in stranger.err) == (1, True)
    later = await shell.run("privacy", "erase", "7001", "--lose-points", "900")
    assert (later.code, "will be forgotten on" in later.out) == (0, True)
    await world.superuser.execute("DELETE FROM erasure")
    done = await shell.run("privacy", "erase", "7001", "--lose-points", "900", "--at-once")
    assert (done.code, "The member is forgotten. 900 points" in done.out) == (0, True), done.err
    assert await world.rows("SELECT * FROM identifier") == []
