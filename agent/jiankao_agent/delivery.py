"""When to connect, what to send, what may be forgotten: the acknowledgement machine. Pure.

Events come in as method calls; each returns the commands that follow from it, in order. Times are
microseconds of the monotonic clock; `jitter` is a number from 0 up to 1 drawn by the caller.

Invariants: an envelope is forgotten only when the collector said that it is committed. After Welcome,
envelopes go out in order from the committed count on, each once a stream, at most a window ahead of the
last acknowledgement. Once one was refused the window is 1 until there is progress, so that a collector in
trouble is asked, not flooded, and refusals of what was on its way already are not answered one by one.
"""

from dataclasses import dataclass
from enum import Enum

from jiankao_proto.records import RefusalReason

WINDOW = 64
"""Batches that may be under way without an acknowledgement."""
FIRST_DELAY_US = 200_000
LONGEST_DELAY_US = 5_000_000
"""Between two attempts to connect, however long nobody has answered: a seat is heard again this soon after its cable is
back. An attempt costs milliseconds."""
LONGEST_PAUSE_US = 15_000_000
"""Before a batch that the collector could not take is sent again."""
BLOCKED_DELAY_US = 60_000_000
"""How long after a refusal that no repetition mends the connection is tried anew."""
LONGEST_HOLD_OFF_US = 600_000_000
"""However long a collector wants to be left alone, it is asked again after this."""


@dataclass(frozen=True, slots=True)
class ConnectAt:
    """Open a stream at this time."""

    at_us: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call `woken` at this time; replaces an earlier one."""

    at_us: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send the envelope with this sequence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Everything below this sequence is committed at the collector."""

    committed_count: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the stream; `disconnected` must be told."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Delivery cannot go on for a reason that a person must mend. Shown, not only logged."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TroubleOver:
    """Delivery goes on again."""


Command = ConnectAt | WakeAt | Send | Forget | HangUp | Trouble | TroubleOver


class State(Enum):
    """Where delivery stands."""

    WAITING = "waiting to connect"
    CONNECTING = "connecting"
    FLOWING = "flowing"
    PAUSED = "asked to try later"
    BLOCKED = "refused for good"


_LATER = frozenset({RefusalReason.NOT_STORED, RefusalReason.TOO_MANY, RefusalReason.OUT_OF_ORDER})
_ENROL_AGAIN = "enrol this computer again with a new ticket and --again"
_REMEDIES = {
    RefusalReason.FORK: f"another agent used this key, or the spool was put back; {_ENROL_AGAIN}",
    RefusalReason.CHAIN_BROKEN: f"the spool does not continue the collector's log; {_ENROL_AGAIN}",
    RefusalReason.SIGNATURE: f"the key is not the one that was enrolled; {_ENROL_AGAIN}",
    RefusalReason.CERTIFICATE: _ENROL_AGAIN,
    RefusalReason.WRONG_WORKSTATION: _ENROL_AGAIN,
}
_ASK = "ask the administrator of the collector: agent and collector may be of different versions"


class Delivery:
    """The machine. `next_sequence`: the sequence that will be sealed next."""

    def __init__(self, next_sequence: int) -> None:
        self.state = State.WAITING
        self._next = next_sequence
        self._committed = 0
        self._sent = 0
        """The sequence that is to be sent next."""
        self._window = WINDOW
        self._failures = 0
        self._in_trouble = False
        self._held_until_us = 0

    def started(self, now_us: int) -> tuple[Command, ...]:
        """Begin."""
        return (ConnectAt(now_us),)

    def connecting(self) -> tuple[Command, ...]:
        """Note that a stream is being opened."""
        self.state = State.CONNECTING
        return ()

    def spooled(self, next_sequence: int) -> tuple[Command, ...]:
        """Note that everything below `next_sequence` is durable here."""
        self._next = next_sequence
        return self._send()

    def connected(self, committed_count: int, first_kept: int, now_us: int) -> tuple[Command, ...]:
        """Go on where the collector says. `first_kept`: the lowest sequence the spool still has."""
        if committed_count > self._next:
            return self._block(
                f"the collector holds {committed_count} batches of this workstation, "
                f"the spool here only {self._next}: it was lost or put back",
                _ENROL_AGAIN,
                now_us,
            )
        if committed_count < min(first_kept, self._next):
            return self._block(
                f"the collector asks for batch {committed_count}, but what it had acknowledged "
                f"below {first_kept} is no longer here: its log was lost or put back",
                f"restore the collector's data folder, or {_ENROL_AGAIN}",
                now_us,
            )
        self.state = State.FLOWING
        self._committed = self._sent = committed_count
        return (Forget(committed_count), *self._send())

    def acknowledged(self, committed_count: int, now_us: int) -> tuple[Command, ...]:
        """Everything below `committed_count` is committed."""
        if committed_count > self._next:
            return self._block(
                f"the collector acknowledges {committed_count} batches, "
                f"only {self._next} were ever sealed here: another agent uses this key",
                _ENROL_AGAIN,
                now_us,
            )
        if committed_count <= self._committed:
            return ()
        self._committed = committed_count
        self._sent = max(self._sent, committed_count)
        commands: tuple[Command, ...] = (Forget(committed_count),)
        if self.state is State.FLOWING:
            self._failures, self._window = 0, WINDOW
            if self._in_trouble:
                self._in_trouble = False
                commands += (TroubleOver(),)
        return commands + self._send()

    def refused(
        self,
        reason: RefusalReason,
        detail: str,
        committed_count: int,
        now_us: int,
        jitter: float,
    ) -> tuple[Command, ...]:
        """Note that one envelope was not admitted."""
        known = self.acknowledged(committed_count, now_us)
        if self.state is not State.FLOWING or reason is RefusalReason.DUPLICATE:
            return known  # of what was under way before; a duplicate is an acknowledgement
        if reason not in _LATER:
            said = detail or reason.name
            return known + self._block(
                f"the collector refuses batch {self._committed} or a later one: {said}",
                _REMEDIES.get(reason, _ASK),
                now_us,
            )
        self.state = State.PAUSED
        self._window = 1
        again_us = self._later(now_us, jitter, LONGEST_PAUSE_US)
        return (*(c for c in known if not isinstance(c, Send)), WakeAt(again_us))

    def woken(self) -> tuple[Command, ...]:
        """Go on after a pause, or try a blocked connection anew."""
        if self.state is State.BLOCKED:
            self.state, self._failures = State.CONNECTING, 0
            return (HangUp(),)
        if self.state is State.PAUSED:
            self.state = State.FLOWING
            self._sent = self._committed
        return self._send()

    def turned_away(self, detail: str, now_us: int) -> tuple[Command, ...]:
        """Note that the collector does not know this workstation; `disconnected` follows."""
        return self._block(
            f"the collector turns this workstation away: {detail}", _ENROL_AGAIN, now_us
        )

    def held_off(self, for_us: int, now_us: int) -> None:
        """Note that the collector wants to be left alone for a while; `disconnected` follows."""
        self._held_until_us = now_us + min(for_us, LONGEST_HOLD_OFF_US)

    def too_large(self, detail: str, now_us: int) -> tuple[Command, ...]:
        """Note that a batch did not pass for its size; `disconnected` follows."""
        return self._block(f"a batch is larger than the collector takes: {detail}", _ASK, now_us)

    def unreadable(self, detail: str, now_us: int) -> tuple[Command, ...]:
        """Note that the spool cannot give what is to be sent; `disconnected` follows."""
        return self._block(f"a batch cannot be read back: {detail}", "check the disk", now_us)

    def disconnected(self, now_us: int, jitter: float) -> tuple[Command, ...]:
        """Note that the stream is over, or could not be opened."""
        blocked = self.state is State.BLOCKED
        self.state = State.WAITING
        self._window = 1 if self._in_trouble else WINDOW
        if blocked:
            self._failures += 1
            return (ConnectAt(now_us + int(BLOCKED_DELAY_US * (0.5 + jitter / 2))),)
        again_us = max(self._later(now_us, jitter, LONGEST_DELAY_US), self._held_until_us)
        return (ConnectAt(again_us),)

    def _send(self) -> tuple[Command, ...]:
        if self.state is not State.FLOWING:
            return ()
        until = min(self._next, self._committed + self._window)
        commands = tuple(Send(sequence) for sequence in range(self._sent, until))
        self._sent = max(self._sent, until)
        return commands

    def _later(self, now_us: int, jitter: float, longest_us: int) -> int:
        """Return when to try again: half fixed, half drawn, so that a room does not come back as one."""
        delay_us = min(FIRST_DELAY_US << min(self._failures, 16), longest_us)
        self._failures += 1
        return now_us + int(delay_us * (0.5 + jitter / 2))

    def _block(self, reason: str, remedy: str, now_us: int) -> tuple[Command, ...]:
        self.state = State.BLOCKED
        self._in_trouble = True
        return (Trouble(reason, remedy), WakeAt(now_us + BLOCKED_DELAY_US))
