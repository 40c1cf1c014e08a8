"""The console in a real browser: what a proctor sees, without touching reload."""

import threading

import pytest
from playwright.sync_api import Browser, Page, expect

from jiankao_collector.scoring.seats import SeatState
from jiankao_proto.records import AlertAcknowledged, AlertRuled, OperatorAction, Ruling
from tests.support.browser import NoChromiumError, chromium, open_page, screenshot
from tests.support.console_server import PASSWORD, ConsoleServer
from tests.support.full_room import INJECTED, REMOTE, fill
from tests.support.scripted_live import SECOND, alert, finding, seat

LIVE = ".live--on"
ENTRY = "#alerts-open > li"


def enter(page: Page, console: ConsoleServer, path: str = "/") -> None:
    """Open a page as a proctor who has logged in, and wait until it is live."""
    for name, value in console.web_session().items():
        page.context.add_cookies([{"name": name, "value": value, "url": console.url}])
    page.goto(console.url + path)
    expect(page.locator(LIVE)).to_be_visible()


def seats(page: Page, state: SeatState) -> int:
    return page.locator(f".tile--{state}").count()


def test_a_proctor_logs_in_and_the_room_is_live(console: ConsoleServer, page: Page) -> None:
    console.live.put(seat("01"))
    page.goto(console.url)
    expect(page).to_have_title("登录监考台 · 监考")
    page.get_by_label("用户名").fill("li.na")
    page.get_by_label("密码").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("用户名或密码不对，请重新输入。")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(LIVE)).to_contain_text("实时")
    expect(page.locator(".tile")).to_contain_text("监看中")
    actions = [r.body.action for r in console.records() if isinstance(r.body, OperatorAction)]
    assert actions == ["log-in-refused", "log-in"]


def test_an_alert_appears_without_reload_and_grows_in_place(
    console: ConsoleServer, page: Page
) -> None:
    console.live.put(seat("01"), seat("02"))
    enter(page, console)
    expect(page.get_by_text("没有未确认的告警。")).to_be_visible()
    page.evaluate("document.body.dataset.sameDocument = 'yes'")
    console.live.raise_alert(alert(1, "02", REMOTE))
    console.live.put(seat("02", SeatState.ALERT, score=60))
    expect(page.locator(ENTRY)).to_have_count(1)
    expect(page.locator(ENTRY)).to_contain_text(REMOTE.reason_zh)
    expect(page.locator(".tile--alert .badge")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("新告警")
    expect(page).to_have_title("(1) 考场总览 · 监考")
    page.locator(f"{ENTRY} summary").click()
    console.live.raise_alert(alert(1, "02", REMOTE, INJECTED, revision=2))
    expect(page.locator(ENTRY)).to_contain_text(INJECTED.reason_zh)
    expect(page.locator(ENTRY)).to_have_count(1)
    assert page.locator(f"{ENTRY} details").evaluate("fold => fold.open")
    assert page.evaluate("document.body.dataset.sameDocument") == "yes"


def test_acknowledging_with_a_note(console: ConsoleServer, page: Page) -> None:
    console.live.put(seat("02", SeatState.ALERT))
    console.live.raise_alert(alert(1, "02", REMOTE))
    enter(page, console)
    page.get_by_text("确认…").click()
    page.get_by_label("备注").fill("已到座位查看 <b>无</b>")
    # The alert grows under the open dialog; what was typed stays.
    console.live.raise_alert(alert(1, "02", REMOTE, INJECTED, revision=2))
    expect(page.locator(ENTRY)).to_contain_text(INJECTED.reason_zh)
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_text("没有未确认的告警。")).to_be_visible()
    expect(page.locator("#acknowledge")).to_be_hidden()
    page.get_by_text("已确认（1）").click()
    expect(page.locator("#alerts-seen")).to_contain_text("已到座位查看 <b>无</b>")
    expect(page.locator(".tile .badge")).to_have_count(0)
    body = console.records()[-1].body
    assert isinstance(body, AlertAcknowledged)
    assert (body.user, body.note) == ("li.na", "已到座位查看 <b>无</b>")


def test_an_acknowledgement_that_fails_is_said_and_the_note_is_kept(
    console: ConsoleServer, page: Page
) -> None:
    console.live.raise_alert(alert(1, "02", REMOTE))
    enter(page, console)
    page.get_by_text("确认…").click()
    page.get_by_label("备注").fill("第一次")
    console.disk_full = True
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.locator("#acknowledge-error")).to_contain_text("证据日志无法写入")
    console.disk_full = False
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.locator("#acknowledge")).to_be_hidden()
    body = console.records()[-1].body
    assert isinstance(body, AlertAcknowledged)
    assert body.note == "第一次"


def test_the_language_is_switched_in_the_header(console: ConsoleServer, page: Page) -> None:
    console.live.put(seat("02", SeatState.ALERT))
    console.live.raise_alert(alert(1, "02", REMOTE))
    enter(page, console)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator(LIVE)).to_contain_text("Live")
    expect(page.locator(ENTRY)).to_contain_text(REMOTE.reason_en)
    page.locator(".tile").click()
    expect(page.get_by_role("heading", name="How the risk score adds up")).to_be_visible()
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_role("heading", name="风险分从何而来")).to_be_visible()


def test_a_server_that_goes_is_noticed_and_one_that_returns_is_found(
    console: ConsoleServer, page: Page
) -> None:
    console.live.put(seat("01"))
    enter(page, console)
    console.die()
    expect(page.locator("#lost")).to_contain_text("连接中断：画面不是实时的")
    expect(page.locator("body.stale")).to_be_visible()
    expect(page.locator(LIVE)).to_have_count(0)
    console.live.put(seat("01", SeatState.SILENT))
    console.start()
    expect(page.locator(".tile--silent")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator(LIVE)).to_be_visible()


def test_a_server_that_says_nothing_more_is_noticed(console: ConsoleServer, page: Page) -> None:
    """A pulled cable breaks no connection: only the missing beat tells."""
    enter(page, console)
    thaw = threading.Event()
    console.freeze(thaw)
    try:
        expect(page.locator("#lost")).to_be_visible()
    finally:
        thaw.set()
    expect(page.locator("#lost")).to_be_hidden()


def test_a_live_side_that_failed_never_looks_live(console: ConsoleServer, page: Page) -> None:
    enter(page, console)
    console.live.fail()
    expect(page.locator("#lost")).to_contain_text("收集端内部出错")


def test_a_web_session_that_ends_leads_to_the_log_in_page(
    console: ConsoleServer, page: Page
) -> None:
    enter(page, console)
    console.clock_ahead_us = 13 * 3600 * SECOND
    expect(page.get_by_text("登录已过期，请重新登录。")).to_be_visible()


def test_a_seats_page_lives_and_tells_of_alerts_elsewhere(
    console: ConsoleServer, page: Page
) -> None:
    console.live.put(seat("01"), seat("02"))
    enter(page, console, "/seat?room=A&seat=01")
    expect(page.locator(".seat__back .badge")).to_be_hidden()
    console.live.raise_alert(alert(1, "02", REMOTE))
    expect(page.locator(".seat__back .badge")).to_have_text("1")
    expect(page.locator("#seat-alerts > li")).to_have_count(0)
    console.live.put(seat("01", SeatState.WARNING, score=20, findings=(INJECTED,)))
    expect(page.locator("#seat-findings")).to_contain_text(INJECTED.reason_zh)
    expect(page.locator(".verdict--warning")).to_be_visible()


def test_a_hostile_name_runs_nothing(console: ConsoleServer, page: Page) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\u202egpj.exe"
    found = finding(hostile, hostile)
    enter(page, console)
    console.live.put(
        seat("01", SeatState.ALERT, hostname=hostile, candidate=hostile, findings=(found,))
    )
    console.live.raise_alert(alert(1, "01", found, kind=hostile))
    expect(page.locator(f"{ENTRY} .entry__reason > bdi")).to_have_text(
        hostile.replace("\u202e", "⟨U+202E⟩")
    )
    expect(page).to_have_title("(1) 考场总览 · 监考")
    assert page.locator("body img").count() == 0


def test_the_keyboard_reaches_seats_alerts_and_help(console: ConsoleServer, page: Page) -> None:
    console.live.put(seat("01"))
    console.live.raise_alert(alert(1, "01", REMOTE))
    enter(page, console)
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.className + ' ' + document.activeElement.id")
        )
    for wanted in ("tile", "button--ack", "entry__seat", "sound", "language", "log-out"):
        assert any(wanted in name for name in reached), (wanted, reached)
    page.locator("#about > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("HDMI 分配器")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("HDMI 分配器")).to_be_hidden()


def test_the_focus_stays_where_it_was_when_a_tile_changes(
    console: ConsoleServer, page: Page
) -> None:
    console.live.put(seat("01"), seat("02"))
    enter(page, console)
    page.locator(".tile").nth(1).focus()
    console.live.put(seat("02", SeatState.ALERT))
    expect(page.locator(".tile--alert")).to_be_focused()


def test_the_page_does_not_grow(console: ConsoleServer, page: Page) -> None:
    """As many updates as an exam brings leave as many elements as a few do."""
    console.live.put(*(seat(f"{i:02d}") for i in range(20)))
    enter(page, console)
    sizes = []
    for turn in range(12):
        state = SeatState.ALERT if turn % 2 else SeatState.WATCHED
        console.live.put(*(seat(f"{i:02d}", state, score=turn) for i in range(20)))
        console.live.raise_alert(alert(1, "01", REMOTE, revision=turn + 1, last_us=turn * SECOND))
        expect(page.locator(f".tile--{state}")).to_have_count(20)
        sizes.append(page.evaluate("document.querySelectorAll('*').length"))
    assert sizes[-1] <= max(sizes[:4])


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)])
def test_sixty_seats_fit_on_the_screen(
    browser: Browser, console: ConsoleServer, language: str, width: int, height: int
) -> None:
    fill(console.live, console.now_us())
    with open_page(browser, language=language, width=width, height=height) as page:
        enter(page, console)
        expect(page.locator(".tile")).to_have_count(60)
        screenshot(page, f"room-{language}-{width}")
        for i in (0, 59):
            box = page.locator(".tile").nth(i).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= height
        assert seats(page, SeatState.ALERT) == 2
        cut = page.evaluate(
            "[...document.querySelectorAll('.tile__state, .tile__top, .count')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim())"
        )
        assert cut == []


FAINT_TEXTS = """() => {
  const parts = (color) => color.match(/[0-9.]+/g).map(Number);
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    if (!e) return [255, 255, 255];
    return over(parts(getComputedStyle(e).backgroundColor), ground(e.parentElement));
  };
  const opacity = (e) => (e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1);
  const ownText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    if (!ownText(e) || !e.checkVisibility() || e.closest(".unseen, svg, noscript, script")) continue;
    const below = ground(e);
    const [r, g, b, a = 1] = parts(getComputedStyle(e).color);
    const [one, two] = [luminance(over([r, g, b, a * opacity(e)], below)), luminance(below)];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (contrast < 4.5) faint.push(`${e.className || e.tagName}: ${contrast.toFixed(2)} ${e.textContent.trim()}`);
  }
  return faint;
}"""
"""Texts with less contrast than WCAG 2.2 AA asks for (success criterion 1.4.3), computed as defined there."""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read(browser: Browser, console: ConsoleServer, dark: bool) -> None:
    fill(console.live, console.now_us())
    with open_page(browser, dark=dark) as page:
        enter(page, console)
        page.locator(".seen > summary").click()
        page.locator("#about > summary").click()
        assert page.evaluate(FAINT_TEXTS) == []
        for name in ("07", "18", "31", "44", "58", "59", "01"):
            page.goto(f"{console.url}/seat?room=三楼 301&seat={name}")
            assert page.evaluate(FAINT_TEXTS) == []
        page.goto(f"{console.url}/ruling?alert=alert-0003")
        page.get_by_label("不属实").check()
        page.locator("#reason").fill("网线松动，已重新插好")
        page.get_by_role("button", name="写入认定").click()
        expect(page.get_by_text("只有一人认定，尚未生效")).to_be_visible()
        assert page.evaluate(FAINT_TEXTS) == []


def test_a_ruling_is_reached_through_the_evidence(console: ConsoleServer, page: Page) -> None:
    console.live.put(seat("02", SeatState.ALERT))
    console.live.raise_alert(alert(1, "02", REMOTE))
    enter(page, console)
    link = page.get_by_role("link", name="认定…")
    expect(link).to_be_hidden()
    page.locator(f"{ENTRY} summary").click()
    link.click()
    page.get_by_role("button", name="写入认定").click()
    expect(page.get_by_text("还没有人认定过")).to_be_visible()
    page.get_by_label("无法认定").check()
    page.get_by_role("button", name="写入认定").click()
    expect(page.get_by_text("还没有人认定过")).to_be_visible()
    page.locator("#reason").fill("座位上没有人，无从查起")
    page.get_by_role("button", name="写入认定").click()
    expect(page.get_by_text("座位上没有人，无从查起")).to_be_visible()
    body = console.records()[-1].body
    assert isinstance(body, AlertRuled)
    assert (body.user, body.ruling) == ("li.na", Ruling.UNDETERMINED)
    page.get_by_role("link", name="返回考场总览").click()
    expect(page.locator(ENTRY)).to_contain_text("无法认定·仅一人")


def test_a_missing_browser_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANKAO_CHROMIUM", "no-such-browser")
    with pytest.raises(NoChromiumError, match="apt-get install chromium"):
        chromium()
