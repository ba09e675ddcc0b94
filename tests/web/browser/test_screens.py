"""Every page in every state, at a phone and at a desk, light and dark: axe finds no barrier.

With `--screens` (`make screens`) each is kept as a picture under docs/screens/.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from coalition.access import load_keys
from coalition.mail import Links
from tests.support import Person, World
from tests.support.catalogue import lock, unlock
from tests.support.edge import Edge
from tests.support.missing import PNG, Desk
from tests.web.browser.chromium import Window, a_window
from tests.web.browser.story import BO_CARD, CY_CARD, sign_in, what_mia_redeemed, what_mia_shares

SCREENS = Path(__file__).parents[3] / "docs" / "screens"
PAGES = {
    "home": "/app",
    "card": "/app/card",
    "pay": "/app/card/pay",
    "activity": "/app/activity",
    "activity-nothing": "/app/activity?kind=ended",
    "activity-mistake": "/app/activity?since=2026-03-10&until=2026-03-01",
    "expiry": "/app/expiry",
    "earn": "/app/earn",
    "rewards": "/app/rewards",
    "rewards-by-value": "/app/rewards?sort=value&brand=bakery",
    "rewards-nothing": "/app/rewards?brand=bakery&least=5000",
    "rewards-mistake": "/app/rewards?least=many",
    "vouchers": "/app/vouchers",
    "vouchers-used": "/app/vouchers?show=used",
    "vouchers-nothing": "/app/vouchers?show=ended",
    "security": "/app/security",
    "security-done": "/app/security?done=lock",
    "missing-empty": "/app/missing",
    "missing-report": "/app/missing/report",
    "help": "/app/help",
    "help-nothing": "/app/help?search=zebra",
    "terms": "/app/help/terms/2",
    "household": "/app/household",
    "household-leave": "/app/household/leave",
    "transfer": "/app/transfer",
    "more": "/app/more",
    "profile": "/app/profile",
    "linked": "/app/linked",
    "notifications": "/app/notifications",
    "data": "/app/data",
    "data-delete": "/app/data/delete",
    "display": "/app/display",
    "account": "/account",
    "components": "/app/components",
    "not-found": "/app/nothing",
}
# The frame of all pages, and all that stands in them.
EVERYTHING = {"home", "components"}
# Where to begin, and what is pressed then.
STEPS = {
    "reward": ("/app/rewards", ".reward a >> text=Five Off"),
    "reward-to-go": ("/app/rewards", ".reward a >> text=Kettle"),
    "reward-gone": ("/app/rewards", ".reward a >> text=Car Wash"),
    "voucher": ("/app/vouchers", ".move a >> nth=0"),
    "voucher-show": ("/app/vouchers", ".move a >> nth=0", "text=Show it at the till"),
    "voucher-cancel": ("/app/vouchers", ".move a >> nth=0", "a.button >> text=Give it back"),
    "voucher-used": ("/app/vouchers?show=used", ".move a >> text=Five Off"),
    "voucher-donation": ("/app/vouchers?show=used", ".move a >> text=Trees"),
    "reward-done": ("/app/rewards", ".reward a >> text=Five Off", "main button.wide >> nth=0"),
}
LOCKED = {
    "home-locked": "/app", "pay-locked": "/app/card/pay", "rewards-locked": "/app/rewards",
    "security-locked": "/app/security",
}  # fmt: skip


@pytest.mark.long
async def test_no_page_has_a_barrier(
    browser: Browser, served: Edge, world: World, mia: Person, request: pytest.FixtureRequest
) -> None:
    await what_mia_shares(world, mia)
    await what_mia_redeemed(world, mia)
    kept = request.config.getoption("--screens")
    async with a_window(browser, str(served.http.base_url)) as window:
        await window.go("/signin")
        found = await _looked_at(window, "sign-in", kept=kept)
        await sign_in(window)
        for name, path in PAGES.items():
            await window.go(path)
            found += await _looked_at(window, name, kept=kept)
        await window.go("/app/activity")
        await window.page.click(".move a >> nth=1")
        found += await _looked_at(window, "movement", kept=kept)
        bought = await world.award("bakery", mia, "20.00")
        await world.bring_back("bakery", bought.place, "5.00")
        await window.go("/app/activity?kind=back")
        for step in (".move a >> nth=0", "dl a >> nth=0"):
            async with window.page.expect_navigation():
                await window.page.click(step)
        found += await _looked_at(window, "movement-returned", kept=kept)
        await window.go("/app/earn")
        await window.page.fill("#amount", "40")
        await window.page.click("main .filter button")
        await window.page.wait_for_selector(".result")
        found += await _looked_at(window, "estimate", kept=kept)
        assert found == []


@pytest.mark.long
async def test_no_form_and_no_refusal_has_a_barrier(
    browser: Browser, served: Edge, world: World, mia: Person, request: pytest.FixtureRequest
) -> None:
    """What is there only after something was done, or refused."""
    await what_mia_shares(world, mia)
    await what_mia_redeemed(world, mia)
    kept = request.config.getoption("--screens")
    async with a_window(browser, str(served.http.base_url)) as window:
        await sign_in(window)
        found = await _shared(window, kept=kept)
        found += await _missing(window, world, mia, kept=kept)
        found += await _rewards(window, world, mia, kept=kept)
        found += await _of_the_account(window, kept=kept)
        assert found == []


async def _shared(window: Window, *, kept: bool) -> list[str]:
    """The forms of a household and of a gift: refused, looked at, done."""
    page = window.page
    await window.go("/app/household")
    await page.click("a:text('Cy')")
    await page.wait_for_url("**/members/*")
    found = await _looked_at(window, "household-member", kept=kept)
    await window.go("/app/household")
    await page.fill("#card", CY_CARD)
    await page.click("main form .wide")
    await page.wait_for_selector("[role=alert]")
    found += await _looked_at(window, "household-refused", kept=kept)
    await window.go("/app/transfer")
    await page.fill("#card", BO_CARD)
    await page.fill("#points", "120")
    await page.click("main form .wide")
    await page.wait_for_selector("dl.facts")
    found += await _looked_at(window, "transfer-check", kept=kept)
    await window.go("/app/transfer?done=sent")
    found += await _looked_at(window, "transfer-done", kept=kept)
    await window.go("/app/transfer")
    await page.fill("#card", "0000")
    await page.fill("#points", "120")
    await page.click("main form .wide")
    await page.wait_for_selector("[role=alert]")
    return found + await _looked_at(window, "transfer-refused", kept=kept)


async def _rewards(window: Window, world: World, mia: Person, *, kept: bool) -> list[str]:
    """Each reward and voucher by how it stands, redeemed, refused, and with spending locked."""
    found = []
    for name, steps in STEPS.items():
        await window.go(steps[0])
        for step in steps[1:]:
            async with window.page.expect_navigation():
                await window.page.click(step)
        found += await _looked_at(window, name, kept=kept)
    found += await _given(window, world, mia, kept=kept)
    await window.go("/app/rewards")
    await window.page.click(".reward a >> text=Five Off")
    await lock(world, mia)
    await window.page.click("main button.wide >> nth=0")
    await window.page.wait_for_selector("[role=alert]")
    found += await _looked_at(window, "reward-refused", kept=kept)
    for name, path in LOCKED.items():
        await window.go(path)
        found += await _looked_at(window, name, kept=kept)
    return found


async def _given(window: Window, world: World, mia: Person, *, kept: bool) -> list[str]:
    """A voucher that is given away: by its giver, and by whom it is for."""
    page, found = window.page, []

    async def look(name: str) -> None:
        found.extend(await _looked_at(window, name, kept=kept))

    async def press(what: str) -> None:
        async with page.expect_navigation():
            await page.click(what)

    await window.go("/app/vouchers")
    await press(".move a >> nth=0")
    await press("text=Give it to somebody")
    await look("voucher-give")
    await press("main button.wide")
    voucher = page.url
    link = (await page.inner_text(".link-out")).strip()
    await look("voucher-link")
    await lock(world, mia, key="given")
    await window.go(link.removeprefix(window.url))
    await look("gift-waits")
    await unlock(world, mia)
    await window.go(link.removeprefix(window.url))
    await look("gift")
    await press("main button.wide")
    await look("gift-opened")
    await window.go(link.removeprefix(window.url))
    await look("gift-gone")
    await window.go(voucher.removeprefix(window.url))
    await look("voucher-given")
    return found


@pytest.mark.long
async def test_nobody_meets_a_barrier_before_it_is_a_member(
    browser: Browser, served: Edge, world: World, request: pytest.FixtureRequest
) -> None:
    """Signing up, and a lost password: each form empty, with mistakes, and done."""
    kept = request.config.getoption("--screens")
    async with a_window(browser, str(served.http.base_url)) as window:
        page, found = window.page, []

        async def look(name: str) -> None:
            found.extend(await _looked_at(window, name, kept=kept))

        await window.go("/terms")
        await look("terms-public")
        await window.go("/help?from=/signin")
        await look("help-public")
        await window.go("/signup")
        await look("sign-up")
        await page.fill("#given_name", "Noor")
        await page.fill("#email", "noor@example.com")
        await page.fill("#password", "short")
        await page.click("main button.wide")
        await page.wait_for_selector("[role=alert]")
        await look("sign-up-mistake")
        await page.fill("#password", "seven geese and a blue door")
        await page.click("main button.wide")
        await page.wait_for_selector(".empty")
        await look("sign-up-mailbox")
        await window.go(await _link(world, "SIGN_UP"))
        await look("sign-up-confirm")
        await page.click("main summary")
        await page.fill("#another_password", "short")
        await page.click("main details button")
        await page.wait_for_selector("[role=alert]")
        await look("sign-up-confirm-mistake")
        await page.fill("#password", "seven geese and a blue door")
        await page.click("main button.wide")
        await page.wait_for_selector(".empty")
        await look("sign-up-done")
        await window.go("/signup/password")
        await look("forgotten")
        await page.fill("#email", "noor@example.com")
        await page.click("main button.wide")
        await page.wait_for_selector(".empty")
        await window.go(await _link(world, "NEW_PASSWORD"))
        await look("new-password")
        await page.fill("#password", "short")
        await page.click("main button.wide")
        await page.wait_for_selector("[role=alert]")
        await look("new-password-mistake")
        await window.go("/mail/confirm?token=nothing")
        await look("link-not-good")
        assert found == []


async def _link(world: World, purpose: str) -> str:
    """As the mail about the last one asked for has it."""
    ((number, email),) = await world.rows(
        "SELECT id, email FROM verification WHERE purpose = $1 ORDER BY id DESC LIMIT 1", purpose
    )
    keys = await load_keys(world.database)
    links = Links(keys.mail, keys.seal, "")
    assert isinstance(number, int)
    return links.confirming(number, purpose, str(email))


async def _of_the_account(window: Window, *, kept: bool) -> list[str]:
    """What is there only after something was done, or refused."""
    page, found = window.page, []

    async def look(name: str) -> None:
        found.extend(await _looked_at(window, name, kept=kept))

    await window.go("/app/profile")
    await page.fill("#email", "mia@b")
    await page.click("main form[action$=email] button")
    await page.wait_for_selector("[role=alert]")
    await look("profile-mistake")
    await window.go("/app/linked")
    await page.click("summary")
    await page.fill("#card", "7001")
    await page.fill("#code", "0")
    await page.click("main form[action$=card] button")
    await page.wait_for_selector("[role=alert]")
    await look("linked-mistake")
    await window.go("/app/linked")
    await page.click("main a.button")
    await look("linked-end")
    await window.go("/app/notifications")
    await page.check("[name=PROGRAMME_MAILS]")
    await page.click("main form[action$=mails] button")
    await page.wait_for_selector("[role=status].notice")
    await page.fill("#from", "22:00")
    await page.click("main form[action$=quiet] button")
    await page.wait_for_selector("[role=alert]")
    await look("notifications-mistake")
    await window.go("/app/data")
    await page.click("main form[action$=copies] button")
    await page.wait_for_selector("[role=status].notice")
    await window.go("/app/data/delete")
    await page.check("[name=understood]")
    await page.click("main form[action$=delete] button")
    await page.wait_for_selector("main form[action$=keep]")
    await look("data-leaving")
    await page.click("main form[action$=keep] button")
    await window.go("/app/display")
    await page.select_option("#language", "ar")
    await page.click("main form[action$=display] button")
    await page.wait_for_selector("html[dir=rtl]")
    await look("display-arabic")
    await window.go("/app/notifications")
    await look("notifications-arabic")
    await page.click("footer button[value=en]")
    return found


async def _missing(window: Window, world: World, mia: Person, *, kept: bool) -> list[str]:
    """A report with mistakes, one that was sent, and how each stands."""
    desk, found = Desk(world), []
    await window.go("/app/missing/report")
    await window.page.fill("#amount", "a lot")
    await window.page.fill("#day", str(desk.day()))
    await window.page.fill("#reference", "R-10382")
    await window.page.click("main .form .button >> nth=0")
    await window.page.wait_for_selector("[role=alert]")
    found += await _looked_at(window, "missing-mistake", kept=kept)
    await window.page.select_option("#brand", index=2)
    await window.page.fill("#amount", "24.80")
    await window.page.fill("#message", "In the evening, at the till by the door.")
    await window.page.set_input_files(
        "#receipt", {"name": "receipt.png", "mimeType": "image/png", "buffer": PNG}
    )
    await window.page.click("main .form .button >> nth=0")
    await window.page.wait_for_selector(".timeline")
    found += await _looked_at(window, "missing-done", kept=kept)
    (number,) = (int(str(one)) for (one,) in await world.rows("SELECT id FROM missing_purchase"))
    await desk.ask("bakery", number, "Which of our shops was it? The number is not one of ours.")
    given = await desk.report(mia, "grocer", amount="61.20", reference="2026-7719")
    await desk.approve("grocer", given)
    await desk.decline("fuel", await desk.report(mia, "fuel", amount="45.00", reference="88"))
    await desk.withdraw(mia, await desk.report(mia, "florist", reference="F-1"))
    await window.go("/app/missing")
    found += await _looked_at(window, "missing", kept=kept)
    for place, name in enumerate(("withdrawn", "declined", "given", "asked")):
        await window.go("/app/missing")
        await window.page.click(f".move a >> nth={place}")
        await window.page.wait_for_selector(".timeline")
        found += await _looked_at(window, f"missing-{name}", kept=kept)
    await window.page.click("main .form .button >> nth=0")
    await window.page.wait_for_selector("[role=alert]")
    return found + await _looked_at(window, "missing-nothing-said", kept=kept)


async def _looked_at(window: Window, name: str, *, kept: bool) -> list[str]:
    """`name`: of its pictures, where they are `kept`."""
    if not kept:
        return await window.barriers(each_way=name in EVERYTHING)
    SCREENS.mkdir(exist_ok=True)
    # What follows from a page looks as it does: one picture of it is enough.
    each_way = name in PAGES or name in {"sign-in", "sign-up"}
    return await window.barriers(SCREENS / name, each_way=each_way)
