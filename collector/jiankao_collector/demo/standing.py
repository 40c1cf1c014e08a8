"""What is there at a workstation right now: an agent's baseline. Pure."""

from collections.abc import Hashable
from dataclasses import replace

from jiankao_proto.observations import (
    Change,
    ConnectionClosed,
    ConnectionOpened,
    DeviceAttached,
    DeviceRemoved,
    DisplayChanged,
    Fact,
    ListenerClosed,
    ListenerOpened,
    NetworkInterfaceChanged,
    ProcessEnded,
    ProcessStarted,
    SessionEnded,
    SessionStarted,
)


class Standing:
    """Takes in what happens and keeps what lasts."""

    def __init__(self) -> None:
        self._there: dict[Hashable, Fact] = {}

    def see(self, fact: Fact) -> None:
        """Take in one fact. Facts that do not last, input say, leave no trace."""
        match fact:
            case ProcessStarted(process=process):
                key = ("process", process.pid, process.started_at_us)
                self._there[key] = replace(fact, baseline=True)
            case ProcessEnded(pid=pid, started_at_us=began):
                self._there.pop(("process", pid, began), None)
            case ConnectionOpened() | ConnectionClosed():
                self._keep(("connection", fact.transport, fact.local, fact.remote), fact)
            case ListenerOpened() | ListenerClosed():
                self._keep(("listener", fact.transport, fact.local), fact)
            case SessionStarted() | SessionEnded():
                self._keep(("session", fact.session), fact)
            case DeviceAttached() | DeviceRemoved():
                self._keep(("device", fact.device.path), fact)
            case DisplayChanged(output=output):
                self._change(("display", output), fact)
            case NetworkInterfaceChanged(interface=interface):
                self._change(("interface", interface), fact)
            case _:
                pass

    def baseline(self) -> tuple[Fact, ...]:
        """Return everything that is there, marked as baseline, in the order in which it came."""
        return tuple(self._there.values())

    def _keep(self, key: Hashable, fact: Fact) -> None:
        match fact:
            case ConnectionOpened() | ListenerOpened() | SessionStarted() | DeviceAttached():
                self._there[key] = replace(fact, baseline=True)
            case _:
                self._there.pop(key, None)

    def _change(self, key: Hashable, fact: DisplayChanged | NetworkInterfaceChanged) -> None:
        if fact.change is Change.REMOVED:
            self._there.pop(key, None)
        else:
            self._there[key] = replace(fact, change=Change.BASELINE)
