"""Which programs run: what started, what ended, and what an existing process turned into.

Linux. Where the kernel tells of every exec by itself (the proc connector), nothing is too short to be seen; elsewhere
/proc is compared four times a second. Kernel threads are no programs and are left out.

Without the connector a root agent's sensor is still OK, with a reason. Whoever drives a seat needs a program that lives
longer than a quarter of a second, so nothing that alerts rest on is lost; and a warning at every seat of a room whose
kernels have no connector would be one that proctors learn to overlook.
"""

from contextlib import closing

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.executable_digests import ExecutableDigests
from jiankao_agent.platform.linux.proc_connector import NoProcConnectorError, ProcConnector
from jiankao_agent.platform.linux.process_look import ProcessLook
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.process_events import ProcessEvents
from jiankao_agent.sensors.process_table import ProcessTable
from jiankao_agent.sensors.process_turns import ProcessTurns
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Health

NOT_ROOT = Condition(
    Health.DEGRADED,
    say(
        "采集程序不是以 root 运行，看不到其他用户的程序来自哪个文件",
        "the agent does not run as root and cannot tell which file other users' programs come from",
    ),
    say(
        "请以 root 运行采集程序（随附的 systemd 服务即如此）",
        "run the agent as root, as its systemd unit does",
    ),
)
BY_TURNS = Condition(
    Health.OK,
    say(
        "系统不提供进程事件，每 0.25 秒检查一次：运行时间更短的程序可能看不到",
        "the system gives no process events: looked at every 0.25 s, a program that runs for less may not be seen",
    ),
)


class ProcessesSensor:
    """Starts and ends of processes."""

    name = "processes"

    def probe(self) -> Condition:
        """Tell whether /proc can be read, as whom, and whether the kernel tells of processes by itself."""
        try:
            proc_files.list_pids()
            ProcessLook()
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取 /proc：{error}", f"/proc cannot be read: {error}"),
                say(
                    "请挂载 /proc（mount -t proc proc /proc）",
                    "mount /proc (mount -t proc proc /proc)",
                ),
            )
        connector = _connector()
        if connector is not None:
            connector.close()
        return _condition(by_events=connector is not None)

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when /proc cannot be read."""
        try:
            with closing(ExecutableDigests()) as digests:
                table = ProcessTable(context, ProcessLook(), digests)
                connector = _connector()
                condition = _condition(by_events=connector is not None)
                context.report(condition)
                if connector is None:
                    ProcessTurns(context, table).watch()
                else:
                    with closing(connector):
                        ProcessEvents(context, table, connector, condition).watch()
        except (OSError, MalformedError) as error:
            raise SensorError(
                f"processes: /proc cannot be read any more ({error}); is it mounted?"
            ) from error


def _connector() -> ProcConnector | None:
    try:
        return ProcConnector()
    except NoProcConnectorError:
        return None


def _condition(*, by_events: bool) -> Condition:
    if not proc_files.sees_all_processes():
        return NOT_ROOT
    return OK if by_events else BY_TURNS
