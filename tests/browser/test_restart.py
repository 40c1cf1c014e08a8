"""The console after its collector was started again: how far judging is, and nothing that was told sounds anew."""

from dataclasses import replace

from playwright.sync_api import Page, expect

from jiankao_collector.judging_again import JudgingAgain
from tests.browser.test_console import ENTRY, LIVE, enter
from tests.support.browser import screenshot
from tests.support.console_server import ConsoleServer
from tests.support.full_room import INJECTED, alerts, fill
from tests.support.scripted_live import alert

COUNTING_TONES = """
window.tones = 0;
const thing = () => ({ connect: (other) => other, start() {}, stop() {}, frequency: {},
  gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } });
window.AudioContext = class {
  state = "running"; currentTime = 0; destination = {};
  async resume() {}
  createOscillator() { window.tones += 1; return thing(); }
  createGain() { return thing(); }
};
"""


def tones(page: Page) -> int:
    return int(page.evaluate("window.tones"))


def test_a_page_that_lived_through_a_restart(console: ConsoleServer, page: Page) -> None:
    fill(console.live, console.now_us())
    page.add_init_script(COUNTING_TONES)
    enter(page, console)
    page.locator("#sound").click()
    before = tones(page)
    entries = page.locator(ENTRY).count()
    assert (before, entries) == (2, len(alerts(0)) - 1), "the tone that says how it will sound"

    console.die()
    expect(page.locator("#lost")).to_be_visible()
    console.live.put(*(replace(seat, judged=False) for seat in console.live.seats()))
    console.live.again = JudgingAgain(0.436, 19.2)
    console.start()
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.locator("progress")).to_have_attribute("value", "43")
    expect(page.locator("#judging")).to_contain_text("正在重新评判已记录的内容：43 %，约剩 20 秒")
    expect(page.locator(".tile--unjudged")).to_have_count(60)
    expect(page.locator(ENTRY)).to_have_count(entries)
    expect(page.locator("#announcer")).to_be_empty()
    assert tones(page) == before, "what was told before is no news"
    screenshot(page, "judging-again-zh")
    page.locator("#language").click()
    expect(page.locator("#judging")).to_contain_text(
        "Judging again what was recorded: 43 %, about 20 s left"
    )
    screenshot(page, "judging-again-en")
    page.locator(".tile--alert").first.click()
    expect(page.locator(".verdict .unjudged")).to_have_text("not yet judged")
    screenshot(page, "judging-again-seat")
    page.go_back()
    page.locator("#language").click()
    expect(page.locator("#judging")).to_contain_text("正在重新评判")
    page.locator("body").press("Shift")
    page.evaluate("window.tones = 0")

    console.live.put(*(replace(seat, judged=True) for seat in console.live.seats()))
    console.live.again = None
    console.live.raise_alert()
    expect(page.locator("progress")).to_have_count(0)
    expect(page.locator(".tile--unjudged")).to_have_count(0)
    assert page.locator(ENTRY).count() == entries
    assert tones(page) == 0
    expect(page.locator("#announcer")).to_be_empty()
    console.live.raise_alert(alert(9, "33", INJECTED, room="三楼 301"))
    expect(page.locator("#announcer")).to_contain_text("新告警")
    assert tones(page) == 2
