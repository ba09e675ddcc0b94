"""The browser, and what it must never do: break the policy of a page or ask another host."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)
from playwright.async_api import Request as Asked

_AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
_RULES = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
]  # fmt: skip
_ASK_AXE = """async asked => {
  const {violations} = await axe.run(document, {runOnly: asked, resultTypes: ['violations']});
  return violations.flatMap(one => one.nodes.map(
    node => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary || ''}`));
}"""
PHONE = 390
_PATIENCE = 45.0
_SOON = 20_000
SIZES = ((PHONE, 844), (1280, 900))
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
DIAGONAL = ((PHONE, "light"), (1280, "dark"))
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
# What a browser says of every answer that is an error, and no fault of the page.
_EXPECTED = ("Failed to load resource",)


def chromium() -> str:
    """Raises `RuntimeError` where there is none: `scripts/setup_browser` brings one on Debian."""
    found = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if not found:
        raise RuntimeError("No Chromium was found: run scripts/setup_browser.")
    return found


expect.set_options(timeout=_SOON)


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        try:
            yield browser
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await browser.close()


@dataclass
class Window:
    """One context of a browser with one page. `wrong`: what went against the rules."""

    context: BrowserContext
    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def barriers(self, kept: Path | None = None, *, each_way: bool = True) -> list[str]:
        """As `_barriers`, which is asked once more where the browser gives no answer: now and then
        it loses one on a busy machine, and it has no limit of time for those of scripts.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await self._barriers(kept, each_way=each_way)
        async with asyncio.timeout(_PATIENCE):
            return await self._barriers(kept, each_way=each_way)

    async def _barriers(self, kept: Path | None, *, each_way: bool) -> list[str]:
        """What axe finds on the page as it stands: as a phone shows it in the light and as a desk
        does in the dark; `each_way`: in the other two ways too. What a page has does not depend on
        light or dark, and its colours not on the width (`tests/web/test_style.py`), so two ways
        find what four do.
        `kept`: what pictures of it are called; they end in their way, as in `-phone-dark.png`;
        without `each_way`, one as a phone shows it in the light.
        """
        found = []
        await self.page.evaluate(_AXE)
        for width, height in SIZES:
            await self.page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                if not each_way and (width, scheme) not in DIAGONAL:
                    continue
                await self.page.emulate_media(color_scheme=scheme)
                told = await self.page.evaluate(_ASK_AXE, {"type": "tag", "values": _RULES})
                found += [f"{self.page.url} at {width}, {scheme}: {one}" for one in told]
                if kept is not None and (each_way or (width, scheme) == DIAGONAL[0]):
                    way = f"{'phone' if width == PHONE else 'desk'}-{scheme}"
                    path = kept.with_name(f"{kept.name}-{way}.png")
                    await self.page.screenshot(path=path, full_page=width != PHONE)
        await self.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
        await self.page.emulate_media(color_scheme=SCHEMES[0])
        return found

    async def until(self, expression: str) -> None:
        """Until a script's expression holds. Playwright's `wait_for_function` would ask the page to
        look again by itself, which the policy of our pages forbids from the second look on.
        """
        async with asyncio.timeout(_PATIENCE):
            while not await self.page.evaluate(f"!!({expression})"):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)

    async def listens(self) -> None:
        """Until the stream of live changes is open; what it says first is how things stand."""
        await self.until("document.querySelector('[hx-sse\\\\:connect]')._htmx?.sse")

    async def says(self, text: str) -> bool:
        """Soon: what was clicked may lead to a page that is still to come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SOON / 1000):
                while not await self._says(text):  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.02)
                return True
        return False

    async def _says(self, text: str) -> bool:
        return text in " ".join((await self.page.inner_text("main")).split())

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_EXPECTED):
            self.wrong.append(f"{message.type}: {message.text}")

    def asked(self, request: Asked) -> None:
        host = urlsplit(request.url)
        if host.scheme not in {"data", "blob"} and not request.url.startswith(self.url):
            self.wrong.append(f"asked another host: {request.url}")


@asynccontextmanager
async def a_window(
    browser: Browser,
    url: str,
    *,
    width: int = PHONE,
    scripts: bool = True,
    language: str = "en-GB",
) -> AsyncIterator[Window]:
    """A window of its own; what is wrong in the end fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 844 if width < 800 else 900},
        color_scheme=SCHEMES[0],
        java_script_enabled=scripts,
        locale=language,
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(_SOON)
    window = Window(context, page, url)
    page.on("console", window.heard)
    page.on("pageerror", lambda error: window.wrong.append(f"script: {error}"))
    page.on("request", window.asked)
    try:
        yield window
    finally:
        # What it has not closed by then ends with the browser.
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await context.close()
    assert not window.wrong, "\n".join(window.wrong)
