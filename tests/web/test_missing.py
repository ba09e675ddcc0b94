"""Missing points, by their pages: without JavaScript, and at the worst."""

from datetime import timedelta

import httpx2
import pytest
from lxml import html
from structlog.testing import capture_logs

from tests.support import Person, World
from tests.support.missing import PNG, Desk
from tests.web.people import Reader, text_of

FORM = "/app/missing/report"


@pytest.fixture
def desk(world: World, reader: Reader) -> Desk:
    del reader
    return Desk(world)


async def _report(
    reader: Reader, desk: Desk, picture: bytes | None = None, **more: str
) -> httpx2.Response:
    """What the form answers, sent as a browser sends it; a report of the bakery's by itself."""
    form = html.fromstring((await reader.get(FORM)).text)
    brands = {one.text: one.get("value") for one in form.findall(".//select[@id='brand']/option")}
    typed = {
        "key": form.find(".//input[@name='key']").get("value"),
        "brand": brands["Corner Bakery (USD)"], "day": str(desk.day()), "amount": "20",
        "reference": "R-1", "message": "In the evening,\r\nby the door.",
    }  # fmt: skip
    return await _send(reader, FORM, typed | more, picture)


async def _send(
    reader: Reader, path: str, typed: dict[str, str], picture: bytes | None = None
) -> httpx2.Response:
    files = {"receipt": ("../../../etc/x.html", picture or b"", "text/html")}
    return await reader.http.post(
        path, data=typed, files=files, headers={"Sec-Fetch-Site": "same-origin"}
    )


async def test_a_purchase_is_reported_asked_about_and_found(
    world: World, reader: Reader, desk: Desk
) -> None:
    assert "Nothing reported" in text_of(await reader.get("/app/missing"))
    sent = await _report(reader, desk, PNG)
    assert sent.status_code == 303
    here = sent.headers["location"].partition("?")[0]
    with capture_logs() as logs:
        done = await reader.get(sent.headers["location"])
    assert sum(one["event"] == "graphql" for one in logs) <= 3
    said = text_of(done)
    assert "Your report is on its way" in said
    assert "In the evening, by the door." in said
    picture = await reader.get(f"{here}/receipts/1")
    assert picture.content == PNG
    assert picture.headers["content-disposition"] == 'attachment; filename="receipt-1.png"'
    assert picture.headers["x-content-type-options"] == "nosniff"
    (number,) = [one for (one,) in await world.rows("SELECT id FROM missing_purchase")]
    await desk.ask("bakery", int(str(number)), "Which till?")
    assert "Waits for you" in text_of(await reader.get("/app/missing"))
    key = html.fromstring((await reader.get(here)).text).find(".//input[@name='key']").get("value")
    nothing = await _send(reader, here, {"key": key, "do": "answer", "message": " "})
    assert (nothing.status_code, "Write something" in text_of(nothing)) == (422, True)
    answered = await _send(reader, here, {"key": key, "message": "The second"}, b"%PDF-1.7")
    assert answered.status_code == 303
    assert "Picture 2" in text_of(await reader.get(here))
    await desk.approve("bakery", int(str(number)))
    found = await reader.get(here)
    assert "Points given +40" in text_of(found)
    (movement,) = html.fromstring(found.text).xpath("//a[starts-with(@href, '/app/activity/')]")
    assert "Receipt R-1" in text_of(await reader.get(movement.get("href")))
    late = await _send(reader, here, {"key": "k2", "message": "Thank you"})
    assert (late.status_code, "decided by now" in text_of(late)) == (422, True)


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    world: World, reader: Reader, desk: Desk, mia: Person
) -> None:
    early = world.now.date() - timedelta(days=1)
    given = await world.award("bakery", mia, "20.00", reference="R-0")
    assert given.place is not None
    await desk.report(mia, reference="R-9")
    for typed, words in (
        ({"brand": "prt_x"}, "Choose a brand"),
        ({"day": "31.3."}, "Write a day"),
        ({"day": "20260201"}, "Write a day"),
        ({"day": "9999-12-31"}, "Write a day"),
        ({"day": str(early)}, "Ask again from March 17, 2026 on"),
        ({"day": "2036-01-01"}, "still to come"),
        ({"amount": "much"}, "Write an amount like"),
        ({"amount": "9" * 19}, "Write an amount like"),
        ({"amount": "0.001"}, "decimals of its currency"),
        ({"amount": "0.01"}, "So small a purchase"),
        ({"reference": ""}, "Write the number"),
        ({"reference": "x\u202ey"}, "plain text"),
        ({"reference": "R-0"}, "Look at the movement"),
        ({"reference": "R-9"}, "Look at your report"),
        ({"key": ""}, "Open a new one"),
    ):
        answer = await _report(reader, desk, None, **typed)
        assert (answer.status_code, words) == (422, words if words in text_of(answer) else None)
        page = html.fromstring(answer.text)
        (alert,) = page.xpath("//*[@role='alert']")
        (link,) = alert.xpath(".//li/a")
        (at,) = page.xpath(f"//*[@id='{link.get('href')[1:]}']")
        assert at.get("aria-invalid") == "true"
        assert page.xpath("//textarea")[0].text.startswith("In the evening")
    assert await world.rows("SELECT count(*) FROM missing_purchase") == [(1,)]


async def test_a_receipt_that_is_too_large_ends_in_a_clear_page_and_one_of_another_kind_too(
    world: World, reader: Reader, desk: Desk
) -> None:
    large = await _report(reader, desk, PNG + bytes(10 * 1024 * 1024))
    assert (large.status_code, "too large" in text_of(large)) == (413, True)
    assert await world.rows("SELECT count(*) FROM missing_purchase") == [(0,)]
    odd = await _report(reader, desk, b"<script>alert(1)</script>")
    shown = text_of(await reader.get(odd.headers["location"]))
    assert "The picture was not taken" in shown
    assert "Being looked at" in shown


async def test_a_report_is_let_go_and_others_pages_are_nobodys(
    world: World, reader: Reader, desk: Desk
) -> None:
    sent = await _report(reader, desk)
    here = sent.headers["location"].partition("?")[0]
    assert (await _send(reader, here, {"key": "k", "do": "withdraw"})).status_code == 303
    assert "You let it go" in text_of(await reader.get(here))
    bo = await world.enrol("Bo")
    await desk.picture(bo, await desk.report(bo))
    for path in ("/app/missing/mis_x", "/app/missing/prt_x", f"{here}/receipts/1",
                 "/app/missing/a%2Fb/receipts/1", "/app/missing?after=mis_x"):  # fmt: skip
        assert (await reader.get(path)).status_code == 404
    assert (
        await _send(reader, "/app/missing/mis_x", {"key": "k", "message": "x"})
    ).status_code == 404
    elsewhere = await reader.http.post(here, data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
