"""Which settings of the network are new, gone or there all along. Pure: what there is comes from elsewhere."""

from collections.abc import Callable

from jiankao_agent.platform.linux.route_messages import WaySeen
from jiankao_agent.platform.linux.setting_files import Setting
from jiankao_agent.sensors.base import Emit
from jiankao_proto.observations import Change, NetworkSettingChanged

MOST = 256
"""Settings that are told of; a router has more routes, an exam workstation a handful."""


def route(way: WaySeen, interface: str) -> Setting:
    """Return a route as a setting."""
    return Setting("route", way.destination, f"{way.gateway} dev {interface}".strip())


class NetworkSettings:
    """What has been told of settings. It outlives a run of the sensor: a restart hides nothing."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._known: frozenset[Setting] | None = None

    def again(self, emit: Emit) -> None:
        """Tell everything that is known again."""
        for setting in sorted(self._known or ()):
            emit(NetworkSettingChanged(Change.BASELINE, *setting))

    def take(self, now: frozenset[Setting], emit: Emit) -> None:
        """Take in the settings there are now, and tell what is new; the first time all of it as a baseline."""
        if now == self._known:
            return
        told = frozenset(sorted(now)[:MOST])
        before, change = self._known, Change.ADDED
        if before is None:
            before, change = frozenset(), Change.BASELINE
        _tell(before - told, Change.REMOVED, emit)
        _tell(told - before, change, emit)
        self._known = told


def _tell(settings: frozenset[Setting], change: Change, emit: Callable[..., None]) -> None:
    for setting in sorted(settings):
        emit(NetworkSettingChanged(change, *setting), urgent=change is not Change.BASELINE)
