"""What runs at an honest Windows seat, and what happens there by itself. Pure.

The names are those of a plain installation in Chinese, two of them chosen because careless rules
take them for remote-control software by how they end: SearchProtocolHost.exe (rhost.exe) and
autodesk.exe (todesk.exe).
"""

from collections.abc import Iterator
from heapq import merge

from jiankao_collector.demo.address_plan import EXAM_SERVER, PRINT_SERVER, UPDATE_SERVER
from jiankao_collector.demo.scenes.programs import closing, ending, listener, outbound, process
from jiankao_collector.demo.steps import AgentStarts, Happens, Setting, Step
from jiankao_proto.observations import (
    Change,
    Device,
    DeviceAttached,
    DeviceClass,
    DisplayChanged,
    Endpoint,
    Fact,
    NetworkInterfaceChanged,
    Process,
    ProcessStarted,
    SessionKind,
    SessionStarted,
)

_SYSTEM32 = r"C:\Windows\System32"
_MICROSOFT = "Microsoft Windows"
_UPDATE_SHARE = 0.15
_PRINTING_SHARE = 0.05
_ALWAYS_THERE = (
    ("lsass.exe", _SYSTEM32, _MICROSOFT),
    ("dwm.exe", _SYSTEM32, _MICROSOFT),
    ("explorer.exe", r"C:\Windows", _MICROSOFT),
    ("ctfmon.exe", _SYSTEM32, _MICROSOFT),
    ("ChsIME.exe", _SYSTEM32 + r"\InputMethod\CHS", _MICROSOFT),
    ("SearchIndexer.exe", _SYSTEM32, _MICROSOFT),
    ("SearchProtocolHost.exe", _SYSTEM32, _MICROSOFT),
    ("MsMpEng.exe", r"C:\ProgramData\Microsoft\Windows Defender\Platform", _MICROSOFT),
    ("autodesk.exe", r"C:\Program Files\Autodesk", "Autodesk, Inc."),
)


def seat(setting: Setting, *parts: Iterator[Step]) -> Iterator[Step]:
    """Yield a seat's steps in order: power on, agent, Windows itself, the `parts` of a scene."""
    random = setting.random
    service = process(random, "svchost.exe", _SYSTEM32, started_s=-900, signer=_MICROSOFT)
    spooler = process(random, "spoolsv.exe", _SYSTEM32, started_s=-900, signer=_MICROSOFT)
    machine = (ProcessStarted(service), ProcessStarted(spooler), listener(service, 135))
    yield Step(0.0, Happens((*machine, *_common(setting))))
    yield Step(0.0, AgentStarts())
    yield from merge(_by_itself(setting, service, spooler), *parts, key=lambda step: step.at_s)


def _common(setting: Setting) -> Iterator[Fact]:
    random = setting.random
    for name, folder, signer in _ALWAYS_THERE:
        started_s = -random.uniform(60, 900)
        yield ProcessStarted(process(random, name, folder, started_s=started_s, signer=signer))
    yield SessionStarted("1", SessionKind.LOCAL, user="exam", terminal="Console")
    yield DeviceAttached(
        Device(r"HID\VID_046D&PID_C077", DeviceClass.POINTER, "USB Optical Mouse", 0x046D, 0xC077),
        baseline=True,
    )
    yield DeviceAttached(
        Device(r"HID\VID_046D&PID_C31C", DeviceClass.KEYBOARD, "USB Keyboard", 0x046D, 0xC31C),
        baseline=True,
    )
    yield DisplayChanged(Change.BASELINE, r"\\.\DISPLAY1", 1920, 1080, "DEL", "DELL E2216H")
    yield NetworkInterfaceChanged(
        Change.BASELINE, "以太网", "ethernet", (setting.address,), up=True
    )


def _by_itself(setting: Setting, service: Process, spooler: Process) -> Iterator[Step]:
    random = setting.random
    folder = r"C:\Program Files\ExamBrowser"
    browser = process(random, "ExamBrowser.exe", folder, started_s=2, signer="Exam Centre")
    yield Step(2.0, Happens((ProcessStarted(browser),)))
    at_s = 3.0
    while True:
        yield from _for_a_moment(setting, at_s, browser, EXAM_SERVER)
        at_s += random.uniform(15, 40)
        if random.random() < _UPDATE_SHARE:
            yield from _updates(setting, at_s, service)
            at_s += 30
        if random.random() < _PRINTING_SHARE:
            yield from _for_a_moment(setting, at_s, spooler, PRINT_SERVER)
            at_s += 10


def _updates(setting: Setting, at_s: float, service: Process) -> Iterator[Step]:
    folder = r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack"
    worker = process(setting.random, "TiWorker.exe", folder, started_s=at_s, signer=_MICROSOFT)
    yield Step(at_s, Happens((ProcessStarted(worker),)))
    yield from _for_a_moment(setting, at_s + 1, service, UPDATE_SERVER)
    yield Step(at_s + 20, Happens((ending(worker),)))


def _for_a_moment(setting: Setting, at_s: float, by: Process, remote: Endpoint) -> Iterator[Step]:
    connection = outbound(setting, by, remote)
    yield Step(at_s, Happens((connection,)))
    yield Step(at_s + setting.random.uniform(2, 8), Happens((closing(connection),)))
