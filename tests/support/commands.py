"""What a command of the collector's did."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Done:
    """Exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    def failed(self) -> str:
        """Return the one line of an error; fail when it is none, or more than one."""
        assert self.code != 0, self.out
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("jiankao-collector: "), self.err
        assert "Traceback" not in self.err
        return self.err


class Command(Protocol):
    """Gives one command."""

    def __call__(self, *words: str | Path) -> Done:
        """Run it to its end."""
