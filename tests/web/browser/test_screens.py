"""Every page in every state, at a phone and at a desk, light and dark: no barrier that axe finds.

With `--screens` (`make screens`) each is kept as a picture under docs/screens/.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support import Person
from tests.support.edge import Edge
from tests.web.browser.chromium import Window, a_window
from tests.web.browser.story import BO_CARD, CY_CARD, sign_in

SCREENS = Path(__file__).parents[3] / "docs" / "screens"
PAGES = {
    "home": "/app",
    "card": "/app/card",
    "activity": "/app/activity",
    "activity-nothing": "/app/activity?kind=ended",
    "activity-mistake": "/app/activity?since=2026-03-10&until=2026-03-01",
    "expiry": "/app/expiry",
    "earn": "/app/earn",
    "more": "/app/more",
    "household": "/app/household",
    "household-leave": "/app/household/leave",
    "transfer": "/app/transfer",
    "account": "/account",
    "components": "/app/components",
    "not-found": "/app/nothing",
}
WAYS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.mark.parametrize(("width", "scheme"), WAYS)
async def test_no_page_has_a_barrier(
    width: int, scheme: str, browser: Browser, served: Edge, mia: Person,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    del mia
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
        found += await _shared(window, width, scheme, kept=kept)
        assert found == []


async def _shared(window: Window, width: int, scheme: str, *, kept: bool) -> list[str]:
    """The forms of a household and of a gift: refused, looked at, done."""
    page, found = window.page, []

    async def look(name: str) -> None:
        found.extend(await _looked_at(window, name, width, scheme, kept=kept))

    await window.go("/app/household")
    await page.click("a:text('Cy')")
    await look("household-member")
    await window.go("/app/household")
    await page.fill("#card", CY_CARD)
    await page.click("main form .wide")
    await page.wait_for_selector("[role=alert]")
    await look("household-refused")
    await window.go("/app/transfer")
    await page.fill("#card", BO_CARD)
    await page.fill("#points", "120")
    await page.click("main form .wide")
    await page.wait_for_selector("dl.facts")
    await look("transfer-check")
    await window.go("/app/transfer?done=sent")
    await look("transfer-done")
    await window.go("/app/transfer")
    await page.fill("#card", "0000")
    await page.fill("#points", "120")
    await page.click("main form .wide")
    await page.wait_for_selector("[role=alert]")
    await look("transfer-refused")
    return found


async def _looked_at(
    window: Window, name: str, width: int, scheme: str, *, kept: bool
) -> list[str]:
    if kept:
        way = f"{'phone' if width == 390 else 'desk'}-{scheme}"
        SCREENS.mkdir(exist_ok=True)
        await window.page.screenshot(path=SCREENS / f"{name}-{way}.png", full_page=width != 390)
    return await window.barriers()
