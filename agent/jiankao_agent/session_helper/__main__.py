"""The helper's process: `python -m jiankao_agent.session_helper PIPE`, started by the service.

A program of its own, because it needs none of what speaks with the collector: it starts sooner and stays smaller.
"""

import logging
import sys
from contextlib import ExitStack

from jiankao_agent.platform.windows import pipes
from jiankao_agent.platform.windows.session_end import SessionEnd
from jiankao_agent.sensors import catalogue
from jiankao_agent.session_helper.inside import Helper
from jiankao_agent.session_helper.messages import LARGEST_MESSAGE

_log = logging.getLogger(__name__)


def main() -> int:
    """Help the service that made the pipe; return the exit code: 1 when there is none, 2 for wrong usage."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        print(
            "usage: python -m jiankao_agent.session_helper PIPE (the service starts it)",
            file=sys.stderr,
        )
        return 2
    try:
        pipe = pipes.connect(sys.argv[1], LARGEST_MESSAGE)
    except OSError as error:
        print(
            f"helper: no service waits for this one ({error.strerror}); the service starts it",
            file=sys.stderr,
        )
        return 1
    with ExitStack() as stack:
        stack.callback(pipe.close)
        helper = Helper(pipe, catalogue.desktop_sensors())
        try:
            stack.callback(SessionEnd(helper.say_goodbye).close)
        except OSError as error:
            _log.warning("the end of the session will come as a surprise: %s", error)
        helper.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
