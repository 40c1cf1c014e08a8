"""The solver's browser: opens noVNC's page and uses mouse and keyboard on the seat's screen in it.

Run as `python -m tests.real_programs.novnc_browser URL`; prints `driven` when it is done.
"""

import sys
import time

from playwright.sync_api import sync_playwright

from tests.support.browser import ARGUMENTS, chromium


def main(url: str) -> None:
    """Do it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1100, "height": 850})
        page.goto(url)
        page.get_by_text("Connected to").wait_for(timeout=20_000)
        for turn in range(15):
            page.mouse.move(200 + 20 * turn, 200 + 10 * turn)
            page.mouse.click(200 + 20 * turn, 200 + 10 * turn)
            page.keyboard.press("a")
            time.sleep(0.1)
        browser.close()
    sys.stdout.write("driven\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
