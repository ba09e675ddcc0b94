"""What a member does, in a browser: with and without JavaScript, at a phone and at a desk."""

import time

import pytest
from playwright.async_api import Browser, expect

from tests.support import Person, World
from tests.support.edge import Edge
from tests.web.browser.chromium import a_window
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
        await page.click("nav.tabs >> text=Earn")
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


async def test_the_balance_changes_before_ones_eyes_and_is_announced(
    browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    async with a_window(browser, str(served.http.base_url)) as window:
        await sign_in(window)
        figure = window.page.locator(".sum .big .figure")
        await expect(figure).to_have_text("1,247")
        # Until the stream has said for the first time how things stand.
        await window.page.wait_for_function(
            "document.querySelector('[hx-sse\\\\:connect]')._htmx?.sse"
        )
        await window.page.wait_for_timeout(300)
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
        for path in ("/app", "/app/card", "/app/activity", "/app/expiry", "/app/earn", "/account"):
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
