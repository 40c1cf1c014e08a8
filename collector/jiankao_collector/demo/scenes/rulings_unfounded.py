"""rulings-unfounded: a seat is driven, and somebody at the collector calls every alert unfounded. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import SOLVER
from jiankao_collector.demo.scenes.hand import STEADY, answers, injected
from jiankao_collector.demo.scenes.programs import outbound, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, RulesUnfounded, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import (
    Change,
    Device,
    DeviceAttached,
    DeviceClass,
    NetworkSettingChanged,
    ProcessStarted,
)

INSIDER = "simulated-insider"
RULED, BETWEEN_S = 8, 1.0
"""How often he rules, if there are so many alerts, and how long each takes him."""
_REASON = "误报，网络波动"
_DRIVEN_BEFORE_S = 9
_RECEIVER = Device(r"HID\VID_046D&PID_C534", DeviceClass.POINTER, "USB Receiver", 0x046D, 0xC534)


def _script(setting: Setting) -> Iterator[Step]:
    return seat(
        setting,
        answers(setting.random, STEADY, begin_s=5, end_s=setting.onset_s),
        _driven(setting),
        _cleared(setting.onset_s),
    )


def _driven(setting: Setting) -> Iterator[Step]:
    """Drive the seat from shortly before: what is found there is what he will clear."""
    random, at_s = setting.random, max(2.5, setting.onset_s - _DRIVEN_BEFORE_S)
    proxy = NetworkSettingChanged(Change.MODIFIED, "proxy", "http", "203.0.113.8:3128")
    route = NetworkSettingChanged(Change.ADDED, "route", "0.0.0.0/0", "10.20.0.254 dev 以太网")
    yield Step(at_s, Happens((proxy, route, DeviceAttached(_RECEIVER)), urgent=True))
    tool = process(random, "AnyDesk.exe", r"C:\ProgramData\AnyDesk", started_s=at_s)
    session = outbound(setting, tool, SOLVER)
    yield Step(at_s, Happens((ProcessStarted(tool), session), urgent=True))
    while True:
        at_s += random.uniform(1, 3)
        yield injected(random, at_s)


def _cleared(at_s: float) -> Iterator[Step]:
    for number in range(RULED):
        yield Step(at_s + number * BETWEEN_S, RulesUnfounded(INSIDER, _REASON))


SCENE = Scene(
    "rulings-unfounded",
    "认定全为不属实：座位被远程操作，一人在一分钟内把全部告警认定为不属实",
    "All ruled unfounded: a driven seat, and one person who calls every alert unfounded within a minute",
    _script,
    frozenset({AlertKind.RULINGS}),
    at_collector=True,
)
