"""What the proctor sees, in a real browser on a computer of its own, when a seat's remote control begins."""

import subprocess
import sys
from pathlib import Path

from tests.support.exam_room import ExamRoom

WITHIN_US = 2_000_000
PICTURE = Path(__file__).parents[2] / "output" / "alert-on-the-console.png"


def test_the_alert_is_on_the_screen_within_two_seconds(room: ExamRoom) -> None:
    password = (room.collector.data / "first-password").read_text().strip()
    url = f"https://{room.collector.host.address}:8443"
    PICTURE.unlink(missing_ok=True)
    browser = room.switch.host("proctor").start(
        *(sys.executable, "-m", "tests.support.proctor"),
        *(url, "chief", password, "x11vnc", PICTURE),
        stdout=subprocess.PIPE,
    )
    with browser:
        assert browser.process.stdout is not None
        assert browser.process.stdout.readline() == "watching\n"
        began_us = room.seats["01"].start_vnc().started_us()
        shown = browser.process.stdout.readline()
        assert shown, "the browser ended without seeing the alert"
        assert browser.process.wait(30) == 0
    delay_us = int(shown) - began_us
    sys.stdout.write(f"from the start of x11vnc to the proctor's screen: {delay_us // 1000} ms\n")
    assert delay_us <= WITHIN_US
    assert PICTURE.stat().st_size > 20_000
