"""Mails of the programme: for who wants them, once for each day and step, and easy to stop."""

from datetime import timedelta

import pytest

from coalition import consents
from coalition.consents import Choice, Purpose
from coalition.jobs.send_mails import send_mails, write_months, write_reminders
from tests.mail.conftest import desk_of
from tests.support import World
from tests.support.edge import edge_of
from tests.support.holders import Holder, a_holder
from tests.support.post_office import PostOffice
from tests.support.staff import a_person_of


async def _wants(market: World, holder: Holder) -> None:
    choice = Choice(Purpose.PROGRAMME_MAILS, version=1)
    await consents.give_consent(market.office, actor=holder.actor(), choice=choice, now=market.now)


@pytest.fixture
async def ada(market: World) -> Holder:
    """She has points that end in a year, and wants mails."""
    holder = await a_holder(market, await market.enrol("Ada"), time_zone="America/New_York")
    await _wants(market, holder)
    await market.award("grocer", holder.who, "1000")
    return holder


async def test_points_that_end_are_told_of_at_each_step_once(
    market: World, post: PostOffice, ada: Holder
) -> None:
    assert ada.email
    desk = desk_of(market, post)
    told = []
    # Every night of the last seventy days, but some that no worker saw.
    (days,) = (await market.rows("SELECT expires_on - $1::date FROM lot", market.now.date()))[0]
    assert isinstance(days, int)
    for left in range(70, -2, -1):
        if left in {60, 30, 29}:
            continue
        market.now = market.now.replace(year=2026, month=3, day=15) + timedelta(days=days - left)
        await write_reminders(desk)
        if await send_mails(desk):
            told.append(left)
    assert told == [59, 28, 7]
    assert post.taken[0].subject == "Points of yours will end soon"
    assert "1,000 points" in post.taken[0].part("plain")


async def test_points_that_were_spent_meanwhile_are_not_told_of(
    market: World, post: PostOffice, ada: Holder
) -> None:
    desk = desk_of(market, post)
    market.now += timedelta(days=340)
    assert await write_reminders(desk) == "1 members reminded"
    await market.redeem("bakery", ada.who, 1000)
    assert await send_mails(desk) == "1 not wanted"
    assert await market.rows("SELECT reason FROM mail") == [("NOTHING_TO_TELL",)]


async def test_who_does_not_want_them_gets_none(market: World, post: PostOffice) -> None:
    bo = await a_holder(market, await market.enrol("Bo"))
    await market.award("grocer", bo.who, "1000")
    desk = desk_of(market, post)
    market.now += timedelta(days=340)
    assert await write_reminders(desk) == ""
    assert await write_months(desk) == ""


async def test_a_consent_that_is_taken_back_counts_for_what_waits(
    market: World, post: PostOffice, ada: Holder
) -> None:
    """NW6: consent is checked when a mail is sent."""
    desk = desk_of(market, post)
    market.now += timedelta(days=340)
    await write_reminders(desk)
    await consents.withdraw_consent(
        market.office, actor=ada.actor(), choice=Choice(Purpose.PROGRAMME_MAILS), now=market.now
    )
    assert await send_mails(desk) == "1 not wanted"
    assert post.taken == []


async def test_nobody_is_disturbed_at_night(market: World, post: PostOffice, ada: Holder) -> None:
    await market.superuser.execute(
        "INSERT INTO quiet_hours VALUES ($1, '22:00', '08:30')", ada.who.member_id
    )
    desk = desk_of(market, post)
    # Midnight in New York.
    market.now = market.now.replace(hour=4) + timedelta(days=340)
    await write_reminders(desk)
    assert await send_mails(desk) == "1 wait"
    market.now += timedelta(hours=9, minutes=31)
    assert await send_mails(desk) == "1 sent"


async def test_a_month_is_told_of_once_with_what_it_came_to(
    market: World, post: PostOffice, ada: Holder
) -> None:
    spent = await market.redeem("bakery", ada.who, 300)
    await market.refund("bakery", spent, 100)
    given = await market.award("grocer", ada.who, "50")
    await market.bring_back("grocer", given.place, "20")
    market.now = market.now.replace(month=4, day=2)
    await market.redeem("bakery", ada.who, 10)
    desk = desk_of(market, post)
    assert await write_months(desk) == "1 members told of their month"
    assert await write_months(desk) == ""
    assert await send_mails(desk) == "1 sent"
    (month,) = post.taken
    text = month.part("plain")
    assert month.subject == "Your points in March 2026"
    for line in (
        "Earned: 1,050 points, worth $5.25",
        "Spent: 200 points, worth $1.00",
        "Taken back with returns: 20 points",
        "At the end of the month: 830 points",
    ):
        assert line in text
    assert "Ended unspent" not in text
    market.now = market.now.replace(day=20)
    await market.superuser.execute("DELETE FROM mail")
    assert await write_months(desk) == "", "that month interests nobody any more"


async def test_one_click_stops_them_without_signing_in(
    market: World, post: PostOffice, ada: Holder
) -> None:
    """RFC 8058. A link that is only opened changes nothing: scanners do that."""
    desk = desk_of(market, post)
    market.now += timedelta(days=340)
    await write_reminders(desk)
    await send_mails(desk)
    link = str(post.taken[0].message["List-Unsubscribe"]).strip("<>")
    assert link in post.taken[0].part("plain")
    async with edge_of(market, {}) as edge:
        shown = await edge.http.get(link)
        assert shown.status_code == 200
        assert "mails about points that end soon" in shown.text
        assert await market.rows("SELECT * FROM mail_preference") == []
        # As a mail program does it: from nowhere, with one field.
        for _ in range(2):
            done = await edge.http.post(link, data={"List-Unsubscribe": "One-Click"})
            assert done.status_code == 200
        assert (await edge.http.get(link[:-1] + "x")).status_code == 404
    assert await market.rows("SELECT member_id, kind, channel FROM mail_preference") == [
        (ada.who.member_id, "EXPIRING", "NONE")
    ]
    market.now += timedelta(days=20)
    assert await write_reminders(desk) == ""
    assert await write_months(desk) != "", "of the month it still wants to hear"


async def test_the_link_in_a_brands_offer_takes_its_consent_back(
    market: World, ada: Holder
) -> None:
    choice = Choice(Purpose.MARKETING, partner="grocer", version=1)
    other = Choice(Purpose.MARKETING, partner="bakery", version=1)
    for one in (choice, other):
        await consents.give_consent(market.office, actor=ada.actor(), choice=one, now=market.now)
    async with edge_of(market, {}) as edge:
        edge.bear("grocer-till", await _token(market, "grocer"))
        found = await edge.ask(
            "grocer-till", "{ consents(onlyStanding: true) { nodes { unsubscribeUrl } } }"
        )
        ((url,),) = [list(one.values()) for one in found["nodes"]]
        page = await edge.http.get(url)
        assert f"offers of {market.partner('grocer').name}" in page.text
        done = await edge.http.post(url, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    rows = await market.rows(
        "SELECT partner_id, given, channel FROM consent WHERE purpose = 'MARKETING' ORDER BY id"
    )
    assert rows[2:] == [(market.partner("grocer").id, False, "LINK")]


async def _token(market: World, brand: str) -> str:
    return (await a_person_of(market, brand)).token
