"""Every page in every state, at a phone and at a desk, light and dark: no barrier that axe finds.

With `--screens` (`make screens`) each is kept as a picture under docs/screens/.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support import Person
from tests.support.edge import Edge
from tests.web.browser.chromium import Window, a_window
from tests.web.browser.story import sign_in

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
    "account": "/account",
    "components": "/app/components",
    "not-found": "/app/nothing",
}


async def test_no_page_has_a_barrier(
    browser: Browser, served: Edge, mia: Person, request: pytest.FixtureRequest
) -> None:
    del mia
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
        await window.go("/app/earn")
        await window.page.fill("#amount", "40")
        await window.page.click("main .filter button")
        await window.page.wait_for_selector(".result")
        found += await _looked_at(window, "estimate", kept=kept)
        assert found == []


async def _looked_at(window: Window, name: str, *, kept: bool) -> list[str]:
    """`name`: of its pictures, where they are `kept`."""
    if kept:
        SCREENS.mkdir(exist_ok=True)
    return await window.barriers(SCREENS / name if kept else None)
