"""The sensors of this platform, in the order in which they start and are shown."""

import sys
from pathlib import Path

from jiankao_agent.sensors.base import Sensor

NEED_DESKTOP = frozenset({"input", "desktop", "displays"})
"""Windows's sensors that see only the session they run in: a service leaves them to its helper there."""


def desktop_sensors() -> tuple[Sensor, ...]:
    """Return those that need the desktop, for the helper; the others are not even imported."""
    if sys.platform == "win32":
        from jiankao_agent.sensors.windows import (  # noqa: PLC0415 - see below
            desktop,
            displays,
            input,  # noqa: A004 - it is the sensor's name everywhere
        )

        return (input.InputSensor(), desktop.DesktopSensor(), displays.DisplaysSensor())
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        return ()


def sensors(state: Path | None = None) -> tuple[Sensor, ...]:
    """Return this platform's sensors. Adding one touches one line here. `state`: its folder, if not the usual."""
    if sys.platform == "win32":
        # Imported where they work: what they stand on is Windows.
        from jiankao_agent.sensors.windows import (  # noqa: PLC0415 - see above
            connections,
            desktop,
            devices,
            displays,
            files,
            input,  # noqa: A004 - it is the sensor's name everywhere
            integrity,
            network,
            processes,
            services,
            sessions,
        )

        return (
            processes.ProcessesSensor(),
            connections.ConnectionsSensor(),
            input.InputSensor(),
            sessions.SessionsSensor(),
            desktop.DesktopSensor(),
            devices.DevicesSensor(),
            displays.DisplaysSensor(),
            network.NetworkSensor(),
            files.FilesSensor(state),
            services.ServicesSensor(),
            integrity.IntegritySensor(),
        )
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        # Imported where they work: what they stand on is Linux.
        from jiankao_agent.sensors.connections import ConnectionsSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.desktop import DesktopSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.devices import DevicesSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.displays import DisplaysSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.files import FilesSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.input import InputSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.integrity import IntegritySensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.network import NetworkSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.processes import ProcessesSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.services import ServicesSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.sessions import SessionsSensor  # noqa: PLC0415 - see above

        return (
            ProcessesSensor(),
            ConnectionsSensor(),
            InputSensor(),
            DesktopSensor(),
            SessionsSensor(),
            DevicesSensor(),
            DisplaysSensor(),
            NetworkSensor(),
            FilesSensor(state),
            ServicesSensor(),
            IntegritySensor(),
        )
