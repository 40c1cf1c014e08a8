"""The collector as a process of its own, on ports of its own."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jiankao_collector.config import Address, DataFolder

_ENDS_WITHIN_S = 30
_SERVING = re.compile(r"telemetry (\S+), enrolment (\S+), console (\S+)")


@dataclass
class CollectorProcess:
    """A collector that serves."""

    process: "subprocess.Popen[str]"
    telemetry_at: Address
    enrolment_at: Address
    console: str

    def says(self, wanted: str) -> str:
        """Wait for a line on standard output that begins so, and return it; fail when it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(wanted):
                return line
        raise AssertionError(f"it ended without saying: {wanted}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop it in an orderly way; return its exit code and what it complained about."""
        self.process.send_signal(number)
        _, complaints = self.process.communicate(timeout=_ENDS_WITHIN_S)
        return self.process.returncode, complaints

    def kill(self) -> None:
        """Stop it as a pulled plug does."""
        self.process.kill()
        self.process.communicate(timeout=_ENDS_WITHIN_S)


@contextmanager
def serving_process(folder: DataFolder) -> Iterator[CollectorProcess]:
    """Have a collector serve a data folder until the block is left. Raises AssertionError when it does not start."""
    words = [sys.executable, "-m", "jiankao_collector", "serve", "--data", str(folder.root)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = _SERVING.match(process.stdout.readline())
        if said is None:
            raise AssertionError(f"it did not start: {process.communicate(timeout=_ENDS_WITHIN_S)}")
        telemetry_at, enrolment_at, console = said.groups()
        yield CollectorProcess(
            process, Address.parse(telemetry_at), Address.parse(enrolment_at), console
        )
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
