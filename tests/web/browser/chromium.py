"""The browser, and what it must never do: break the policy of a page or ask another host."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright
from playwright.async_api import Request as Asked

_AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
_RULES = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
]  # fmt: skip
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


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        try:
            yield browser
        finally:
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

    async def barriers(self) -> list[str]:
        """What axe finds on the page as it stands."""
        await self.page.evaluate(_AXE)
        found = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES
        )
        return [
            f"{self.page.url} {one['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    async def says(self, text: str) -> bool:
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
    width: int = 390,
    scheme: str = "light",
    scripts: bool = True,
    language: str = "en-GB",
) -> AsyncIterator[Window]:
    """A window of its own; what is wrong in the end fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 844 if width < 800 else 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        locale=language,
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    window = Window(context, page, url)
    page.on("console", window.heard)
    page.on("pageerror", lambda error: window.wrong.append(f"script: {error}"))
    page.on("request", window.asked)
    try:
        yield window
    finally:
        await context.close()
    assert not window.wrong, "\n".join(window.wrong)
