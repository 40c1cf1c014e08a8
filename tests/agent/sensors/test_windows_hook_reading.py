"""What Windows's hooks tell, turned into what is summed up; and hooks that fall silent."""

import dataclasses

import pytest

from jiankao_agent.platform.windows.hook_event import HookEvent
from jiankao_agent.sensors.input_window import InputKind
from jiankao_agent.sensors.windows.hook_guard import HookGuard, Verdict
from jiankao_agent.sensors.windows.hook_reading import HookReading, injection_of, origin_of
from jiankao_proto.observations import InjectionMethod, InputSource

S = 1_000_000


def mouse(message: int, flags: int = 0, x: int = 0, y: int = 0) -> HookEvent:
    return HookEvent(keyboard=False, message=message, flags=flags, time_us=5, x=x, y=y)


def key(message: int, flags: int = 0, *, repeated: bool = False) -> HookEvent:
    return HookEvent(keyboard=True, message=message, flags=flags, time_us=5, repeated=repeated)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (mouse(0x200), InputKind.MOTION),
        (mouse(0x201), InputKind.BUTTON_DOWN),
        (mouse(0x202), InputKind.BUTTON_UP),
        (mouse(0x204), InputKind.BUTTON_DOWN),
        (mouse(0x205), InputKind.BUTTON_UP),
        (mouse(0x207), InputKind.BUTTON_DOWN),
        (mouse(0x208), InputKind.BUTTON_UP),
        (mouse(0x20B), InputKind.BUTTON_DOWN),
        (mouse(0x20C), InputKind.BUTTON_UP),
        (mouse(0x20A), InputKind.SCROLL),
        (mouse(0x20E), InputKind.SCROLL),
        (key(0x100), InputKind.KEY_DOWN),
        (key(0x104), InputKind.KEY_DOWN),
        (key(0x101), InputKind.KEY_UP),
        (key(0x105), InputKind.KEY_UP),
        (key(0x100, repeated=True), None),
        (key(0x200), None),
        (mouse(0x100), None),
        (mouse(0x2A3), None),
    ],
)
def test_messages_become_kinds(event: HookEvent, kind: InputKind | None) -> None:
    read = HookReading().read(event)
    assert (read.kind if read else None) is kind


@pytest.mark.parametrize(
    ("event", "method"),
    [
        (key(0x100), None),
        (key(0x100, 0x01), None),  # LLKHF_EXTENDED: an arrow key of a real keyboard
        (key(0x101, 0x80), None),  # LLKHF_UP
        (key(0x104, 0x20), None),  # LLKHF_ALTDOWN
        (key(0x100, 0x10), InjectionMethod.HOOK_FLAG),
        (key(0x101, 0x90), InjectionMethod.HOOK_FLAG),
        (key(0x100, 0x12), InjectionMethod.LOWER_INTEGRITY),
        (mouse(0x200), None),
        (mouse(0x200, 0x10), None),
        (mouse(0x200, 0x01), InjectionMethod.HOOK_FLAG),
        (mouse(0x200, 0x03), InjectionMethod.LOWER_INTEGRITY),
    ],
)
def test_flags_tell_a_program_from_a_hand(event: HookEvent, method: InjectionMethod | None) -> None:
    assert injection_of(event) is method
    expected = InputSource.INJECTED if method else InputSource.LOCAL_DEVICE
    assert origin_of(event).source is expected


def test_distance_is_from_where_the_pointer_was() -> None:
    reading = HookReading()
    moved = [reading.read(mouse(0x200, x=x, y=y)) for x, y in ((10, 10), (13, 14), (13, 10))]
    assert [(m.dx_px, m.dy_px) for m in moved if m] == [(0, 0), (3, 4), (0, -4)]


def test_an_event_has_no_place_for_a_key() -> None:
    assert {f.name for f in dataclasses.fields(HookEvent)} == {
        *("keyboard", "message", "flags", "time_us", "x", "y", "repeated")
    }


def looks(guard: HookGuard, last_inputs_ms: list[int], first_s: int = 0) -> list[Verdict]:
    return [guard.look(ms, (first_s + n) * S) for n, ms in enumerate(last_inputs_ms)]


def test_a_quiet_seat_has_nothing_wrong_with_its_hooks() -> None:
    assert set(looks(HookGuard(), [7] * 100)) == {Verdict.FINE}


def test_input_that_hooks_do_not_see_sets_them_again_and_then_gives_up() -> None:
    guard = HookGuard()
    verdicts = looks(guard, [0, 1, 2, 3])
    assert verdicts == [Verdict.FINE, Verdict.FINE, Verdict.FINE, Verdict.SET_AGAIN]
    assert not guard.trusted
    assert looks(guard, [4, 5, 6], 4) == [Verdict.FINE, Verdict.FINE, Verdict.BLIND]


def test_hooks_that_see_again_are_trusted_again() -> None:
    guard = HookGuard()
    looks(guard, [0, 1, 2, 3])
    guard.saw()
    assert guard.look(4, 4 * S) is Verdict.FINE
    assert guard.trusted
    assert looks(guard, [5, 6], 5) == [Verdict.FINE, Verdict.FINE]


def test_a_look_is_due_once_a_second() -> None:
    guard = HookGuard()
    assert guard.is_due(5 * S)
    guard.look(0, 5 * S)
    assert not guard.is_due(6 * S - 1)
    assert guard.is_due(6 * S)
