"""From Windows events to observations, one computer at a time. Which events are understood stands in one table."""

from collections.abc import Callable

from jiankao_collector.recordings import changes, connections
from jiankao_collector.recordings.logons import Logons
from jiankao_collector.recordings.processes import Processes
from jiankao_collector.recordings.windows_event import (
    REMOTE_CONNECTIONS,
    SECURITY,
    SERVICE_CONTROL,
    SYSMON,
    SYSTEM,
    WindowsEvent,
)
from jiankao_proto.observations import Fact

_AT_WORK = {(SYSMON, number) for number in (3, 11, 12, 13, 14, 22)}
"""Events that name the process that did something."""


class Translation:
    """One computer's events as facts. What they mean may rest on earlier ones: give them in the order of time."""

    def __init__(self) -> None:
        processes, logons = Processes(), Logons()
        self._processes = processes
        self._readers: dict[tuple[str, int], Callable[[WindowsEvent], tuple[Fact, ...]]] = {
            (SYSMON, 1): processes.started_by_sysmon,
            (SYSMON, 3): lambda event: connections.connection(event, processes),
            (SYSMON, 5): processes.ended,
            (SYSMON, 6): changes.driver_loaded,
            (SYSMON, 11): changes.file_created,
            (SYSMON, 12): changes.key_changed,
            (SYSMON, 13): changes.value_set,
            (SYSMON, 14): changes.value_set,
            (SYSMON, 22): lambda event: connections.resolved(event, processes),
            (SECURITY, 4624): logons.logged_on,
            (SECURITY, 4634): logons.logged_off,
            (SECURITY, 4647): logons.logged_off,
            (SECURITY, 4688): processes.started_by_security,
            (SECURITY, 4689): processes.ended,
            (SECURITY, 4697): changes.service_installed,
            (SECURITY, 4778): logons.reconnected,
            (SECURITY, 4779): logons.disconnected,
            (SECURITY, 6416): changes.device_recognised,
            (SYSTEM, 7045): changes.service_installed,
            (REMOTE_CONNECTIONS, 1149): logons.reached,
        }

    def facts(self, event: WindowsEvent) -> tuple[Fact, ...] | None:
        """Return what an event says: nothing when it means nothing here, None when its kind is not understood."""
        if event.service == SYSTEM and event.provider not in {"", SERVICE_CONTROL}:
            return None
        reader = self._readers.get((event.service, event.event_id))
        if reader is None:
            return None
        if (event.service, event.event_id) not in _AT_WORK:
            return reader(event)
        running = self._processes.running(event, event.number("ProcessId"), event.text("Image"))
        return (*running, *reader(event))
