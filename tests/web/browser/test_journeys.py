"""What a member does, in a browser: with and without JavaScript, at a phone and at a desk."""

import asyncio
import time

import pytest
from playwright.async_api import Browser, expect

from tests.support import Person, World, assert_books_balance
from tests.support.catalogue import Counter
from tests.support.edge import Edge
from tests.support.promise import WITHIN_A_SECOND
from tests.web.browser.chromium import PHONE, Window, a_window
from tests.web.browser.story import MIA, come_in, sign_in

# A phone with scripts and a desk without: each width and each way once.
WAYS = [(PHONE, "with scripts"), (1280, "without")]


@pytest.mark.long
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


@pytest.mark.long
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
            await window.listens()
        began = time.monotonic()
        await Counter(world).use("bakery", "FIVE-0002")
        if not has_scripts:
            await page.reload()
        await expect(page.locator("#state")).to_have_text("Used")
        assert not has_scripts or time.monotonic() - began < WITHIN_A_SECOND
        await page.click("main >> text=My vouchers >> nth=-1")
        assert await window.says("No vouchers to use")
    await assert_books_balance(world)


async def test_of_two_windows_that_spend_one_balance_at_once_one_is_told_to_look_again(
    browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    """Each is within reach alone, and both are not: one goes through, and the other says why."""
    url, prices = str(served.http.base_url), {"Hamper": 900, "Bunch Of Tulips": 450}
    async with a_window(browser, url) as phone, a_window(browser, url, width=1280) as desk:
        windows = dict(zip(prices, (phone, desk), strict=True))
        for name, window in windows.items():
            await come_in(window, world)
            await window.go("/app/rewards")
            await window.page.click(f".reward a >> text={name}")
        await asyncio.gather(*(_confirmed(window) for window in windows.values()))
        refused = [name for name, one in windows.items() if "/app/vouchers/" not in one.page.url]
        assert len(refused) == 1
        (spent,) = [price for name, price in prices.items() if name not in refused]
        loser = windows[refused[0]]
        alert = loser.page.locator("main [role=alert]")
        await expect(alert).to_contain_text("You have fewer points to spend than this.")
        assert (await world.balance(mia)).available == 1247 - spent
        # Back from where it went through: what is there is read anew, and nothing is spent by that.
        (winner,) = [one for one in windows.values() if one is not loser]
        await winner.page.go_back()
        assert await winner.says(f"You have {1247 - spent:,}")
        assert (await world.balance(mia)).available == 1247 - spent
    await assert_books_balance(world)


async def _confirmed(window: Window) -> None:
    async with window.page.expect_navigation():
        await window.page.click("main form button.wide >> nth=0")


async def test_the_balance_changes_before_ones_eyes_and_is_announced(
    browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    async with a_window(browser, str(served.http.base_url)) as window:
        await come_in(window, world)
        figure = window.page.locator(".sum .big .figure")
        await expect(figure).to_have_text("1,247")
        await window.listens()
        await expect(figure).to_have_text("1,247")
        began = time.monotonic()
        await world.redeem("bakery", mia, 247)
        await expect(figure).to_have_text("1,000")
        assert time.monotonic() - began < WITHIN_A_SECOND
        await expect(window.page.locator("#announce")).to_have_text(
            "\N{MINUS SIGN}247 at Corner Bakery. You have 1,000 to spend now."
        )


async def test_the_card_opens_without_a_network_and_not_after_signing_out(
    browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    del mia
    async with a_window(browser, str(served.http.base_url)) as window:
        page = window.page
        await come_in(window, world)
        await window.go("/app/card")
        await page.evaluate("navigator.serviceWorker.ready")
        await page.reload()
        await window.until("navigator.serviceWorker.controller")
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
async def test_no_page_scrolls_sideways(
    language: str, browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    """At 320 pixels, and at 390 with text twice as large; from right to left too."""
    del mia
    url = str(served.http.base_url)
    async with a_window(browser, url, width=320, language=language) as window:
        page = window.page
        await come_in(window, world)
        wide = []
        for path in (
            "/app", "/app/card", "/app/card/pay", "/app/activity", "/app/expiry", "/app/earn",
            "/app/rewards", "/app/rewards?least=x", "/app/vouchers", "/app/security", "/account",
        ):  # fmt: skip
            await window.go(path)
            for width, size in ((320, "100%"), (PHONE, "200%")):
                await page.set_viewport_size({"width": width, "height": 844})
                over = await page.evaluate(_OVER, size)
                if over > 0:
                    wide.append((path, width, over))
        direction = await page.get_attribute("html", "dir")
        assert direction == ("rtl" if language == "ar" else "ltr")
        assert wide == []


async def test_all_is_reached_and_done_by_keyboard_and_seen_when_it_is(
    browser: Browser, served: Edge, world: World, mia: Person
) -> None:
    del mia
    async with a_window(browser, str(served.http.base_url)) as window:
        page = window.page
        await come_in(window, world)
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await _seen_all_the_way(window, 12)
        # To another part by its tab, and there to an answer that is swapped in. From "#main", where
        # the focus is now, it would depend on the hour how far away that tab is.
        await window.go("/app")
        await _tab_to(window, 'nav.tabs a[href="/app/more"]')
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/app/more")
        await _tab_to(window, 'main a[href="/app/earn"]')
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/app/earn")
        await expect(page.locator("h1")).to_have_text("Earn points")
        assert "Earn points" in await page.title()
        await _tab_to(window, "#amount")
        await page.keyboard.type("40")
        await page.keyboard.press("Enter")
        await expect(page.locator("#estimate .result")).to_be_visible()
        # Who asked stays where it was, and the answer is read out.
        await expect(page.locator("#amount")).to_be_focused()
        assert await page.get_attribute("#estimate", "role") == "status"


async def test_a_passkey_is_made_and_signs_in(browser: Browser, served: Edge, mia: Person) -> None:
    """With a device of the browser's own (WebAuthn level 3 section 11), which says yes to all."""
    del mia
    async with a_window(browser, str(served.http.base_url)) as window:
        page = window.page
        device = await window.context.new_cdp_session(page)
        await device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True,
        }  # fmt: skip
        made = await device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        await sign_in(window)
        await window.go("/account")
        await page.fill("#new-name", "Mia's phone")
        await page.click("text=Add a passkey")
        await expect(page.get_by_role("button", name="Remove Mia's phone")).to_be_visible()
        held = await device.send(
            "WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]}
        )
        assert [one["rpId"] for one in held["credentials"]] == ["localhost"]
        await window.go("/app/more")
        await page.click("main form button")
        await page.wait_for_url("**/app/goodbye")
        await window.go("/app")
        await page.click("text=Sign in with a passkey")
        await page.wait_for_url("**/app")
        assert await window.says("Hello, Mia")
        await window.go("/account")
        assert await window.says(MIA)
        assert await window.says("Last used")


_OVER = """size => {
  document.documentElement.style.fontSize = size;
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}"""
_FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  return {top: box.top, bottom: box.bottom, inTabs: !!one.closest('.tabs'),
          outline: getComputedStyle(one).outlineStyle, is: one.outerHTML.slice(0, 120)};
}"""


async def _seen_all_the_way(window: Window, steps: int) -> None:
    """What has the focus is shown to have it, and the bar at the bottom hides none of it."""
    bar = await window.page.locator(".tabs").bounding_box()
    assert bar is not None
    for _ in range(steps):
        await window.page.keyboard.press("Tab")
        one = await window.page.evaluate(_FOCUSED)
        assert one["outline"] != "none", one
        if not one["inTabs"]:
            assert one["top"] >= 0, one
            assert one["bottom"] <= bar["y"] + 1, one


async def _tab_to(window: Window, selector: str) -> None:
    """By the keyboard alone."""
    for _ in range(30):
        await window.page.keyboard.press("Tab")
        if await window.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the keyboard.")
