"""Honest candidates at machines that are busy with themselves: nobody may get an alert for any of it. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from heapq import merge

from jiankao_collector.demo.address_plan import EXAM_SERVER, PRINT_SERVER, UPDATE_SERVER
from jiankao_collector.demo.scenes.hand import DOES_NOTHING_FOR_MINUTES, PONDERS, STEADY, answers
from jiankao_collector.demo.scenes.programs import closing, ending, outbound, owner, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import SECOND_US, AgentStarts, Happens, Scene, Setting, Step
from jiankao_proto.observations import (
    Endpoint,
    InjectedInput,
    InjectionMethod,
    Process,
    ProcessStarted,
)

_SYSTEM32 = r"C:\Windows\System32"
_MICROSOFT = "Microsoft Windows"
_IDLE_S = 20 * 60
_BROWSER_CONNECTIONS = 80


def _with(by_itself: Callable[[Setting], Iterator[Step]]) -> Callable[[Setting], Iterator[Step]]:
    def script(setting: Setting) -> Iterator[Step]:
        return seat(setting, answers(setting.random, STEADY, begin_s=5), by_itself(setting))

    return script


def _input_method(setting: Setting) -> Iterator[Step]:
    """A Linux seat whose Chinese input method hands over what was composed as a few sent events."""
    random = setting.random
    typed = answers(random, PONDERS, begin_s=5)
    browser = process(random, "chromium", "/usr/lib/chromium", started_s=-60)
    method = process(random, "fcitx5", "/usr/bin", started_s=-600)
    there = tuple(ProcessStarted(_of_linux(p), baseline=True) for p in (browser, method))
    yield Step(0.0, Happens(there))
    yield Step(0.0, AgentStarts())
    yield from merge(typed, _composing(setting, _of_linux(method)), key=lambda step: step.at_s)


def _of_linux(of: Process) -> Process:
    path = of.executable.replace("\\", "/")
    return replace(of, executable=path, command_line_masked=path, parent_name="systemd")


def _composing(setting: Setting, method: Process) -> Iterator[Step]:
    random, at_s = setting.random, 10.0
    while True:
        at_s += random.uniform(4, 20)
        end_us = int(at_s * SECOND_US)
        sent = InjectedInput(
            InjectionMethod.SENT_EVENT,
            key_events=2 * random.randint(1, 4),
            first_wall_clock_us=end_us - 200_000,
            last_wall_clock_us=end_us,
            process=owner(method),
        )
        yield Step(at_s, Happens((sent,), urgent=True))


def _antivirus(setting: Setting) -> Iterator[Step]:
    """A scan every few minutes: many processes of a second each."""
    random, at_s = setting.random, 20.0
    folder = r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18"
    while True:
        for _ in range(random.randint(40, 80)):
            name = random.choice(("MpCmdRun.exe", "MpSigStub.exe", "conhost.exe"))
            worker = process(random, name, folder, started_s=at_s, signer=_MICROSOFT)
            yield Step(at_s, Happens((ProcessStarted(worker),)))
            yield Step(at_s + 0.5, Happens((ending(worker),)))
            at_s += random.uniform(0.6, 1.5)
        at_s += random.uniform(200, 600)


def _many_connections(setting: Setting) -> Iterator[Step]:
    """A browser that opens and closes eighty connections to the exam server with every page."""
    random, at_s = setting.random, 15.0
    folder = r"C:\Program Files\ExamBrowser"
    browser = process(random, "ExamBrowser.exe", folder, started_s=10, signer="Exam Centre")
    yield Step(10.0, Happens((ProcessStarted(browser),)))
    while True:
        opened = tuple(outbound(setting, browser, EXAM_SERVER) for _ in range(_BROWSER_CONNECTIONS))
        yield Step(at_s, Happens(opened))
        yield Step(at_s + 10, Happens(tuple(closing(c) for c in opened)))
        at_s += random.uniform(60, 180)


def _printing(setting: Setting) -> Iterator[Step]:
    return _service_talking(setting, "spoolsv.exe", PRINT_SERVER, (10, 40))


def _updating(setting: Setting) -> Iterator[Step]:
    return merge(
        _service_talking(setting, "svchost.exe", UPDATE_SERVER, (5, 25)),
        _update_workers(setting),
        key=lambda step: step.at_s,
    )


def _service_talking(
    setting: Setting, name: str, to: Endpoint, pause_s: tuple[float, float]
) -> Iterator[Step]:
    random, at_s = setting.random, 10.0
    service = process(random, name, _SYSTEM32, started_s=8, signer=_MICROSOFT)
    yield Step(8.0, Happens((ProcessStarted(service),)))
    while True:
        connection = outbound(setting, service, to)
        yield Step(at_s, Happens((connection,)))
        at_s += random.uniform(1, 4)
        yield Step(at_s, Happens((closing(connection),)))
        at_s += random.uniform(*pause_s)


def _update_workers(setting: Setting) -> Iterator[Step]:
    """The update service's helpers, which start and end in turn."""
    random, at_s = setting.random, 12.0
    while True:
        for name in ("TrustedInstaller.exe", "TiWorker.exe", "MoUsoCoreWorker.exe", "wuauclt.exe"):
            worker = process(random, name, _SYSTEM32, started_s=at_s, signer=_MICROSOFT)
            yield Step(at_s, Happens((ProcessStarted(worker),)))
            at_s += random.uniform(3, 20)
            yield Step(at_s, Happens((ending(worker),)))
        at_s += random.uniform(10, 60)


def _idle(setting: Setting) -> Iterator[Step]:
    temperament = replace(DOES_NOTHING_FOR_MINUTES, dozing_s=_IDLE_S)
    return seat(setting, answers(setting.random, temperament, begin_s=5))


SCENES = (
    Scene(
        "honest-input-method",
        "诚实考生：Linux 中文输入法",
        "Honest candidate with a Chinese input method on Linux",
        _input_method,
    ),
    Scene(
        "honest-antivirus",
        "诚实考生：杀毒软件扫描",
        "Honest candidate while an antivirus program scans",
        _with(_antivirus),
    ),
    Scene(
        "honest-connections",
        "诚实考生：浏览器 80 个连接",
        "Honest candidate whose browser holds 80 connections",
        _with(_many_connections),
    ),
    Scene(
        "honest-printing",
        "诚实考生：打印服务频繁联网",
        "Honest candidate while the printing service is busy",
        _with(_printing),
    ),
    Scene(
        "honest-updates",
        "诚实考生：系统更新反复运行",
        "Honest candidate while Windows Update comes and goes",
        _with(_updating),
    ),
    Scene(
        "honest-idle-long",
        "诚实考生：二十分钟没有动作",
        "Honest candidate who does nothing for 20 minutes",
        _idle,
    ),
)
