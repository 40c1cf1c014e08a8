"""What to do about the helper, whatever happens to it: a state machine. Pure; time is an input.

One helper runs in the session at the screen. One that dies is told of at once and started again, with growing pauses.
One whose session is left is ended and not told of. Windows ends the programs of a session before it says that the
session is over, so a helper may say goodbye; it is believed only if the session is over soon after, for whoever can
end the helper could also make it say so.
"""

from dataclasses import dataclass
from enum import Enum, auto

from jiankao_proto.bilingual import say

CONNECTS_WITHIN_US = 60_000_000
"""Long, for a computer that is busy at its start; one that ends before is noticed at once."""
SILENT_AFTER_US = 10_000_000
"""A helper tells that it lives every two seconds (`messages.LIFE_EVERY_S`)."""
LEAVES_WITHIN_US = 15_000_000
"""How long after a helper's goodbye its session may still be there."""
FIRST_PAUSE_US, LONGEST_PAUSE_US = 500_000, 30_000_000
SOUND_AFTER_US = 60_000_000
"""A helper that lived this long and then dies is started again with the shortest pause."""
ASLEEP_AFTER_US = 5_000_000
"""If nobody asked for so long, the computer slept or was overloaded: silence in that time says nothing."""

NEVER_CAME = say("没有在规定时间内连接", "it did not connect in time")
SILENT = say("没有响应", "it does not answer")
FALSE_GOODBYE = say(
    "声称会话结束而会话仍在", "it said that the session ends, and the session is still there"
)


# ---- what happens ----


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """Which session is at the screen with somebody logged on; None when nobody is."""

    session: int | None


class Said(Enum):
    """What a helper lets be known."""

    CONNECTED = auto()
    LIVES = auto()
    GOODBYE = auto()


@dataclass(frozen=True, slots=True)
class Heard:
    """A helper said something. `helper` is the number its `Start` had."""

    helper: int
    said: Said


@dataclass(frozen=True, slots=True)
class Ended:
    """A helper is gone, or was cut off for what it sent."""

    helper: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Windows did not start a helper."""

    helper: int
    reason: str


@dataclass(frozen=True, slots=True)
class Woken:
    """Time has passed. To be given every second or so."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The agent ends."""


Event = SessionSeen | Heard | Ended | Refused | Woken | Stopped


# ---- what to do about it ----


@dataclass(frozen=True, slots=True)
class Start:
    """Start a helper in a session."""

    helper: int
    session: int


@dataclass(frozen=True, slots=True)
class End:
    """End a helper; its `Ended` no longer matters."""

    helper: int


@dataclass(frozen=True, slots=True)
class TellDeath:
    """Tell the collector that the helper died."""

    reason: str


class Standing(Enum):
    """How the watching of the desktop stands."""

    NOBODY = auto()
    STARTING = auto()
    WORKING = auto()
    DEAD = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Show:
    """Show how it stands, and why."""

    standing: Standing
    reason: str = ""


Command = Start | End | TellDeath | Show


class _Phase(Enum):
    NEW = auto()
    """Nobody has looked yet who is at the screen."""
    IDLE = auto()
    """Nobody is."""
    STARTING = auto()
    WORKING = auto()
    LEAVING = auto()
    """It said goodbye."""
    PAUSING = auto()
    STOPPED = auto()


class HelperCare:
    """The helper's state, and what follows from each event."""

    def __init__(self, now_us: int) -> None:
        self._phase = _Phase.NEW
        self._session: int | None = None
        self._helper = 0
        self._alive = False
        self._since_us = self._heard_us = self._asked_us = now_us
        self._due_us = 0
        self._pause_us = FIRST_PAUSE_US

    def handle(self, event: Event, now_us: int) -> list[Command]:
        """Return what to do, in this order."""
        slept = now_us - self._asked_us > ASLEEP_AFTER_US
        self._asked_us = now_us
        if slept:
            self._since_us = self._heard_us = now_us
            if self._phase is _Phase.LEAVING:
                self._due_us = now_us + LEAVES_WITHIN_US
        if self._phase is _Phase.STOPPED:
            return []
        match event:
            case SessionSeen():
                return self._session_seen(event.session, now_us)
            case Woken():
                return self._woken(now_us)
            case Stopped():
                self._phase = _Phase.STOPPED
                return self._end()
            case Heard() | Ended() | Refused():
                # Of a helper before this one nothing matters any more.
                current = self._alive and event.helper == self._helper
                return self._of_helper(event, now_us) if current else []

    def _of_helper(self, event: Heard | Ended | Refused, now_us: int) -> list[Command]:
        if isinstance(event, Heard):
            return self._hear(event.said, now_us)
        self._alive = False
        if isinstance(event, Refused):
            self._pause(now_us)
            return [Show(Standing.REFUSED, event.reason)]
        # After a goodbye the session's end is awaited first.
        return [] if self._phase is _Phase.LEAVING else self._die(event.reason, now_us)

    def _session_seen(self, session: int | None, now_us: int) -> list[Command]:
        if session == self._session and self._phase is not _Phase.NEW:
            return []
        commands = self._end()
        self._session, self._phase, self._pause_us = session, _Phase.IDLE, FIRST_PAUSE_US
        if session is None:
            return [*commands, Show(Standing.NOBODY)]
        return [*commands, *self._start(session, now_us)]

    def _start(self, session: int, now_us: int) -> list[Command]:
        self._helper += 1
        self._alive, self._phase = True, _Phase.STARTING
        self._since_us = self._heard_us = now_us
        return [Show(Standing.STARTING), Start(self._helper, session)]

    def _hear(self, said: Said, now_us: int) -> list[Command]:
        self._heard_us = now_us
        if said is Said.CONNECTED and self._phase is _Phase.STARTING:
            self._phase, self._since_us = _Phase.WORKING, now_us
            return [Show(Standing.WORKING)]
        if said is Said.GOODBYE and self._phase is _Phase.WORKING:
            self._phase, self._due_us = _Phase.LEAVING, now_us + LEAVES_WITHIN_US
        return []

    def _die(self, reason: str, now_us: int) -> list[Command]:
        if self._phase is not _Phase.STARTING and now_us - self._since_us >= SOUND_AFTER_US:
            self._pause_us = FIRST_PAUSE_US
        self._pause(now_us)
        return [TellDeath(reason), Show(Standing.DEAD, reason)]

    def _pause(self, now_us: int) -> None:
        self._phase, self._due_us = _Phase.PAUSING, now_us + self._pause_us
        self._pause_us = min(2 * self._pause_us, LONGEST_PAUSE_US)

    def _woken(self, now_us: int) -> list[Command]:
        match self._phase:
            case _Phase.STARTING if now_us - self._since_us >= CONNECTS_WITHIN_US:
                return [*self._end(), *self._die(NEVER_CAME, now_us)]
            case _Phase.WORKING if now_us - self._heard_us >= SILENT_AFTER_US:
                return [*self._end(), *self._die(SILENT, now_us)]
            case _Phase.LEAVING if now_us >= self._due_us:
                return [*self._end(), *self._die(FALSE_GOODBYE, now_us)]
            case _Phase.PAUSING if now_us >= self._due_us and self._session is not None:
                return self._start(self._session, now_us)
            case _:
                return []

    def _end(self) -> list[Command]:
        if not self._alive:
            return []
        self._alive = False
        return [End(self._helper)]
