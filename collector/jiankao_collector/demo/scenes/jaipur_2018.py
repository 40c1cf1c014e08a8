"""jaipur-2018: a seat wired by LAN to experts in another room. Pure."""

from collections.abc import Iterator

from jiankao_collector.demo.address_plan import EXPERTS_ROOM
from jiankao_collector.demo.scenes.hand import injected
from jiankao_collector.demo.scenes.programs import inbound, listener, process
from jiankao_collector.demo.scenes.windows_seat import seat
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessStarted

_VNC_PORT = 5900


def _script(setting: Setting) -> Iterator[Step]:
    return seat(setting, _driven_over_the_lan(setting))


def _driven_over_the_lan(setting: Setting) -> Iterator[Step]:
    random, at_s = setting.random, setting.onset_s
    server = process(random, "winvnc.exe", r"C:\Program Files\uvnc bvba\UltraVNC", started_s=at_s)
    listens = listener(server, _VNC_PORT)
    session = inbound(setting, listens, EXPERTS_ROOM)
    yield Step(at_s, Happens((ProcessStarted(server), listens), urgent=True))
    yield Step(at_s + 3, Happens((session,), urgent=True))
    at_s += 6
    while True:
        for _ in range(random.randint(3, 5)):
            yield injected(random, at_s, keys=random.choice((0, 0, 3)))
            at_s += 1
        at_s += random.uniform(3, 9)


SCENE = Scene(
    "jaipur-2018",
    "斋浦尔2018:另一房间经局域网操控，考生坐着不动",
    "Jaipur 2018: driven over the LAN from another room, the candidate just sits there",
    _script,
    frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT}),
)
