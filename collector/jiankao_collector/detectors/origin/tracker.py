"""All signs about one workstation's origin together; what it knows outlives an exam session. Pure."""

from collections.abc import Iterator

from jiankao_collector.detectors.base import SignSeen
from jiankao_collector.detectors.origin.hand_movements import HandMovements
from jiankao_collector.detectors.origin.machine_clocks import MachineClocks
from jiankao_collector.detectors.origin.own_stream import OwnStream
from jiankao_collector.detectors.origin.signs import Told
from jiankao_collector.detectors.origin.streams import Streams
from jiankao_proto.batch import Batch
from jiankao_proto.codec import read_envelope, read_header
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import EnvelopeRejected, RefusalReason, StreamOpened


class Origin:
    """Follows where one workstation's stream comes from. Every method returns the signs of one record."""

    def __init__(self) -> None:
        self._streams = Streams()
        self._clocks = MachineClocks()
        self._hand = HandMovements()
        self._own = OwnStream()
        self._replaced = False

    @property
    def wakes_at(self) -> int | None:
        """When time alone makes a sign."""
        return self._own.wakes_at

    def begin(self) -> None:
        """Tell anew what still holds: an exam session begins."""
        self._clocks.begin()

    def stream_opened(self, number: int, at_us: int, body: StreamOpened) -> list[SignSeen]:
        """Take in a new stream."""
        told = [*self._streams.opened(body, replaced=self._replaced), *self._own.opened(body.peer)]
        self._clocks.opened(body.boot_id, body.next_sequence)
        self._replaced = False
        return _seen(number, at_us, told)

    def stream_closed(self, *, replaced: bool) -> None:
        """Take in the end of a stream; `replaced`: a newer one takes over."""
        self._replaced = replaced
        self._own.closed()

    def admitted(self, number: int, at_us: int, batch: Batch) -> list[SignSeen]:
        """Take in an admitted batch."""
        told = [*self._clocks.admitted(at_us, batch), *self._hand.take(batch)]
        told += self._own.admitted(at_us, batch, live=self._clocks.is_live(batch.header))
        self._streams.admitted(batch.header)
        return _seen(number, at_us, told)

    def refused(self, number: int, at_us: int, body: EnvelopeRejected) -> list[SignSeen]:
        """Take in a batch that the log holds already. It is what was signed then: its bytes are the same."""
        if body.reason is not RefusalReason.DUPLICATE:
            return []
        try:
            header = read_header(read_envelope(body.envelope)[1])
        except MalformedError:
            return []  # only its beginning was kept
        return _seen(number, at_us, self._streams.came_again(header))

    def wake(self, number: int, at_us: int) -> list[SignSeen]:
        """Look what is overdue."""
        return _seen(number, at_us, self._own.wake(at_us))


def _seen(number: int, at_us: int, told: "list[Told] | Iterator[Told]") -> list[SignSeen]:
    return [SignSeen(number, at_us, t.sign, t.before, t.now, t.sure, t.ended) for t in told]
