"""Prints, with hashes, what the Windows Python under Wine needs: the pins are those of the project's own locks.

The locks' platform marks are left out: pip would answer them for this machine.
"""

import re
import sys
from pathlib import Path

LOCK = Path(__file__).parents[3] / "requirements" / "dev.lock"
NEEDED = (
    *("cffi", "cryptography", "grpcio", "protobuf", "psutil", "pycparser", "pynput", "six"),
    *(
        "colorama",
        "hypothesis",
        "iniconfig",
        "packaging",
        "pluggy",
        "pygments",
        "pytest",
        "pytest-asyncio",
    ),
    *("sortedcontainers", "typing-extensions", "watchdog"),
)
_PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)[^\n]*\\\n(?P<hashes>(?: {4}--hash=[^\n]*\n?)+)",
    re.MULTILINE,
)


def main() -> None:
    """Print a requirements file. Exits with one line when a lock no longer has what is needed."""
    pins = {pin["name"]: pin for pin in _PIN.finditer(LOCK.read_text(encoding="utf-8"))}
    if missing := [name for name in NEEDED if name not in pins]:
        sys.exit(f"{LOCK}: no pin for {', '.join(missing)}; change NEEDED in {__file__}")
    for name in NEEDED:
        pin = pins[name]
        sys.stdout.write(f"{name}=={pin['version']} \\\n{pin['hashes'].rstrip()}\n")


if __name__ == "__main__":
    main()
