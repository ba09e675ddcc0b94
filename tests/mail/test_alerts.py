"""Each time points are spent, the member is told at once, and in its own language."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from coalition import catalogue
from coalition.catalogue.errors import ClaimNotFound, MailsNotSent, TooManyCopies, VoucherNotReady
from coalition.members import StepUpRequired, lock_spending, unlock_spending
from tests.mail.conftest import Deliver
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_voucher, member_actor
from tests.support.holders import a_holder, prove
from tests.support.post_office import PostOffice
from tests.support.world import Place

SUBJECTS = {
    "en": "Points were spent",
    "de-AT": "Punkte wurden eingelöst",
    "es": "Se han gastado puntos",
    "ar": "تم إنفاق نقاط",
}


@pytest.mark.parametrize("locale", SUBJECTS)
async def test_a_use_of_points_is_one_mail_in_the_members_language(
    market: World, post: PostOffice, deliver: Deliver, locale: str
) -> None:
    ada = await market.enrol("Ada")
    await a_holder(market, ada, locale=locale, time_zone="Europe/Vienna")
    await market.award("grocer", ada, "1000")
    await market.redeem("bakery", ada, 200)
    assert await deliver() == "1 sent"
    (mail,) = post.taken
    assert (mail.recipient, mail.sender) == ("ada@example.com", "points@market.example")
    assert mail.subject == SUBJECTS[locale]
    for part in ("plain", "html"):
        assert market.partner("bakery").name in mail.part(part)
        assert "200" in mail.part(part)
    assert mail.message["Content-Language"] == locale[:2]
    assert f'lang="{locale[:2]}"' in mail.part("html")
    assert await deliver() == "", "it is told once"
    await assert_books_balance(market)


async def test_a_hold_is_told_when_it_is_captured(
    market: World, post: PostOffice, deliver: Deliver
) -> None:
    ada = await market.enrol("Ada")
    await a_holder(market, ada)
    await market.award("grocer", ada, "1000")
    hold = await market.hold("bakery", ada, 300)
    assert await deliver() == ""
    await market.capture("bakery", hold, 250)
    assert await deliver() == "1 sent"
    assert "250 points" in post.taken[0].part("plain")


async def test_who_cannot_be_reached_is_not_written_to(
    market: World, post: PostOffice, deliver: Deliver
) -> None:
    """A brand's own note of an address is no address of the member's (decision 0008)."""
    bo = await market.enrol("Bo")
    await market.superuser.execute(
        "INSERT INTO identifier (kind, partner_id, value, member_id)"
        " VALUES ('EMAIL', 1, 'bo@example.com', $1)",
        bo.member_id,
    )
    await market.award("grocer", bo, "1000")
    await market.redeem("bakery", bo, 200)
    assert await deliver() == ""
    assert post.taken == []
    assert await market.rows("SELECT * FROM mail") == []


async def test_the_lock_on_spending_is_told_when_it_closes_and_when_it_opens(
    market: World, post: PostOffice, deliver: Deliver
) -> None:
    """MB12, M12."""
    ada = await a_holder(market, await market.enrol("Ada"))
    await prove(market, ada)

    async def turn(verb: Callable[..., Awaitable[object]], key: str) -> list[str]:
        post.taken.clear()
        await verb(market.office, actor=ada.actor(), idempotency_key=key, now=market.now)
        await deliver()
        return [mail.subject for mail in post.taken]

    assert await turn(unlock_spending, "open-already") == []
    assert await turn(lock_spending, "lock") == ["Spending is locked"]
    assert "/app/security" in post.taken[0].part("plain")
    assert await turn(lock_spending, "lock") == [], "said again with its key"
    assert await turn(lock_spending, "once-more") == [], "it is locked already"
    assert await turn(unlock_spending, "open") == ["Spending is possible again"]


async def test_spending_that_was_stopped_is_told_once_an_hour_however_often_somebody_tries(
    market: World, post: PostOffice, deliver: Deliver
) -> None:
    """FR1, M12: a small use to try, and then most of what is there."""
    ada = await market.enrol("Ada")
    await a_holder(market, ada)
    await market.award("grocer", ada, "1000")
    await market.redeem("bakery", ada, 10)
    assert await deliver() == "1 sent"
    post.taken.clear()

    async def try_on(times: int) -> None:
        for _ in range(times):
            async with nothing_moves(market, besides=("event",)):
                with pytest.raises(StepUpRequired):
                    await market.redeem("bakery", ada, 900)

    await try_on(5)
    assert await deliver() == "1 sent"
    (mail,) = post.taken
    assert mail.subject == "Spending was stopped"
    for part in ("plain", "html"):
        assert market.partner("bakery").name in mail.part(part)
        assert "no points were spent" in mail.part(part)
    assert "/app/security" in mail.part("plain")
    assert "900" not in mail.part("plain")
    await try_on(3)
    assert await deliver() == "", "nobody fills a mailbox by trying on"
    # Another hour of the clock by which events are written down.
    await market.superuser.execute(
        "UPDATE mail SET source = source || ' an hour ago' WHERE kind = 'SPENDING_BLOCKED'"
    )
    await try_on(2)
    assert await deliver() == "1 sent"


@pytest.mark.parametrize("locale", ["en", "ar"])
async def test_a_voucher_is_mailed_to_its_member_when_it_asks_for_it(
    market: World, post: PostOffice, deliver: Deliver, locale: str
) -> None:
    """M7: with its code, and with no word of it in the row that waits."""
    counter, ada = Counter(market), await market.enrol("Ada")
    await a_holder(market, ada, locale=locale)
    await market.award("grocer", ada, "1000")
    number = await counter.put("bakery", a_voucher(points=100))
    await counter.load("bakery", number, "FIVE-0001", "FIVE-0002")
    first, second = [(await counter.claim(ada, number)).place for _ in range(2)]
    await deliver()
    post.taken.clear()

    async def ask(who: Person, claim: Place) -> bool:
        return await catalogue.mail_voucher(
            market.database, actor=member_actor(who), claim=claim, sends_mails=True, now=market.now
        )

    assert not await ask(ada, first)
    assert await ask(ada, first), "it is on its way"
    (row,) = await market.rows("SELECT to_jsonb(m)::text FROM mail m WHERE state = 'waiting'")
    assert "FIVE" not in str(row)
    assert await deliver() == "1 sent"
    (mail,) = post.taken
    for part in ("plain", "html"):
        assert "FIVE-0001" in mail.part(part)
        assert "Five Off" in mail.part(part)
        assert market.partner("bakery").name in mail.part(part)
    assert "/app/vouchers/clm_" in mail.part("plain")
    assert "FIVE" not in mail.subject
    assert mail.message["Content-Language"] == locale

    await ask(ada, second)
    await counter.use("bakery", "FIVE-0002")
    assert await deliver() == "1 not wanted", "a code that was used is mailed to nobody"
    for whose, place, error in (
        (ada, second, VoucherNotReady),
        (await market.enrol("Bo"), first, ClaimNotFound),
        (ada, (ada.member_id, 0), ClaimNotFound),
    ):
        with pytest.raises(error):
            await ask(whose, place)
    for _ in range(catalogue.MOST_COPIES - 2):
        await ask(ada, first)
        await market.superuser.execute("UPDATE mail SET state = 'sent' WHERE state = 'waiting'")
    with pytest.raises(TooManyCopies):
        await ask(ada, first)
    await counter.give(ada, first)
    market.now += timedelta(days=1)
    with pytest.raises(VoucherNotReady):
        await ask(ada, first)
    with pytest.raises(MailsNotSent):
        await catalogue.mail_voucher(
            market.database, actor=member_actor(ada), claim=first, sends_mails=False, now=market.now
        )
