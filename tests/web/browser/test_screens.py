"""Every page in every state, at a phone and at a desk, light and dark: no barrier that axe finds.

With `--screens` (`make screens`) each is kept as a picture under docs/screens/.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support import Person, World
from tests.support.catalogue import lock
from tests.support.edge import Edge
from tests.web.browser.chromium import Window, a_window
from tests.web.browser.story import sign_in, what_mia_redeemed

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
    "more": "/app/more",
    "account": "/account",
    "components": "/app/components",
    "not-found": "/app/nothing",
}
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
WAYS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.mark.parametrize(("width", "scheme"), WAYS)
async def test_no_page_has_a_barrier(
    width: int, scheme: str, browser: Browser, served: Edge, world: World, mia: Person,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    await what_mia_redeemed(world, mia)
    kept = request.config.getoption("--screens")
    async with a_window(browser, str(served.http.base_url), width=width, scheme=scheme) as window:
        await window.go("/signin")
        found = await _looked_at(window, "sign-in", width, scheme, kept=kept)
        await sign_in(window)
        for name, path in PAGES.items():
            await window.go(path)
            found += await _looked_at(window, name, width, scheme, kept=kept)
        await window.go("/app/activity")
        await window.page.click(".move a >> nth=1")
        found += await _looked_at(window, "movement", width, scheme, kept=kept)
        await window.go("/app/earn")
        await window.page.fill("#amount", "40")
        await window.page.click("main .filter button")
        await window.page.wait_for_selector(".result")
        found += await _looked_at(window, "estimate", width, scheme, kept=kept)
        for name, steps in STEPS.items():
            await window.go(steps[0])
            for step in steps[1:]:
                async with window.page.expect_navigation():
                    await window.page.click(step)
            found += await _looked_at(window, name, width, scheme, kept=kept)
        await window.go("/app/rewards")
        await window.page.click(".reward a >> text=Five Off")
        await lock(world, mia)
        await window.page.click("main button.wide >> nth=0")
        await window.page.wait_for_selector("[role=alert]")
        found += await _looked_at(window, "reward-refused", width, scheme, kept=kept)
        for name, path in LOCKED.items():
            await window.go(path)
            found += await _looked_at(window, name, width, scheme, kept=kept)
        assert found == []


async def _looked_at(
    window: Window, name: str, width: int, scheme: str, *, kept: bool
) -> list[str]:
    if kept:
        way = f"{'phone' if width == 390 else 'desk'}-{scheme}"
        SCREENS.mkdir(exist_ok=True)
        await window.page.screenshot(path=SCREENS / f"{name}-{way}.png", full_page=width != 390)
    return await window.barriers()
