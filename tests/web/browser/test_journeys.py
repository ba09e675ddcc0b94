"""What a member does, in a browser: with and without JavaScript, at a phone and at a desk."""

import time

import pytest
from playwright.async_api import Browser, expect

from tests.support import Person, World, assert_books_balance
from tests.support.catalogue import Counter
from tests.support.edge import Edge
from tests.web.browser.chromium import Window, a_window
from tests.web.browser.story import sign_in

WAYS = [(390, "with scripts"), (390, "without"), (1280, "with scripts"), (1280, "without")]


@pytest.mark.parametrize(("width", "scripts"), WAYS)
async def test_a_member_looks_around_and_leaves(
    width: int, scripts: str, browser: Browser, served: Edge, mia: Person
) -> None:
    del mia
    url = str(served.http.base_url)
    async with a_window(browser, url, width=width, scripts=scripts == "with scripts") as window:
        page = window.page
        await sign_in(window)
        assert await window.says("Hello, Mia")
        assert await window.says("1,247 points")
        await page.click("nav.tabs >> text=Activity")
        await page.click("summary")
        await page.select_option("#kind", "spent")
        await page.click("main form.filter button")
        await page.wait_for_url("**/app/activity?*kind=spent*")
        assert await page.locator(".move").count() == 3
        await page.click(".move a >> nth=1")
        await expect(page.locator("h1")).to_have_text("Spent")
        assert await window.says("Which points were spent")
        await page.click("nav.tabs >> text=More")
        await page.click("main >> text=Earn points")
        await page.select_option("#brand", label="Corner Bakery (USD)")
        await page.fill("#amount", "40")
        await page.click("main .filter button")
        await expect(page.locator(".result .big")).to_contain_text("80")
        await page.click("nav.tabs >> text=Card")
        assert await window.says("9840-00000001")
        await page.click("footer >> text=Deutsch")
        await expect(page.locator("h1")).to_have_text("Deine Karte")
        assert page.url.endswith("/app/card")
        await page.click("footer >> text=English")
        await page.click("nav.tabs >> text=More")
        await page.click("main form button")
        await page.wait_for_url("**/app/goodbye")
        await window.go("/app")
        await page.wait_for_url("**/signin?*")


@pytest.mark.parametrize(("width", "scripts"), [(390, "with scripts"), (1280, "without")])
async def test_a_member_redeems_a_reward_gives_it_back_and_uses_the_next(
    width: int, scripts: str, browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    url, has_scripts = str(served.http.base_url), scripts == "with scripts"
    async with a_window(browser, url, width=width, scripts=has_scripts) as window:
        page = window.page
        await sign_in(window)
        await page.click("nav.tabs >> text=Rewards")
        await page.click("summary")
        await page.check("[name=reach]")
        await page.click("main form.filter button")
        await page.wait_for_url("**/app/rewards?*reach=1*")
        await page.click(".reward a >> text=Five Off Your Breakfast")
        assert await window.says("You have 1,247 It costs \N{MINUS SIGN}250 You have after it 997")
        await page.dblclick("text=Redeem for 250 points")
        await page.wait_for_url("**/app/vouchers/*?new=1")
        assert await window.says("FIVE-0001")
        assert (await world.balance(mia)).available == 997
        await page.click("a.button >> text=Give it back")
        await page.click("main button.danger")
        await page.wait_for_url("**/app/vouchers/*?back=1")
        assert await window.says("250 points are back")
        await window.go("/app/rewards")
        await page.click(".reward a >> text=Five Off Your Breakfast")
        await page.click("text=Redeem for 250 points")
        await page.wait_for_url("**/app/vouchers/*?new=1")
        assert await page.locator("text=Copy the code").is_visible() == has_scripts
        if has_scripts:
            await _until_it_listens(window)
        began = time.monotonic()
        await Counter(world).use("bakery", "FIVE-0002")
        if not has_scripts:
            await page.reload()
        await expect(page.locator("#state")).to_have_text("Used", timeout=3000)
        assert not has_scripts or time.monotonic() - began < 1
        await page.click("main >> text=My vouchers >> nth=-1")
        assert await window.says("No vouchers to use")
    await assert_books_balance(world)


async def test_the_balance_changes_before_ones_eyes_and_is_announced(
    browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    async with a_window(browser, str(served.http.base_url)) as window:
        await sign_in(window)
        figure = window.page.locator(".sum .big .figure")
        await expect(figure).to_have_text("1,247")
        await _until_it_listens(window)
        began = time.monotonic()
        await world.redeem("bakery", mia, 247)
        await expect(figure).to_have_text("1,000", timeout=3000)
        assert time.monotonic() - began < 1
        await expect(window.page.locator("#announce")).to_have_text(
            "\N{MINUS SIGN}247 at Corner Bakery. You have 1,000 to spend now."
        )


async def test_the_card_opens_without_a_network_and_not_after_signing_out(
    browser: Browser, served: Edge, mia: Person
) -> None:
    del mia
    async with a_window(browser, str(served.http.base_url)) as window:
        page = window.page
        await sign_in(window)
        await window.go("/app/card")
        await page.evaluate("navigator.serviceWorker.ready")
        await page.reload()
        await page.wait_for_function("navigator.serviceWorker.controller")
        await page.reload()
        await window.context.set_offline(True)
        await page.reload()
        assert await window.says("9840-00000001")
        await window.context.set_offline(False)
        await window.go("/app/more")
        await page.click("main form button")
        await page.wait_for_url("**/app/goodbye")
        kept = await page.evaluate("caches.keys()")
        assert kept == []
        window.wrong = [one for one in window.wrong if "ERR_INTERNET_DISCONNECTED" not in one]


async def test_a_code_to_pay_with_is_another_one_before_it_ends(
    browser: Browser, served: Edge, mia: Person
) -> None:
    del mia
    async with a_window(browser, str(served.http.base_url)) as window:
        page = window.page
        await sign_in(window)
        await page.clock.install()
        await window.go("/app/card")
        await page.click("text=Pay with points")
        code = await page.inner_text("#token bdi")
        await page.clock.fast_forward(51_000)
        await expect(page.locator("#token bdi")).not_to_have_text(code)
        code = await page.inner_text("#token bdi")
        await page.clock.fast_forward(51_000)
        await expect(page.locator("#token bdi")).not_to_have_text(code)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 390])
async def test_no_page_scrolls_sideways(
    width: int, language: str, browser: Browser, served: Edge, mia: Person
) -> None:
    """At 320 pixels, and at 390 with text twice as large; from right to left too."""
    del mia
    url = str(served.http.base_url)
    async with a_window(browser, url, width=width, language=language) as window:
        await sign_in(window)
        if width == 390:
            await window.context.add_init_script(
                "document.addEventListener('DOMContentLoaded',"
                " () => { document.documentElement.style.fontSize = '200%'; })"
            )
        wide = []
        for path in (
            "/app", "/app/card", "/app/card/pay", "/app/activity", "/app/expiry", "/app/earn",
            "/app/rewards", "/app/rewards?least=x", "/app/vouchers", "/app/security", "/account",
        ):  # fmt: skip
            await window.go(path)
            over = await window.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if over > 0:
                wide.append((path, over))
        direction = await window.page.get_attribute("html", "dir")
        assert direction == ("rtl" if language == "ar" else "ltr")
        assert wide == []


async def test_all_is_reached_by_keyboard_and_seen_when_it_is(
    browser: Browser, served: Edge, mia: Person
) -> None:
    del mia
    async with a_window(browser, str(served.http.base_url)) as window:
        page = window.page
        await sign_in(window)
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        bar = await page.locator(".tabs").bounding_box()
        assert bar is not None
        for _ in range(12):
            await page.keyboard.press("Tab")
            box = await page.evaluate(
                "(() => { const r = document.activeElement.getBoundingClientRect();"
                " return [r.top, r.bottom, !!document.activeElement.closest('.tabs')]; })()"
            )
            if not box[2]:
                assert box[0] >= 0
                assert box[1] <= bar["y"] + 1, "hidden by the bar"


async def _until_it_listens(window: Window) -> None:
    """Until the stream has said for the first time how things stand."""
    await window.page.wait_for_function("document.querySelector('[hx-sse\\\\:connect]')._htmx?.sse")
    await window.page.wait_for_timeout(300)
