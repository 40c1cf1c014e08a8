"""The agent as `python -m jiankao_agent ARGUMENT...`, and a way to stop it where no console sends Ctrl-Break.

stoppable_agent.py FILE ARGUMENT...: when FILE appears it gets the signal that Ctrl-Break, a closed console and a
shutdown of Windows give it. An agent that is there for long tells its log where each of its threads stands.
"""

import faulthandler
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

assert sys.platform == "win32"

_LOOK_S = 0.1
_TELL_EVERY_S = 45


def _stop_when_there(file: Path) -> None:
    # Not the end of standard input: a thread that waits for it holds up everybody who asks about that handle.
    while not file.exists():
        time.sleep(_LOOK_S)
    signal.raise_signal(signal.SIGBREAK)


faulthandler.dump_traceback_later(_TELL_EVERY_S, repeat=True)
_, stop, *arguments = sys.argv
threading.Thread(target=_stop_when_there, args=(Path(stop),), daemon=True).start()
sys.argv = ["jiankao-agent", *arguments]
runpy.run_module("jiankao_agent", run_name="__main__")
