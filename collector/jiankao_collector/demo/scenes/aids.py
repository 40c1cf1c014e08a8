"""Aids a policy permits at a seat: honest there, and told at every other seat, so that an exemption is no hole. Pure.

What they do looks like a stranger's hand or eye: keys that no keyboard sent, a window over everything, a program that
reads the screen, a teacher's computer connected to the seat.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from heapq import merge

from jiankao_collector.demo.address_plan import TEACHER
from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.programs import (
    closing,
    ending,
    inbound,
    listener,
    outbound,
    owner,
    process,
)
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import SECOND_US, AgentStarts, Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import (
    Endpoint,
    InjectedInput,
    InjectionMethod,
    Process,
    ProcessRef,
    ProcessStarted,
    WindowFinding,
    WindowFindingKind,
)

_CLICKS_ONLY = replace(STEADY, writing=0.0)
_SERVER_PORT, _BROADCAST_PORT = 11100, 11400
_BROADCAST_S = 40
_READS_EVERY_S = 30
_VEYON = r"C:\Program Files\Veyon"
_VEYON_SIGNER = "Tobias Junghans"
_DRIVEN = frozenset({AlertKind.INJECTED_INPUT, AlertKind.REMOTE_CONTROL})
_ACCOMMODATION = (
    '[[accommodation]]\nwhat = "{what}"\n{who}\nseats = ["{{seat}}"]\nreason = "approved"\n'
)


def _with(
    program: Callable[[Setting], tuple[Process, Iterator[Step]]],
) -> Callable[[Setting], Iterator[Step]]:
    """Return the script of a Windows seat at which a program runs from before the exam on."""

    def script(setting: Setting) -> Iterator[Step]:
        aid, does = program(setting)
        there = iter((Step(0.0, Happens((ProcessStarted(aid),))),))
        return seat(setting, there, answers(setting.random, _CLICKS_ONLY, begin_s=5), does)

    return script


def _on_screen_keyboard(setting: Setting) -> tuple[Process, Iterator[Step]]:
    folder, signer = r"C:\Windows\System32", "Microsoft Windows"
    keyboard = process(setting.random, "osk.exe", folder, started_s=-40, signer=signer)
    return keyboard, merge(
        _lies_over(setting, keyboard), _sends_keys(setting), key=lambda step: step.at_s
    )


def _lies_over(setting: Setting, program: Process) -> Iterator[Step]:
    lies = WindowFinding(WindowFindingKind.OVERLAY, owner(program), width_px=1100, height_px=330)
    yield Step(setting.onset_s - 5, Happens((lies,)))


def _sends_keys(setting: Setting, *, moves: bool = False) -> Iterator[Step]:
    """Keys a program sends, marked as injected by Windows, which does not say by whom."""
    random, at_s = setting.random, setting.onset_s
    while True:
        for _ in range(random.randint(3, 20)):
            end_us = int(at_s * SECOND_US)
            sent = InjectedInput(
                InjectionMethod.HOOK_FLAG,
                key_events=2 * random.randint(1, 3),
                motion_events=random.randint(0, 2) if moves else 0,
                first_wall_clock_us=end_us - 700_000,
                last_wall_clock_us=end_us,
            )
            yield Step(at_s, Happens((sent,), urgent=True))
            at_s += random.uniform(0.8, 2)
        at_s += random.uniform(10, 40)


def _screen_reader(setting: Setting) -> tuple[Process, Iterator[Step]]:
    folder, signer = r"C:\Program Files\NVDA", "NV Access Limited"
    reader = process(setting.random, "nvda.exe", folder, started_s=-40, signer=signer)
    return reader, merge(
        _sends_keys(setting, moves=True), _reads(setting, reader), key=lambda step: step.at_s
    )


def _reads(setting: Setting, program: Process) -> Iterator[Step]:
    at_s = setting.onset_s + 20
    while True:
        reads = WindowFinding(
            WindowFindingKind.SCREEN_READ, owner(program), width_px=1920, height_px=1080
        )
        yield Step(at_s, Happens((reads,), urgent=True))
        at_s += _READS_EVERY_S


def _broadcast(setting: Setting) -> tuple[Process, Iterator[Step]]:
    """The teacher's computer looks at every seat, and now and then shows its own screen on all of them."""
    server = process(
        setting.random, "veyon-server.exe", _VEYON, started_s=-600, signer=_VEYON_SIGNER
    )
    return server, merge(
        _looked_at(setting, server),
        _reads(setting, server),
        _shown_the_teachers_screen(setting),
        key=lambda step: step.at_s,
    )


def _looked_at(setting: Setting, server: Process) -> Iterator[Step]:
    listens = listener(server, _SERVER_PORT)
    yield Step(setting.onset_s - 10, Happens((listens,), urgent=True))
    yield Step(setting.onset_s, Happens((inbound(setting, listens, TEACHER),), urgent=True))


def _shown_the_teachers_screen(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s + 30
    while True:
        worker = process(random, "veyon-worker.exe", _VEYON, started_s=at_s, signer=_VEYON_SIGNER)
        picture = outbound(setting, worker, Endpoint(TEACHER, _BROADCAST_PORT))
        covers = WindowFinding(
            WindowFindingKind.OVERLAY, owner(worker), width_px=1920, height_px=1080
        )
        yield Step(at_s, Happens((ProcessStarted(worker), picture, covers), urgent=True))
        at_s += _BROADCAST_S
        yield Step(at_s, Happens((closing(picture), ending(worker)), urgent=True))
        at_s += random.uniform(200, 600)


def _keyboard_on_linux(setting: Setting) -> Iterator[Step]:
    """A Linux seat with Onboard: X11 tells of its requests and, separately, of what the XTEST device sent."""
    random = setting.random
    keyboard = replace(
        process(random, "onboard", "", started_s=-40),
        executable="/usr/bin/python3.11",
        command_line_masked="/usr/bin/python3.11 /usr/bin/onboard",
        parent_name="systemd",
        original_name="",
    )
    yield Step(0.0, Happens((ProcessStarted(keyboard, baseline=True),)))
    yield Step(0.0, AgentStarts())
    yield from merge(
        answers(random, _CLICKS_ONLY, begin_s=5),
        _lies_over(setting, keyboard),
        _requests(setting, keyboard),
        key=lambda step: step.at_s,
    )


def _requests(setting: Setting, keyboard: Process) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    while True:
        for _ in range(random.randint(3, 20)):
            keys, end_us = 2 * random.randint(1, 3), int(at_s * SECOND_US)
            asked = InjectedInput(
                InjectionMethod.INJECTION_REQUEST,
                first_wall_clock_us=end_us - 700_000,
                last_wall_clock_us=end_us,
                process=owner(keyboard),
                requests=keys,
            )
            came = replace(
                asked,
                method=InjectionMethod.XTEST_DEVICE,
                key_events=keys,
                process=ProcessRef(),
                requests=0,
            )
            yield Step(at_s, Happens((asked, came), urgent=True))
            at_s += random.uniform(0.8, 2)
        at_s += random.uniform(10, 40)


SCENES = (
    Scene(
        "on-screen-keyboard",
        "屏幕键盘（获准的座位上是诚实的）",
        "On-screen keyboard on Windows",
        _with(_on_screen_keyboard),
        _DRIVEN,
        _ACCOMMODATION.format(
            what="on_screen_keyboard", who='signer = "Microsoft Windows"\nname = "osk.exe"'
        ),
    ),
    Scene(
        "on-screen-keyboard-linux",
        "Linux 屏幕键盘（获准的座位上是诚实的）",
        "On-screen keyboard on Linux",
        _keyboard_on_linux,
        _DRIVEN,
        _ACCOMMODATION.format(
            what="on_screen_keyboard", who='path = "/usr/bin/python3.11"\nname = "onboard"'
        ),
    ),
    Scene(
        "screen-reader",
        "读屏软件（获准的座位上是诚实的）",
        "Screen reader",
        _with(_screen_reader),
        _DRIVEN,
        _ACCOMMODATION.format(what="screen_reader", who='signer = "NV Access Limited"'),
    ),
    Scene(
        "classroom-broadcast",
        "课堂控制：教师机查看并广播屏幕（写入策略的是诚实的）",
        "Classroom control that looks at seats and broadcasts the teacher's screen",
        _with(_broadcast),
        frozenset({AlertKind.REMOTE_CONTROL}),
        f'[[classroom]]\ntool = "veyon"\nowner = "School IT"\nhosts = ["{TEACHER}"]\n',
    ),
)
