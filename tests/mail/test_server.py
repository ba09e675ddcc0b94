"""The mail server refuses, waits, breaks off, or is not there; the worker is killed."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coalition.jobs.job import Desk, JobFailed
from coalition.jobs.send_mails import queue_mails, send_mails
from coalition.kit.config import Settings
from coalition.kit.errors import Misconfigured
from coalition.mail import MailServer, clean_mails
from tests.mail.conftest import Deliver, desk_of
from tests.support import World
from tests.support.holders import a_holder
from tests.support.post_office import Answers, HangUp, PostOffice

ROWS = "SELECT state, reason, tries FROM mail ORDER BY id"


def answering(wanted: str, answer: str) -> Answers:
    """The usual, but to one command."""
    return lambda command, _: answer if command == wanted else None


@pytest.fixture
async def spent(market: World, deliver: Deliver) -> World:
    """Ada has just spent points, and nothing was sent yet."""
    del deliver  # the feed is read from before that
    ada = await market.enrol("Ada")
    await a_holder(market, ada)
    await market.award("grocer", ada, "1000")
    await market.redeem("bakery", ada, 200)
    return market


async def test_what_is_refused_for_now_is_tried_again(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    for command, answer in (("RCPT", "450 4.2.0 later"), ("BODY", "451 4.3.0 busy"),
                            ("MAIL", "421 4.3.2 closing")):  # fmt: skip
        post.answers = answering(command, answer)
        assert await deliver() == "1 to be tried again"
        assert await deliver() == "", "not at once"
        spent.now += timedelta(hours=1)
    post.answers = lambda *_: None
    assert await deliver() == "1 sent"
    assert await spent.rows(ROWS) == [("sent", None, 4)]


async def test_an_address_that_is_refused_is_noted_and_its_mail_given_up(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    post.answers = answering("RCPT", "550 5.1.1 no ada@example.com here")
    assert await deliver() == "1 refused"
    ((state, reason, answer),) = await spent.rows("SELECT state, reason, answer FROM mail")
    assert (state, reason) == ("dead", "ADDRESS_REFUSED")
    assert "5.1.1" in str(answer)
    assert "ada" not in str(answer)
    assert await spent.rows("SELECT mail_refused_at FROM login") == [(spent.now,)]
    # Security is tried all the same, and a mail that arrives clears it.
    post.answers = lambda *_: None
    await spent.superuser.execute(
        "SELECT books.warn_login(id, 'PASSKEY_ADDED', '{}', $1) FROM login", spent.now
    )
    assert await deliver() == "1 sent"
    assert await spent.rows("SELECT mail_refused_at FROM login") == [(None,)]


async def test_a_mail_that_is_refused_is_given_up_and_its_address_is_not(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    post.answers = answering("BODY", "554 5.7.1 spam")
    assert await deliver() == "1 refused"
    assert await spent.rows(ROWS) == [("dead", "REFUSED", 1)]
    assert await spent.rows("SELECT mail_refused_at FROM login") == [(None,)]


async def test_a_mail_that_the_server_does_not_survive_stops_no_other(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    bo = await spent.enrol("Bo")
    await a_holder(spent, bo)
    await spent.award("grocer", bo, "1000")
    await spent.redeem("bakery", bo, 100)

    def answers(command: str, argument: str) -> str | None:
        if command == "BODY" and argument.startswith("ada"):
            raise HangUp
        return None

    post.answers = answers
    assert await deliver() == "1 sent, 1 to be tried again"
    assert [mail.recipient for mail in post.taken] == ["bo@example.com"]


async def test_without_a_server_mails_wait_and_no_try_is_lost(
    spent: World, post: PostOffice
) -> None:
    gone = desk_of(spent, post, mail_port=1)
    await spent.until_told()
    await queue_mails(gone)
    with pytest.raises(JobFailed, match=r"127\.0\.0\.1:1 was not reached"):
        await send_mails(gone)
    assert await spent.rows(ROWS) == [("waiting", "NOT_REACHED", 0)]
    spent.now += timedelta(minutes=1)
    assert await send_mails(desk_of(spent, post)) == "1 sent"


async def test_two_days_later_nobody_is_told_any_more(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    # Events are recorded by the database's own clock.
    spent.now = datetime.now(UTC) + timedelta(days=2)
    assert await deliver() == ""
    assert post.taken == []
    assert await spent.rows("SELECT count(*) FROM mail") == [(0,)], "it was not even written"


async def test_what_waited_for_too_long_is_dropped(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    post.answers = answering("RCPT", "450 later")
    await deliver()
    spent.now = datetime.now(UTC) + timedelta(days=2)
    assert await deliver() == "1 not wanted"
    assert await spent.rows("SELECT state, reason FROM mail") == [("dropped", "TOO_LATE")]


async def test_a_worker_that_is_killed_while_it_sends_leaves_the_mail_to_another(
    spent: World, post: PostOffice, deliver: Deliver
) -> None:
    """At least once: under the same id, so that who has it twice can tell."""
    del deliver
    desk = desk_of(spent, post)
    await spent.until_told()
    await queue_mails(desk)
    arrived = asyncio.Event()

    def answers(command: str, _: str) -> str | None:
        if command == "QUIT":
            arrived.set()
        return None

    post.answers = answers
    sending = asyncio.create_task(send_mails(desk))
    await post.until(1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    # It had been taken, and nobody wrote that down; or somebody just did.
    await spent.superuser.execute(
        "UPDATE mail SET state = 'waiting', lease = gen_random_uuid(),"
        " leased_until = $1, facts = '{\"seq\": 2}'",
        spent.now + timedelta(minutes=3),
    )
    assert await send_mails(desk) == "", "its lease holds"
    spent.now += timedelta(minutes=3)
    assert await send_mails(desk) == "1 sent"
    assert len({mail.message["Message-ID"] for mail in post.taken}) == 1


async def test_two_workers_send_each_mail_once(market: World, post: PostOffice) -> None:
    desk = desk_of(market, post)
    await queue_mails(desk)
    for name in ("Ada", "Bo", "Cy", "Di", "Ed"):
        who = await market.enrol(name)
        await a_holder(market, who)
        await market.award("grocer", who, "1000")
        await market.redeem("bakery", who, 200)
    await market.until_told()
    await asyncio.gather(*(queue_mails(desk) for _ in range(3)))
    await asyncio.gather(*(send_mails(desk) for _ in range(3)))
    assert len(post.taken) == 5
    assert len({mail.recipient for mail in post.taken}) == 5


async def test_no_more_than_so_many_go_out_in_a_minute(market: World, post: PostOffice) -> None:
    desk = desk_of(market, post, mail_per_minute=3)
    await queue_mails(desk)
    ada = await market.enrol("Ada")
    await a_holder(market, ada)
    await market.award("grocer", ada, "1000")
    for _ in range(5):
        await market.redeem("bakery", ada, 10)
    await market.until_told()
    await queue_mails(desk)
    assert await send_mails(desk) == "3 sent"
    assert await send_mails(desk) == ""
    market.now += timedelta(seconds=61)
    assert await send_mails(desk) == "2 sent"


# The way there


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_the_way_is_private_and_the_server_is_who_it_says(
    spent: World, tls: ssl.SSLContext, certificate: Path, mode: str
) -> None:
    office = PostOffice(tls=tls, users={"market": "a secret"})
    async with office.open(at_once_tls=mode == "tls") as post:
        desk = desk_of(
            spent, post, mail_host="localhost", mail_tls=mode, mail_ca=str(certificate),
            mail_user="market", mail_password="a secret",
        )  # fmt: skip
        await spent.until_told()
        await queue_mails(desk)
        assert await send_mails(desk) == "1 sent"
    (mail,) = post.taken
    assert (mail.over_tls, mail.user) == (True, "market")


async def _reason(desk: Desk) -> str:
    await queue_mails(desk)
    with pytest.raises(JobFailed) as failed:
        await send_mails(desk)
    return str(failed.value)


async def test_a_server_that_nobody_vouches_for_gets_nothing(
    spent: World, tls: ssl.SSLContext
) -> None:
    async with PostOffice(tls=tls).open() as post:
        desk = desk_of(spent, post, mail_host="localhost", mail_tls="starttls")
        await spent.until_told()
        assert "certificate" in (await _reason(desk)).lower()
        assert post.taken == []


async def test_a_server_without_tls_gets_nothing_when_it_is_asked_for(spent: World) -> None:
    """Somebody on the way may have taken the offer out."""
    async with PostOffice(users={"market": "a secret"}).open() as post:
        desk = desk_of(
            spent, post, mail_host="localhost", mail_tls="starttls", mail_user="market",
            mail_password="a secret",
        )  # fmt: skip
        await spent.until_told()
        assert "STARTTLS" in await _reason(desk)
        assert post.taken == []


async def test_a_wrong_password_loses_no_mail_and_is_not_told(
    spent: World, tls: ssl.SSLContext, certificate: Path
) -> None:
    async with PostOffice(tls=tls, users={"market": "another"}).open() as post:
        desk = desk_of(
            spent, post, mail_host="localhost", mail_tls="starttls", mail_ca=str(certificate),
            mail_user="market", mail_password="a secret",
        )  # fmt: skip
        await spent.until_told()
        reason = await _reason(desk)
        assert "a secret" not in reason
        assert await spent.rows("SELECT state FROM mail") == [("waiting",)]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mail_sender": ""}, "COALITION_MAIL_SENDER"),
        (
            {"mail_tls": "none", "mail_host": "mail.example", "mail_password": "x"},
            "COALITION_MAIL_PASSWORD",
        ),
    ],
)
def test_settings_that_do_not_fit_are_told(more: dict[str, str], said: str) -> None:
    settings = Settings.model_validate(
        {"mail_host": "127.0.0.1", "mail_sender": "a@b.example", **more}
    )
    with pytest.raises(Misconfigured, match=said):
        MailServer.of(settings)
    assert MailServer.of(Settings()) is None


async def test_without_a_mail_server_in_the_settings_nothing_is_queued_for_ever(
    world: World,
) -> None:
    await world.apply()
    desk = Desk(world.office, Settings(), world.clock)
    ada = await world.enrol("Ada")
    await a_holder(world, ada)
    await world.award("grocer", ada, "1000")
    await world.redeem("bakery", ada, 200)
    await world.until_told()
    assert [await queue_mails(desk), await send_mails(desk)] == ["", ""]
    assert await world.rows("SELECT count(*) FROM mail_cursor") == [(0,)]
    # What is written with a change to a login goes when it helps nobody any more.
    await world.superuser.execute(
        "SELECT books.warn_login(id, 'PASSKEY_ADDED', '{}', $1) FROM login", world.now
    )
    removed = [n async for n in clean_mails(world.database, now=world.now, keep=timedelta(30))]
    assert removed == []
    world.now += timedelta(days=2, seconds=1)
    removed = [n async for n in clean_mails(world.database, now=world.now, keep=timedelta(30))]
    assert removed == [1]
