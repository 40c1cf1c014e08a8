"""Which programs run: what started, what ended, and what an existing process turned into.

Linux, by looking at /proc. A turn costs a few microseconds while nothing starts, because the kernel tells the pid it
gave out last. A process shorter than a turn can be missed.

Two starts of one (pid, started_at_us) are an exec: the process runs another program from the second one on.
Kernel threads are no programs and are left out.
"""

from dataclasses import dataclass

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.executable_digests import ExecutableDigests
from jiankao_agent.platform.linux.process_look import (
    Glance,
    ProcessLook,
    glance,
    peek,
    read_arguments,
)
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.masking import mask_command_line
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Health, Process, ProcessEnded, ProcessStarted

TURN_S = 0.25
_TURNS_A_ROUND = 4
"""Once a round every process is looked at for another executable."""
_TURNS_A_THOROUGH_ROUND = 16
"""Once in so many turns also for another script in the same interpreter; young ones, which exec most, at every turn."""
_YOUNG_TURNS = 20

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


@dataclass(slots=True)
class _Known:
    glance: Glance
    peeked: bytes
    arguments_hash: int
    """Of the command line: enough to notice that it changed, and no secret is kept for it."""
    young_until_turn: int


class ProcessesSensor:
    """Starts and ends of processes."""

    name = "processes"

    def probe(self) -> Condition:
        """Tell whether /proc can be read, and as whom."""
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
        return OK if proc_files.sees_all_processes() else NOT_ROOT

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when /proc cannot be read."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        context.report(condition)
        digests = ExecutableDigests()
        try:
            watch = _Watch(context, ProcessLook(), digests)
            while True:
                watch.turn()
                if context.stopping.wait(TURN_S):
                    return
        except (OSError, MalformedError) as error:
            raise SensorError(
                f"processes: /proc cannot be read any more ({error}); is it mounted?"
            ) from error
        finally:
            digests.close()


class _Watch:
    def __init__(
        self, context: SensorContext, look: ProcessLook, digests: ExecutableDigests
    ) -> None:
        self._context = context
        self._look = look
        self._digests = digests
        self._known: dict[int, _Known] = {}
        self._last_pid = -1
        self._turn = 0

    def turn(self) -> None:
        """Compare what runs with what ran. Raises OSError or MalformedError when /proc is gone."""
        self._turn += 1
        baseline = self._context.baseline_wanted()
        if baseline:
            # Known ones are told again; a start or an end since the last turn is told as such below.
            for known in list(self._known.values()):
                self._tell_started(known.glance, baseline=True)
        first = self._turn == 1
        last_pid = proc_files.parse_last_pid(proc_files.read("/proc/loadavg", 256))
        if last_pid != self._last_pid or self._turn % _TURNS_A_ROUND == 0:
            self._last_pid = last_pid
            self._compare_lists(proc_files.list_pids(), baseline=first)
        self._look_for_execs()

    def _compare_lists(self, pids: set[int], *, baseline: bool) -> None:
        for pid in self._known.keys() - pids:
            self._tell_ended(pid)
        # Ascending, so that a parent is known before its children.
        for pid in sorted(pids - self._known.keys()):
            # Peeked at before the glance: an exec between the two shows at the next peek, not never.
            peeked = peek(pid)
            if seen := glance(pid):
                self._add(seen, peeked, baseline=baseline)

    def _look_for_execs(self) -> None:
        for pid, known in list(self._known.items()):
            if known.glance.kernel_thread or not self._looks_different(pid, known):
                continue
            peeked = peek(pid)
            seen = glance(pid)
            if seen is None:
                self._tell_ended(pid)
            elif seen.start_ticks != known.glance.start_ticks:
                self._tell_ended(pid)
                self._add(seen, peeked, baseline=False)
            elif self._runs_another_program(known, seen):
                self._add(seen, peeked, baseline=False)
            else:
                known.glance, known.peeked = seen, peeked

    def _looks_different(self, pid: int, known: _Known) -> bool:
        """Tell whether a process is worth a glance, at the price that its turn allows."""
        if self._turn < known.young_until_turn or (self._turn - pid) % _TURNS_A_THOROUGH_ROUND == 0:
            return peek(pid) != known.peeked
        if (self._turn - pid) % _TURNS_A_ROUND == 0:
            return proc_files.read_executable(pid) != known.glance.executable
        return False

    @staticmethod
    def _runs_another_program(known: _Known, seen: Glance) -> bool:
        if seen.executable != known.glance.executable:
            # A file deleted or replaced under a running process is the same program.
            old, new = known.glance.executable, seen.executable
            return new.removesuffix(" (deleted)") != old.removesuffix(" (deleted)")
        # Programs may rename themselves; a script that replaces a script in the same interpreter also has
        # another command line.
        return seen.command != known.glance.command and (
            hash(read_arguments(seen.pid)) != known.arguments_hash
        )

    def _add(self, seen: Glance, peeked: bytes, *, baseline: bool) -> None:
        arguments = () if seen.kernel_thread else read_arguments(seen.pid)
        young_until = 0 if baseline else self._turn + _YOUNG_TURNS
        self._known[seen.pid] = _Known(seen, peeked, hash(arguments), young_until)
        self._tell_started(seen, baseline=baseline)

    def _tell_started(self, seen: Glance, *, baseline: bool) -> None:
        if seen.kernel_thread:
            return
        parent = self._known.get(seen.parent_pid)
        process: Process = self._look.describe(
            seen,
            parent_name=parent.glance.name if parent else "",
            mask=mask_command_line,
            sha256=self._digests.of_process(seen.pid, seen.executable),
        )
        self._context.emit(ProcessStarted(process, baseline=baseline), urgent=not baseline)

    def _tell_ended(self, pid: int) -> None:
        gone = self._known.pop(pid).glance
        if not gone.kernel_thread:
            started = self._look.started_at_us(gone.start_ticks)
            self._context.emit(ProcessEnded(pid, started, gone.name))
