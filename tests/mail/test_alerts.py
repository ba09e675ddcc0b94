"""Each time points are spent, the member is told at once, and in its own language."""

from collections.abc import Awaitable, Callable

import pytest

from coalition.members import lock_spending, unlock_spending
from tests.mail.conftest import Deliver
from tests.support import World, assert_books_balance
from tests.support.holders import a_holder, prove
from tests.support.post_office import PostOffice

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
