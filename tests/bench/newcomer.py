"""How long a newcomer waits: `make run` in a fresh clone until the console answers, cold and then warm. Prints JSON.

Cold means: an empty folder, no virtual environment, an empty pip cache; what pip downloads counts. Only the standard
library is used, because nothing is installed yet.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 600.0
ADDRESSES = "--grpc 127.0.0.1:0 --enrolment 127.0.0.1:0 --console 127.0.0.1:0"


def git(*arguments: str, at: Path = ROOT) -> str:
    """Run git and return what it says."""
    done = subprocess.run(
        ["git", "-C", str(at), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def answers(url: str) -> bool:
    """Tell whether the console answers a request."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def start_and_stop(clone: Path, environment: dict[str, str]) -> tuple[float, dict[str, Any]]:
    """Run `make run`; return the seconds until the console answered, and what the start said."""
    began = time.monotonic()
    with subprocess.Popen(
        ["make", "--silent", "run", f"ARGS=--json {ADDRESSES}"],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            assert started.stdout is not None
            said = next((line for line in started.stdout if line.startswith("{")), None)
            if said is None:
                sys.exit(f"make run ended with code {started.wait()} before it was ready")
            ready: dict[str, Any] = json.loads(said)
            while not answers(str(ready["console"])):
                if time.monotonic() - began > LIMIT_S:
                    sys.exit(f"{ready['console']} did not answer within {LIMIT_S:.0f} s")
                time.sleep(0.05)
            took = time.monotonic() - began
        finally:
            if started.poll() is None:
                interrupt(started)
            started.wait(timeout=30)
    return took, ready


def interrupt(started: subprocess.Popen[str]) -> None:
    """Send what Ctrl-C sends, to make and all it started."""
    if sys.platform == "win32":
        started.terminate()
    else:
        os.killpg(started.pid, signal.SIGINT)


def left_running(ready: dict[str, Any]) -> list[int]:
    """Return the process ids of the start that are still there after Ctrl-C."""
    return [pid for pid in ready["pids"].values() if Path(f"/proc/{pid}").exists()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the clone and say where it is")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jiankao-newcomer-"))
    try:
        clone = folder / "jiankao"
        git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone), at=folder)
        environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "MAKEFLAGS"}}
        environment["PIP_CACHE_DIR"] = str(folder / "pip-cache")
        cold_s, ready = start_and_stop(clone, environment)
        left = left_running(ready)
        warm_s, ready = start_and_stop(clone, environment)
        left += left_running(ready)
        print(
            json.dumps(
                {
                    "bench": "newcomer",
                    "commit": git("rev-parse", "--short", "HEAD", at=clone),
                    "cold_s": round(cold_s, 1),
                    "warm_s": round(warm_s, 1),
                    "left_running": left,
                    "cores": os.cpu_count(),
                    "python": platform.python_version(),
                    "system": platform.platform(),
                }
            )
        )
    finally:
        if asked.keep:
            print(folder, file=sys.stderr)
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
