"""Takes the README's pictures: a demo room with alerts, in both languages, and one seat.

Run as `python -m tests.browser.screenshot FOLDER`; make screenshot does.
"""

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.browser import open_page, running_browser
from tests.support.proctor import log_in

ALERTS = 5
"""How many alerts are on the screen when the picture is taken."""
_WAIT_MS = 240_000


def main(folder: Path) -> None:
    """Do it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        demo = subprocess.Popen(
            [
                *(Path(sys.executable).parent / "jiankao-collector", "demo", "--json"),
                *("--data", f"{data}/demo", "--grpc", "127.0.0.1:0", "--console", "127.0.0.1:0"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert demo.stdout is not None
            ready = json.loads(demo.stdout.readline())
            _take(ready["console"], ready["user"], ready["password"], folder)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)
            assert demo.stdout is not None
            demo.stdout.close()


def _take(url: str, user: str, password: str, folder: Path) -> None:
    with running_browser() as browser:
        for language, name in (("en", "en"), ("zh-CN", "zh")):
            with open_page(browser, language=language) as page:
                log_in(page, url, user, password)
                page.locator("#alerts-open > li").nth(ALERTS - 1).wait_for(timeout=_WAIT_MS)
                page.screenshot(path=folder / f"console-{name}.png")
                page.locator("#alerts-open > li a.entry__seat").last.click()
                page.locator("#live.live--on").wait_for()
                page.screenshot(path=folder / f"seat-{name}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
