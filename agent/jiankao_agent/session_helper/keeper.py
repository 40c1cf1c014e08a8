"""The service's side: keeps the helper, as a sensor among the others, and takes in what it tells.

Each sensor that runs in the helper has a stand-in here, so that the agent knows it by its name, asks it for baselines
and shows how it is, wherever it runs. The helper's clock is not taken over: facts are stamped when they arrive.
"""

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from jiankao_agent.clock import monotonic_us
from jiankao_agent.sensors.base import OK, Condition, Emit, Sensor, SensorContext
from jiankao_agent.session_helper import care
from jiankao_agent.session_helper.care import HelperCare, Said, Standing
from jiankao_agent.session_helper.desk import Desk, HelperAtWork
from jiankao_agent.session_helper.messages import Allowance, Kind, Wish, read_message
from jiankao_proto.bilingual import in_language, say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import AgentLifecycle, Health, LifecycleStage, SensorStateChanged

_LOOK_S = 0.25
_READ_S = 0.25
_ENDS_WITHIN_S = 3.0
_CONNECTS_WITHIN_S = care.CONNECTS_WITHIN_US / 1e6
_LONGEST_REASON = 300

_log = logging.getLogger(__name__)

STARTING = Condition(Health.STARTING)
NOBODY = Condition(
    Health.DEGRADED,
    say(
        "屏幕前没有人登录，没有桌面可看",
        "nobody is logged on at the screen: there is no desktop to watch",
    ),
    say("考生登录后会自动恢复", "it works by itself once the candidate logs on"),
)
_AGAIN = say(
    "它会自动重新启动；若仍如此，请检查是谁在结束监考程序",
    "it is started again by itself; if this stays, look who ends the agent's programs",
)
_REINSTALL = say(
    "请由管理员运行 jiankao-agent service install 重新安装服务",
    "have an administrator install the service again: jiankao-agent service install",
)


def _dead(reason: str) -> Condition:
    return Condition(
        Health.UNAVAILABLE,
        say(
            f"桌面助手意外退出：{in_language(reason, 'zh')}",
            f"the desktop helper died: {in_language(reason, 'en')}",
        ),
        _AGAIN,
    )


def _refused(reason: str) -> Condition:
    return Condition(
        Health.UNAVAILABLE,
        say(f"无法启动桌面助手：{reason}", f"the desktop helper cannot be started: {reason}"),
        _REINSTALL,
    )


class StandIn:
    """A sensor that runs in the helper, as the service sees it."""

    def __init__(self, sensor: Sensor) -> None:
        """Take the name and the place of a sensor."""
        self._sensor = sensor
        self._conditions: queue.SimpleQueue[Condition] = queue.SimpleQueue()
        self.baseline_wanted = threading.Event()

    @property
    def name(self) -> str:
        """The sensor's name."""
        return self._sensor.name

    def probe(self) -> Condition:
        """Tell what the sensor would say here."""
        return self._sensor.probe()

    def show(self, condition: Condition) -> None:
        """Show how it is, from any thread."""
        self._conditions.put(condition)

    def run(self, context: SensorContext) -> None:
        """Pass on what it is asked and what is heard of it, until told to stop."""
        while not context.stopping.is_set():
            if context.baseline_wanted():
                self.baseline_wanted.set()
            try:
                context.report(self._conditions.get(timeout=_LOOK_S))
            except queue.Empty:
                continue


class _Link(threading.Thread):
    """One helper, from its start to its end; tells the keeper what happens."""

    def __init__(
        self, number: int, at_work: HelperAtWork, keeper: "HelperSensor", emit: Emit
    ) -> None:
        super().__init__(name=f"helper-{number}", daemon=True)
        self.at_work = at_work
        self._number, self._keeper, self._emit = number, keeper, emit
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._open = False
        """Whether it is connected: only then may it be written to."""

    def run(self) -> None:
        try:
            reason = self._follow()
        except OSError as error:
            reason = self.at_work.last_words() or say(
                f"与它的连接断开（{error.strerror or error}）",
                f"the connection to it broke ({error.strerror or error})",
            )
        except MalformedError as error:
            reason = say(f"发送了不该发送的内容（{error}）", f"it sent what it may not ({error})")
        finally:
            self.at_work.end()
            with self._lock:
                self._open = False
                self.at_work.close()
        if not self._ending.is_set():
            self._keeper.happened(care.Ended(self._number, reason[:_LONGEST_REASON]))

    def end(self) -> None:
        self._ending.set()
        self.at_work.end()

    def ask_baseline(self) -> None:
        with self._lock:
            if self._open:  # one that comes later begins with its baseline anyway
                with suppress(OSError):  # it is gone, which the reading thread finds out too
                    self.at_work.write(bytes((Wish.BASELINE,)))

    def _follow(self) -> str:
        self.at_work.connect(_CONNECTS_WITHIN_S)
        with self._lock:
            self._open = True
        self._keeper.happened(care.Heard(self._number, Said.CONNECTED))
        allowance = Allowance(monotonic_us())
        while not self._ending.is_set():
            data = self.at_work.read(_READ_S)
            if data is None:
                continue
            if not allowance.take(len(data), monotonic_us()):
                return say("发送过多数据", "it sent too much")
            message = read_message(data, self._keeper.sensor_names)
            if isinstance(message.fact, SensorStateChanged):
                self._keeper.hear_of_sensor(message.fact)
            elif message.fact is not None:
                self._emit(message.fact, urgent=message.kind is Kind.URGENT_FACT)
            elif message.kind is Kind.LIFE:
                self._keeper.happened(care.Heard(self._number, Said.LIVES))
            else:
                self._keeper.happened(care.Heard(self._number, Said.GOODBYE))
        return ""


class HelperSensor:
    """Keeps the helper."""

    name = "helper"

    def __init__(self, desk: Desk, sensors: Sequence[Sensor]) -> None:
        """Keep a helper on `desk` that runs `sensors`; `stand_ins` are to be run beside this."""
        self._desk = desk
        self.stand_ins = tuple(StandIn(sensor) for sensor in sensors)
        self._by_name = {stand_in.name: stand_in for stand_in in self.stand_ins}
        self.sensor_names = frozenset(self._by_name)
        self._events: queue.SimpleQueue[care.Event] = queue.SimpleQueue()
        self._links: dict[int, _Link] = {}

    def probe(self) -> Condition:
        """Tell whether somebody is at the screen to watch."""
        try:
            return NOBODY if self._desk.session() is None else OK
        except OSError as error:
            return _refused(str(error))

    def happened(self, event: care.Event) -> None:
        """Take in what happened, from any thread."""
        self._events.put(event)

    def hear_of_sensor(self, fact: SensorStateChanged) -> None:
        """Show how a sensor in the helper is."""
        self._by_name[fact.sensor].show(Condition(fact.health, fact.reason, fact.remedy))

    def run(self, context: SensorContext) -> None:
        """Keep a helper until told to stop. Raises OSError when Windows does not say who is at the screen."""
        machine = HelperCare(monotonic_us())
        try:
            while not context.stopping.is_set():
                context.baseline_wanted()  # the stand-ins pass it on; being asked is the sign of life
                self._give(machine, care.SessionSeen(self._desk.session()), context)
                self._give(machine, care.Woken(), context)
                self._pass_on_baselines()
                try:
                    self._give(machine, self._events.get(timeout=_LOOK_S), context)
                    while True:
                        self._give(machine, self._events.get_nowait(), context)
                except queue.Empty:
                    continue
        finally:
            links = list(self._links.values())
            self._give(machine, care.Stopped(), context)
            for link in links:
                link.join(_ENDS_WITHIN_S)

    def _give(self, machine: HelperCare, event: care.Event, context: SensorContext) -> None:
        for command in machine.handle(event, monotonic_us()):
            self._do(command, context)

    def _do(self, command: care.Command, context: SensorContext) -> None:
        match command:
            case care.Start():
                self._start(command, context)
            case care.End():
                link = self._links.pop(command.helper, None)
                if link is not None:
                    link.end()
            case care.TellDeath():
                context.emit(
                    AgentLifecycle(LifecycleStage.HELPER_DIED, command.reason), urgent=True
                )
            case care.Show():
                self._show(command, context)

    def _start(self, command: care.Start, context: SensorContext) -> None:
        try:
            at_work = self._desk.start(command.session)
        except OSError as error:
            self.happened(care.Refused(command.helper, str(error)[:_LONGEST_REASON]))
            return
        _log.info("helper %d started in session %d", command.helper, command.session)
        self._links = {command.helper: _Link(command.helper, at_work, self, context.emit)}
        self._links[command.helper].start()

    def _show(self, command: care.Show, context: SensorContext) -> None:
        match command.standing:
            case Standing.WORKING:
                context.report(OK)
                return  # its sensors say themselves how they are
            case Standing.NOBODY:
                own, others = OK, NOBODY
            case Standing.STARTING:
                own = others = STARTING
            case Standing.DEAD:
                # One line for one death: the sensors are given the time a start takes, the helper is not.
                own, others = _dead(command.reason), STARTING
            case Standing.REFUSED:
                own = others = _refused(command.reason)
        context.report(own)
        for stand_in in self.stand_ins:
            stand_in.show(others)

    def _pass_on_baselines(self) -> None:
        wanted = [s for s in self.stand_ins if s.baseline_wanted.is_set()]
        if not wanted:
            return
        for stand_in in wanted:
            stand_in.baseline_wanted.clear()
        for link in self._links.values():
            link.ask_baseline()
