"""The sensors of this platform, in the order in which they start and are shown."""

import sys

from jiankao_agent.sensors.base import Sensor


def sensors() -> tuple[Sensor, ...]:
    """Return this platform's sensors. Adding one touches one line here."""
    if sys.platform == "win32":
        # Imported where they work: what they stand on is Windows.
        from jiankao_agent.sensors.windows import (  # noqa: PLC0415 - see above
            connections,
            input,  # noqa: A004 - it is the sensor's name everywhere
            processes,
            sessions,
        )

        return (
            processes.ProcessesSensor(),
            connections.ConnectionsSensor(),
            input.InputSensor(),
            sessions.SessionsSensor(),
        )
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        # Imported where they work: what they stand on is Linux.
        from jiankao_agent.sensors.connections import ConnectionsSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.input import InputSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.processes import ProcessesSensor  # noqa: PLC0415 - see above
        from jiankao_agent.sensors.sessions import SessionsSensor  # noqa: PLC0415 - see above

        return (
            ProcessesSensor(),
            ConnectionsSensor(),
            InputSensor(),
            SessionsSensor(),
        )
