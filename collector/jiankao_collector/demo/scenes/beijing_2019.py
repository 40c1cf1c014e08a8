"""beijing-2019: a stick with a screen-sharing tool of the classroom kind, and a peer on the prepared network. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import STRANGER_ON_THE_LAN
from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.programs import inbound, listener, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import (
    Change,
    Device,
    DeviceAttached,
    DeviceClass,
    ProcessStarted,
    WatchedFileChanged,
)

_PORT = 5405
_STICK = Device(r"USB\VID_0951&PID_1666", DeviceClass.STORAGE, "DataTraveler 3.0", 0x0951, 0x1666)


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, answers(setting.random, STEADY, begin_s=5), _from_the_stick(setting))


def _from_the_stick(setting: Setting) -> Iterator[Step]:
    at_s = setting.onset_s
    tool = process(setting.random, "client32.exe", "E:", started_s=at_s + 6)
    listens = listener(tool, _PORT)
    yield Step(at_s, Happens((DeviceAttached(_STICK),), urgent=True))
    appeared = WatchedFileChanged(Change.ADDED, tool.executable, "removable", bytes(32))
    yield Step(at_s + 1, Happens((appeared,), urgent=True))
    yield Step(at_s + 6, Happens((ProcessStarted(tool), listens), urgent=True))
    session = inbound(setting, listens, STRANGER_ON_THE_LAN)
    yield Step(at_s + 9, Happens((session,), urgent=True))


SCENE = Scene(
    "beijing-2019",
    "北京2019:U 盘带入的教学监控软件，被布置过的网络",
    "Beijing 2019: a classroom-monitoring tool from a USB stick, on a prepared network",
    _script,
    frozenset({AlertKind.DEVICE, AlertKind.INTEGRITY}),
)
