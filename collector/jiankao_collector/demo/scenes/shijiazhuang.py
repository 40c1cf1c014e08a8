"""shijiazhuang: a stranger on the exam LAN only looks at the screen. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import STRANGER_ON_THE_LAN
from jiankao_collector.demo.scenes.hand import STEADY, answers
from jiankao_collector.demo.scenes.programs import inbound, listener, owner, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted, WindowFinding, WindowFindingKind

_RADMIN_PORT = 4899


def _script(setting: Setting) -> Iterator[Step]:
    return seat(
        setting, answers(setting.random, STEADY, begin_s=5), _watched_by_a_stranger(setting)
    )


def _watched_by_a_stranger(setting: Setting) -> Iterator[Step]:
    at_s = setting.onset_s
    server = process(
        setting.random, "rserver3.exe", r"C:\Windows\SysWOW64\rserver30", started_s=at_s
    )
    listens = listener(server, _RADMIN_PORT)
    session = inbound(setting, listens, STRANGER_ON_THE_LAN)
    looks = WindowFinding(WindowFindingKind.SCREEN_READ, owner(server))
    yield Step(at_s, Happens((ProcessStarted(server), listens), urgent=True))
    yield Step(at_s + 3, Happens((session, looks), urgent=True))


SCENE = Scene(
    "shijiazhuang",
    "石家庄：局域网内的陌生设备只看屏幕，不操控",
    "Shijiazhuang: a stranger on the LAN only looks at the screen",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL}),
)
