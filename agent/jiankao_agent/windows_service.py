"""The agent as a Windows service, and the helper it keeps in the session at the screen.

A service sees every program and socket and nobody but an administrator can end it; what it cannot see is the desktop.
So `run` watches all but the desktop itself, and keeps a helper that watches that (docs/adr/0012).
"""

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from jiankao_agent import service
from jiankao_agent.config import StateFolder, load_enrolment
from jiankao_agent.errors import AgentError, ConfigurationError
from jiankao_agent.platform.windows import service_control, service_dispatch
from jiankao_agent.platform.windows.service_control import State
from jiankao_agent.sensors import catalogue
from jiankao_agent.sensors.base import Sensor
from jiankao_agent.session_helper.keeper import HelperSensor
from jiankao_agent.session_helper.windows_desk import WindowsDesk

NAME = "jiankao-agent"
_TITLE = "jiankao exam monitoring (监考)"
_DESCRIPTION = (
    "考试期间监测本机：程序、网络连接、登录会话与输入的节奏。 "
    "Watches this computer during exams: programs, connections, logons and the timing of input."
)
_STARTS_WITHIN_S, _STOPS_WITHIN_S = 30.0, 30.0
_LOG_BYTES, _OLD_LOGS = 1 << 20, 1

_log = logging.getLogger(__name__)


def install(state: Path) -> str:
    """Make the service; return what to tell. Raises ConfigurationError."""
    load_enrolment(StateFolder(state))
    if sys.prefix != sys.base_prefix:
        raise ConfigurationError(
            f"{sys.prefix}: a service cannot be started from a virtual environment; "
            "install the agent into a Python for all users"
        )
    words = [sys.executable, "-P", "-m", "jiankao_agent", "service", "run", "--state", str(state)]
    service_control.install(NAME, _TITLE, _DESCRIPTION, " ".join(f'"{w}"' for w in words))
    return f"service {NAME} is installed; start it with: jiankao-agent service start"


def remove() -> str:
    """Stop and remove the service. Raises ConfigurationError."""
    service_control.stop(NAME, _STOPS_WITHIN_S)
    service_control.remove(NAME)
    return f"service {NAME} is removed; its state folder stays"


def start() -> str:
    """Start the service. Raises ConfigurationError."""
    service_control.start(NAME, _STARTS_WITHIN_S)
    return f"service {NAME} runs"


def stop() -> str:
    """Stop the service. Raises ConfigurationError."""
    service_control.stop(NAME, _STOPS_WITHIN_S)
    return f"service {NAME} is stopped"


def status() -> tuple[str, bool]:
    """Return how the service stands, and whether it runs. Raises ConfigurationError."""
    found = service_control.status(NAME)
    if found is None:
        return f"service {NAME} is not installed", False
    runs = found.state == State.RUNNING
    known = found.state in tuple(State)
    name = State(found.state).name.lower().replace("_", " ") if known else f"state {found.state}"
    return f"service {NAME}: {name}" + (f" (process {found.pid})" if found.pid else ""), runs


def run(state: StateFolder, spool_limit: int, in_console: Callable[[], None]) -> None:
    """Be the service until Windows stops it; in a command line, until Ctrl-C, after calling `in_console`.

    Raises ConfigurationError and SpoolError in a command line; as a service they go to its log.
    """

    def body(manager: service_dispatch.Manager) -> bool:
        _log_to(state)
        try:
            service.run(state, sensors(state), spool_limit, ending=manager.ready)
        except AgentError as error:
            _log.error("%s", error)
            return False
        except BaseException:  # noqa: BLE001 - Windows must be told that the service ended
            _log.exception("the service failed")
            return False
        return True

    if not service_dispatch.dispatch(NAME, body):
        in_console()
        service.run(state, sensors(state), spool_limit)


def sensors(state: StateFolder) -> tuple[Sensor, ...]:
    """Return the service's sensors: those of the desktop are kept in the helper, and stood in for."""
    found = catalogue.sensors(state.path)
    keeper = HelperSensor(WindowsDesk(), [s for s in found if s.name in catalogue.NEED_DESKTOP])
    stand_ins: dict[str, Sensor] = {s.name: s for s in keeper.stand_ins}
    return (*(stand_ins.get(s.name, s) for s in found), keeper)


def _log_to(state: StateFolder) -> None:
    """Log into the state folder: a service has nowhere else to write to."""
    logging.basicConfig(
        handlers=[
            RotatingFileHandler(
                state.path / "agent.log",
                maxBytes=_LOG_BYTES,
                backupCount=_OLD_LOGS,
                encoding="utf-8",
            )
        ],
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for chatty in ("grpc", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
