"""A proctor at a browser of their own: logs in, waits for an alert to appear, and keeps a picture of the screen.

Run as `python -m tests.support.proctor URL USER PASSWORD TEXT PICTURE` on the proctor's host. Prints `watching` when
the room is on the screen and live, then the time (microseconds since the epoch) at which an alert holding TEXT was on
it, and leaves a picture.
"""

import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.support.browser import ARGUMENTS, chromium


def log_in(page: Page, url: str, user: str, password: str) -> None:
    """Go from the log-in page to the live room."""
    page.goto(url)
    page.locator("input[name=name]").fill(user)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.locator("#live.live--on").wait_for(timeout=20_000)


def main(url: str, user: str, password: str, text: str, picture: str) -> None:
    """Do it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        # The collector's own authority is not in this browser; deploy.md says how a technician puts it there.
        context = browser.new_context(
            ignore_https_errors=True, locale="en", viewport={"width": 1366, "height": 768}
        )
        page = context.new_page()
        log_in(page, url, user, password)
        sys.stdout.write("watching\n")
        sys.stdout.flush()
        page.locator("#alerts-open > li", has_text=text).first.wait_for(timeout=30_000)
        sys.stdout.write(f"{time.time_ns() // 1000}\n")
        sys.stdout.flush()
        Path(picture).parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
