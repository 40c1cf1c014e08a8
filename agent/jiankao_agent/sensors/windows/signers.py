"""Finds out who signed executables, in a thread of its own: it takes longer than a sensor's turn may."""

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from jiankao_agent.platform.windows import authenticode

MOST = 1024
"""Files remembered; what is not asked about for longest is forgotten first."""
MOST_QUEUED = 512
_Key = tuple[str, int, int]


class Signers:
    """Answers at once what it knows, and finds out the rest. For one thread, besides its own."""

    def __init__(self, find: Callable[[str], str] = authenticode.signer_of) -> None:
        """Start the thread; `find` is asked there."""
        self._find = find
        self._known: OrderedDict[_Key, str] = OrderedDict()
        self._asked: set[_Key] = set()
        self._questions: queue.SimpleQueue[_Key | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[_Key, str]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="signers", daemon=True)
        self._thread.start()

    def ask(self, executable: str) -> str | None:
        """Return who signed an executable, empty for nobody to be trusted, None while that is being found out."""
        self._take_answers()
        key = _key(executable)
        if key is None:
            return ""
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return known
        if key not in self._asked and len(self._asked) < MOST_QUEUED:
            self._asked.add(key)
            self._questions.put(key)
        return None

    def close(self) -> None:
        """Let the thread end after the file it has in hand."""
        self._questions.put(None)

    def _take_answers(self) -> None:
        while True:
            try:
                key, signer = self._answers.get_nowait()
            except queue.Empty:
                return
            self._asked.discard(key)
            self._known[key] = signer
            if len(self._known) > MOST:
                self._known.popitem(last=False)

    def _work(self) -> None:
        while (key := self._questions.get()) is not None:
            try:
                signer = self._find(key[0])
            except OSError:
                signer = ""  # it cannot be checked: then nobody has signed it
            # What was replaced meanwhile is another file: its answer is nobody's.
            self._answers.put((key, signer if _key(key[0]) == key else ""))


def _key(executable: str) -> _Key | None:
    try:
        status = Path(executable).stat()
    except (OSError, ValueError):
        return None
    return executable, status.st_size, status.st_mtime_ns
