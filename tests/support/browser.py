"""A real Chromium, headless, for tests that look at pages as people do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE_MS = 20_000
SCREENSHOTS = Path(__file__).parents[2] / "output"


class NoChromiumError(Exception):
    """There is no browser to test with; the message says which package brings one."""


def chromium() -> str:
    """Return the path of a Chromium. Raises NoChromiumError: these tests are never skipped."""
    asked = os.environ.get("JIANKAO_CHROMIUM", "")
    for name in (asked,) if asked else NAMES:
        if path := shutil.which(name):
            return path
    raise NoChromiumError(
        f"no {asked or 'Chromium'} on this machine: "
        "apt-get install chromium fonts-noto-cjk (or name one in JIANKAO_CHROMIUM)"
    )


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run one Chromium for many pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(
    browser: Browser,
    *,
    language: str = "zh-CN",
    width: int = 1366,
    height: int = 768,
    dark: bool = False,
) -> Iterator[Page]:
    """Open a page of its own: no cookies, nothing remembered. What the page complains of fails the test."""
    context = browser.new_context(
        locale=language,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    )
    context.set_default_timeout(DEADLINE_MS)
    complaints = _complaints(context)
    try:
        yield context.new_page()
        assert complaints == []
    finally:
        context.close()


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of a page under output/, which git ignores."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path


def _complaints(context: BrowserContext) -> list[str]:
    """Collect script errors and refused resources; a lost connection is not one: tests cause it on purpose."""
    found: list[str] = []
    context.on("weberror", lambda error: found.append(str(error.error)))
    context.on(
        "console",
        lambda message: (
            found.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    return found
