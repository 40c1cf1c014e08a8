"""gRPC's word that it would not read a message: too large, or packed so that it cannot be unpacked.

gRPC looks at a message's length before it takes the message in, so nothing of it costs memory; but its Python API tells
the server nothing: the stream ends as if the workstation had hung up. What tells the two apart is a line that gRPC
writes to its own logger, in the very task that was reading (`_receive_message` in grpc's aio/callback_common.pyx.pxi).
A test sends such messages to a real server; it fails when a newer gRPC words that line differently.
"""

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

_LOGGER = "grpc._cython.cygrpc"
_FAILED = "Failed to receive any message from Core"


@dataclass(slots=True)
class Unread:
    """Whether a message was not read. Holds for the reads of one task."""

    told: bool = False


_reading: ContextVar[Unread | None] = ContextVar("_reading", default=None)


class _Heed(logging.Filter):
    """Takes gRPC's word for whoever is reading, and keeps what was never meant for a person to itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        reading = _reading.get()
        if reading is not None and str(record.msg).startswith(_FAILED):
            reading.told = True
        return record.levelno > logging.DEBUG


_heed = _Heed()


def heed() -> None:
    """Have gRPC's logger say what it keeps to itself. Once is enough; again changes nothing."""
    logger = logging.getLogger(_LOGGER)
    logger.setLevel(logging.DEBUG)
    logger.addFilter(_heed)


@contextlib.contextmanager
def reading() -> Iterator[Unread]:
    """Within this block, learn whether a message this task wanted to read was not taken by gRPC."""
    unread = Unread()
    token = _reading.set(unread)
    try:
        yield unread
    finally:
        _reading.reset(token)
