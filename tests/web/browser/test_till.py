"""Both sides of a purchase at once: Mia's home page, and the till of examples/till in a process of
its own.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, expect

from coalition import redemption
from tests.support import Person, World
from tests.support.catalogue import member_actor
from tests.support.edge import Edge
from tests.web.browser.chromium import a_window
from tests.web.browser.story import come_in


@pytest.fixture
async def till(world: World, served: Edge) -> AsyncIterator[str]:
    """The address of the grocer's till."""
    # The till has a clock of its own, and no purchase is of the future.
    world.now = datetime.now(UTC)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "coalition_till", "--coalition", str(served.http.base_url),
        "--port", str(port),
        env=os.environ | {"COALITION_TILL_SECRET": served.secrets["grocer-till"]},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = (await process.stdout.readline()).decode()
        yield said.split()[-1]
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.long
async def test_mia_pays_with_points_and_sees_them_go_and_come(
    browser: Browser, served: Edge, world: World, till: str, mia: Person
) -> None:
    async with (
        a_window(browser, str(served.http.base_url)) as phone,
        a_window(browser, till) as shop,
    ):
        await come_in(phone, world)
        figure = phone.page.locator(".sum .big .figure")
        await expect(figure).to_have_text("1,247")
        await phone.listens()
        page = shop.page
        await shop.go("/")
        await page.click("main form button")
        found = await shop.barriers()
        await page.fill("#bread", "1")
        await page.fill("#other", "5.80")
        await page.click("main form button")
        await page.fill("#token", "made-up")
        await page.fill("#amount", "2.50")
        await page.click("text=Set points aside")
        found += await shop.barriers()
        code = await redemption.issue_till_token(
            world.office, actor=member_actor(mia), now=world.now
        )
        await page.fill("#token", code.token)
        await page.keyboard.press("Enter")
        await expect(page.locator(".notice.good")).to_have_text("500 points are set aside.")
        await expect(figure).to_have_text("747")
        await page.fill("#card", mia.card)
        await page.keyboard.press("Enter")
        await expect(page.locator(".earned")).to_contain_text("+10 points for card 9840-00000001")
        await expect(phone.page.locator("#announce")).to_contain_text("+10 at Harvest Grocer.")
        found += await shop.barriers()
        await page.click("text=Take back everything")
        await expect(figure).to_have_text("1,247")
        assert found == []
