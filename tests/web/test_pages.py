"""What each page says, by its HTML: without JavaScript, and at the worst."""

import csv
import io
import re
from datetime import timedelta

import pytest
from lxml import html
from structlog.testing import capture_logs

from coalition.kit.text import in_groups
from coalition.pages.codes import bars_of, square_of
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance
from tests.support.edge import Edge
from tests.web.people import Reader, text_of

PAGES = (
    "/app", "/app/card", "/app/card/pay", "/app/activity", "/app/expiry", "/app/earn",
    "/app/rewards", "/app/vouchers", "/app/security", "/app/more", "/app/household",
    "/app/transfer",
)  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, "/app/earn?brand=BRAND&amount=10"])
async def test_a_page_asks_the_api_three_times_at_most(
    path: str, reader: Reader, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "10.00")
    earn = await reader.get("/app/earn")
    brand = html.fromstring(earn.text).find(".//select[@id='brand']/option").get("value")
    with capture_logs() as logs:
        assert (await reader.http.get(path.replace("BRAND", brand))).status_code == 200
    assert sum(one["event"] == "graphql" for one in logs) <= 3


@pytest.mark.parametrize("path", [*PAGES, "/app/components", "/app/nothing"])
async def test_a_page_allows_files_of_ours_and_no_other_host(path: str, reader: Reader) -> None:
    """Security checklist, line 35."""
    page = await reader.get(path)
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert "unsafe" not in str(policy)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"\sstyle=|\son\w+=|javascript:|https?://", page.text)


async def test_home_tells_what_comes_what_is_held_and_what_ends(
    world: World, edge: Edge, reader: Reader, mia: Person
) -> None:
    del edge
    await world.apply(pending_days="14", expiry={"kind": "rolling", "months": "12"})
    await world.award("grocer", mia, "300.00", at=world.now - timedelta(days=40))
    await world.award("bakery", mia, "20.00")
    await world.hold("grocer", mia, 120)
    said = text_of(await reader.get("/app"))
    assert "180 points Worth $0.90" in said
    assert "40 more from Mar 29, 2026" in said
    assert "120 set aside for a purchase" in said
    assert "end on Feb 3, 2027" in said
    assert "Corner Bakery Earned" in said
    assert "\N{MINUS SIGN}120" in said


async def test_who_has_nothing_is_told_what_to_do(reader: Reader) -> None:
    assert "Nothing here yet" in text_of(await reader.get("/app"))
    assert "None of your points ends" in text_of(await reader.get("/app/expiry"))


async def test_a_locked_member_sees_that_it_is(reader: Reader, world: World) -> None:
    await world.superuser.execute("UPDATE member SET status = 'locked'")
    for path in ("/app", "/app/card"):
        assert "Spending is locked" in text_of(await reader.get(path))


async def test_hostile_names_stay_text(world: World, edge: Edge, reader: Reader) -> None:
    del edge
    name = "<script>alert(1)</script>"
    await world.apply(brands=[a_grocer(name=name), a_bakery()], name='"><img src=x>')
    await world.superuser.execute("UPDATE member SET given_name = $1", "{{ 7919 * 7927 }}<b>")
    for path in (*PAGES, "/account"):
        page = await reader.get(path)
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "62773913" not in page.text
    assert "Hello, {{ 7919 * 7927 }}<b>" in text_of(await reader.get("/app"))


async def test_activity_is_filtered_paged_and_shown_in_detail(
    reader: Reader, world: World, mia: Person
) -> None:
    for number in range(25):
        await world.award("grocer" if number % 5 else "bakery", mia, f"{10 + number}.00")
    await world.redeem("bakery", mia, 100)
    first = await reader.get("/app/activity")
    assert len(html.fromstring(first.text).findall(".//li[@class='move']")) == 20
    names = {
        link.get("aria-label"): link.text
        for link in html.fromstring(first.text).xpath("//li[@class='move']//a")
    }
    assert len(names) == 20, "each link is known by what it leads to"
    assert all(name.startswith(f"{seen}: ") for name, seen in names.items())
    assert "Corner Bakery: Earned, +60 points, Mar 15, 2026" in names
    (older,) = html.fromstring(first.text).xpath("//a[@rel='next']/@href")
    second = await reader.http.get(older)
    assert len(html.fromstring(second.text).findall(".//li[@class='move']")) == 6
    (newest,) = html.fromstring(second.text).xpath("//nav[@class='pager']/a[1]/@href")
    assert newest == "/app/activity"
    brands = html.fromstring(first.text).xpath("//select[@id='brand']/option/@value")
    bakery = await reader.http.get(f"/app/activity?brand={brands[2]}&kind=earned")
    assert len(html.fromstring(bakery.text).findall(".//li[@class='move']")) == 5
    spent = await reader.http.get("/app/activity?kind=spent")
    (address,) = html.fromstring(spent.text).xpath("//li[@class='move']//a/@href")
    detail = text_of(await reader.http.get(address))
    assert "Spent" in detail
    assert "Which points were spent" in detail
    days = await reader.http.get("/app/activity?since=2026-03-15&until=2026-03-15&kind=spent")
    assert len(html.fromstring(days.text).findall(".//li[@class='move']")) == 1
    none = await reader.http.get("/app/activity?since=2026-03-16")
    assert "Nothing found" in text_of(none)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=yesterday", "Write a day like 2026-03-31."),
        ("since=2026-02-30", "Write a day like 2026-03-31."),
        ("until=9999-12-31", "Write a day like 2026-03-31."),
        ("since=2026-03-02&until=2026-03-01", "The last day is before the first one."),
    ],
)
async def test_a_wrong_filter_keeps_what_was_typed(query: str, words: str, reader: Reader) -> None:
    page = await reader.get(f"/app/activity?{query}")
    assert page.status_code == 422
    assert words in text_of(page)
    assert 'aria-invalid="true"' in page.text
    assert query.split("=")[1].split("&", maxsplit=1)[0] in page.text


async def test_what_takes_something_back_leads_to_what_it_belongs_to_and_is_led_to(
    reader: Reader, world: World, mia: Person
) -> None:
    """M3: from a return to its purchase, from a refund and a release to what was spent; and back,
    from those to what came of them.
    """
    bought = await world.award("grocer", mia, "100.00")
    await world.bring_back("grocer", bought.place, "10.00")
    await world.refund("bakery", await world.redeem("bakery", mia, 50), 20)
    await world.release("grocer", await world.hold("grocer", mia, 15))
    listed = html.fromstring((await reader.get("/app/activity")).text)
    pages = [
        (address, html.fromstring((await reader.get(address)).text))
        for address in reversed(listed.xpath("//li[@class='move']//a/@href"))
    ]
    owner = "//dt[text()='Belongs to']/../dd/a"
    owners = [page.xpath(f"{owner}/@href") for _, page in pages]
    addresses = [[address] for address, _ in pages]
    assert owners == [[], addresses[0], [], addresses[2], [], addresses[4]]
    assert pages[1][1].xpath(f"{owner}/text()") == ["Earned · Mar 15, 2026"]
    since = [page.xpath("//section[@aria-labelledby='since']//a/@href") for _, page in pages]
    assert since == [addresses[1], [], addresses[3], [], addresses[5], []]
    (told,) = pages[0][1].xpath("//section[@aria-labelledby='since']")
    assert " ".join(told.text_content().split()) == (
        "What happened since HG Harvest Grocer Purchase returned · Mar 15, 2026 \N{MINUS SIGN}10"
    )


async def test_activity_is_filtered_by_how_it_stands_in_the_address_and_in_the_file(
    reader: Reader, world: World, mia: Person
) -> None:
    """M3: what is still open, what was taken back in whole, and the rest."""
    await world.award("grocer", mia, "300.00", key="old", at=world.now - timedelta(days=30))
    await world.apply(pending_days="14")
    await world.award("bakery", mia, "10.00")
    returned = await world.award("grocer", mia, "40.00")
    partly = await world.award("grocer", mia, "60.00")
    await world.bring_back("grocer", returned.place, "40.00")
    await world.bring_back("grocer", partly.place, "10.00")
    refunded = await world.redeem("bakery", mia, 50)
    await world.refund("bakery", refunded, 50)
    await world.redeem("bakery", mia, 30)
    hold = await world.hold("bakery", mia, 25)
    await world.release("grocer", await world.hold("grocer", mia, 15))

    async def found(state: str) -> list[str]:
        page = html.fromstring((await reader.get(f"/app/activity?state={state}")).text)
        rows = page.xpath("//li[@class='move']//*[contains(@class, 'figure')][1]/text()")
        file = await reader.get(f"/app/activity.csv?state={state}")
        _, *cells = csv.reader(io.StringIO(file.text.removeprefix("\ufeff")))
        assert [row[3].replace("-", "\N{MINUS SIGN}") for row in cells] == [
            str(one).lstrip("+") for one in rows[:: 2 if len(rows) > len(cells) else 1]
        ]
        (chosen,) = page.xpath("//select[@id='state']/option[@selected]/@value")
        assert chosen == state
        return [row[3] for row in cells]

    assert await found("pending") == ["-25", "60", "20"]
    assert await found("reversed") == ["-50", "40"]
    done = await found("done")
    assert done.count("-30") == 1
    assert {"300", "15", "-15", "50"} <= set(done)
    everything = (await reader.get("/app/activity?state=nonsense")).text
    assert len(html.fromstring(everything).xpath("//li[@class='move']")) == len(done) + 5
    del hold
    await assert_books_balance(world)


async def test_running_sums_in_the_file_end_at_the_balance(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.apply(brands=[a_grocer(name="=Grocer"), a_bakery()])
    for amount in ("50.00", "70.00", "5.00"):
        await world.award("grocer", mia, amount)
    await world.redeem("bakery", mia, 40)
    answer = await reader.get("/app/activity.csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="activity-')
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head == ["Time", "Brand", "What", "Points", "Points after it", "State", "Number"]
    assert [row[3] for row in rows] == ["-40", "5", "70", "50"]
    assert [row[4] for row in rows] == ["85", "125", "120", "50"]
    assert rows[1][1] == "'=Grocer", "no cell begins a formula"
    narrow = await reader.get("/app/activity.csv?kind=spent")
    assert len(narrow.text.splitlines()) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/app/activity/ent_nothing",
        "/app/nothing",
        "/app/activity/mbr_x",
        "/app/activity?after=x",
        "/app/activity.csv?since=0001-01-01",
    ],
)
async def test_what_is_not_there_and_what_is_not_ones_own_are_one_page(
    path: str, reader: Reader, world: World, mia: Person
) -> None:
    noor = await world.enrol("Noor")
    await world.award("grocer", noor, "10.00")
    await world.award("grocer", mia, "10.00")
    page = await reader.get(path)
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)


async def test_expiry_lists_the_days_and_gives_them_to_a_calendar(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "12"}, name="Market, Street")
    await world.award("grocer", mia, "100.00", at=world.now - timedelta(days=300))
    await world.award("grocer", mia, "50.00")
    page = await reader.get("/app/expiry")
    said = text_of(page)
    assert "May 19, 2026 100 Worth $0.50" in said
    assert "End some day 150 Worth $0.75" in said
    assert "Never end 0" in said
    calendar = (await reader.get("/app/expiry.ics")).content
    assert calendar.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert calendar.count(b"BEGIN:VEVENT") == 2
    assert b"DTSTART;VALUE=DATE:20260519\r\n" in calendar
    assert b"SUMMARY:100 points of Market\\, Street end\r\n" in calendar
    assert b"TRIGGER:-P30D" in calendar
    assert all(len(line) <= 75 for line in calendar.split(b"\r\n"))


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("40", 200, "80 points An estimate for $40.00 at Corner Bakery, worth $0.40."),
        ("40.50", 200, "81 points"),
        ("0", 422, "Write an amount above nothing."),
        ("0.10", 422, "So small a purchase earns no point there."),
        ("1.001", 422, "Write the amount with the decimals of its currency"),
        ("a lot", 422, "Write an amount like 25.00."),
        ("", 422, "Write an amount like 25.00."),
        ("9" * 40, 422, "Write an amount like 25.00."),
        ("1e9", 422, "Write an amount like 25.00."),
        ("-5", 422, "Write an amount"),
    ],
)
async def test_the_estimate_is_what_the_till_would_give(
    typed: str, status: int, words: str, reader: Reader, world: World, mia: Person
) -> None:
    page = await reader.get("/app/earn")
    options = html.fromstring(page.text).xpath("//select[@id='brand']/option/@value")
    answer = await reader.http.get("/app/earn", params={"brand": options[1], "amount": typed})
    assert answer.status_code == status
    assert words in text_of(answer)
    if status == 200:
        await world.award("bakery", mia, typed)
        points = words.split(" ", maxsplit=1)[0]
        assert (await world.balance(mia)).available == int(points)


async def test_a_german_amount_is_read_as_german(reader: Reader) -> None:
    page = await reader.get("/app/earn")
    options = html.fromstring(page.text).xpath("//select[@id='brand']/option/@value")
    answer = await reader.http.get(
        "/app/earn", params={"brand": options[0], "amount": "1.000,50"},
        headers={"Accept-Language": "de"},
    )  # fmt: skip
    assert "1.000 points Eine Schätzung für 1.000,50" in text_of(answer)


async def test_the_card_is_drawn_as_tills_read_it(reader: Reader) -> None:
    page = await reader.get("/app/card")
    assert "9840-0000 0001" in text_of(page)
    (number,) = html.fromstring(page.text).find_class("groups")
    assert number.text_content() == "9840-00000001", "what is copied has no gaps"
    assert "Earns and spends" in text_of(page)
    assert 'role="img" aria-label="Barcode of your card"' in page.text
    worker = await reader.http.get("/app/card-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")


def test_codes_are_of_the_right_kind_and_have_their_quiet_zones() -> None:
    square = square_of("KSK-7E68D0")
    assert square.width - 8 >= 21, "a QR code, not a Micro QR code"
    assert min(run.x for run in square.runs) == 4
    bars = bars_of("9840-00000001")
    assert bars is not None
    assert bars.runs[0].x == 10
    last = bars.runs[-1]
    assert bars.width - last.x - last.width == 10
    assert bars_of("ключ") is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("984012345678", "9840 1234 5678"),
        ("9840-00000001", "9840-0000 0001"),
        ("9840-1", "9840-1"),
        ("SPRINGTIME-2026", "SPRINGTIME-2026"),
        ("GIFT-7Q4K9W2M", "GIFT-7Q4K 9W2M"),
        ("-7Q4-K9W2M7Q4-", "-7Q4-K9W2 M7Q4-"),
        ("", ""),
    ],
)
def test_a_number_is_shown_in_groups_and_is_whole_without_the_gaps(number: str, shown: str) -> None:
    assert " ".join(in_groups(number)) == shown
    assert "".join(in_groups(number)) == number


async def test_a_fault_ends_in_a_page_with_its_number(reader: Reader, world: World) -> None:
    await reader.get("/app")
    await world.superuser.execute("ALTER FUNCTION verbs.profile_of(bigint) RENAME TO gone_for_now")
    try:
        page = await reader.http.get("/app/card")
    finally:
        await world.superuser.execute(
            "ALTER FUNCTION verbs.gone_for_now(bigint) RENAME TO profile_of"
        )
    assert page.status_code == 500
    assert re.search(r"say this number: [0-9a-f]{32}", text_of(page))
    assert "profile_of" not in page.text
