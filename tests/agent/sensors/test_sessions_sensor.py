"""The sessions sensor on a real SSH server and real session files."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_agent.platform.linux import logind
from jiankao_agent.platform.linux.logind import LogindSessions
from jiankao_agent.platform.linux.proc_files import sees_all_processes
from jiankao_agent.sensors import sessions
from jiankao_agent.sensors.sessions import SessionsSensor
from jiankao_proto.observations import Health, SessionEnded, SessionKind, SessionStarted
from tests.support.sensor_harness import running
from tests.support.xserver import free_port, stopped_after, wait_for_port


class _LogindIn(LogindSessions):
    """logind's files in a folder of the test's own."""

    folder = Path()

    def __init__(self) -> None:
        super().__init__(str(self.folder))


@pytest.fixture
def logind_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "sessions"
    folder.mkdir()
    monkeypatch.setattr(_LogindIn, "folder", folder)
    monkeypatch.setattr(sessions, "LogindSessions", _LogindIn)
    return folder


def _write(folder: Path, name: str, text: str) -> None:
    """Write a session file as logind does: beside it, then into its place."""
    hidden = folder / f".#{name}"
    hidden.write_text(text, encoding="utf-8")
    hidden.rename(folder / name)


def test_a_session_that_starts_changes_and_ends(logind_folder: Path) -> None:
    _write(
        logind_folder, "1", "USER=student\nCLASS=user\nSERVICE=gdm-password\nDISPLAY=:0\nTTY=tty2\n"
    )
    (logind_folder / "1.ref").touch()
    with running(SessionsSensor()) as harness:
        local = harness.wait_for(SessionStarted, lambda s: s.session == "1")
        assert local == SessionStarted(
            "1", SessionKind.LOCAL, "student", terminal=":0", baseline=True
        )
        assert local not in harness.urgent
        _write(
            logind_folder,
            "2",
            "USER=root\nCLASS=user\nREMOTE=1\nREMOTE_HOST=192.168.0.5\nSERVICE=sshd\n",
        )
        remote = harness.wait_for(SessionStarted, lambda s: s.session == "2")
        assert remote == SessionStarted("2", SessionKind.SSH, "root", "192.168.0.5")
        assert remote in harness.urgent
        harness.ask_baseline()
        harness.wait_for(SessionStarted, lambda s: s.session == "2" and s.baseline)
        (logind_folder / "2").unlink()
        assert harness.wait_for(SessionEnded).session == "2"


def test_where_there_is_no_logind_there_are_no_sessions_of_it(tmp_path: Path) -> None:
    absent = LogindSessions(str(tmp_path / "absent"))
    assert (absent.present(), absent.read()) == (False, ())
    assert logind.FOLDER == "/run/systemd/sessions"


def test_it_works_here() -> None:
    assert SessionsSensor().probe().health is Health.OK


@pytest.fixture
def ssh_port(tmp_path: Path) -> Iterator[int]:
    """Run a real sshd on loopback that lets this user in with a key made here."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if sshd is None or shutil.which("ssh") is None:
        pytest.skip("not installed here: sshd and ssh (packages openssh-server, openssh-client)")
    if not sees_all_processes():
        pytest.skip("starting an SSH server needs root")
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True
        )
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    # sshd wants this folder, which its package's service makes.
    separation = Path("/run/sshd")
    made = not separation.exists()
    separation.mkdir(mode=0o755, exist_ok=True)
    port = free_port()
    options = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": tmp_path / "host",
        "AuthorizedKeysFile": tmp_path / "authorized",
        "StrictModes": "no",
        "PermitRootLogin": "yes",
        "UsePAM": "no",
        "PidFile": "none",
    }
    words = [f"-o{name}={value}" for name, value in options.items()]
    with stopped_after(
        subprocess.Popen(
            [sshd, "-D", "-f", "/dev/null", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    ) as server:
        wait_for_port(port, server)
        yield port
    if made:
        separation.rmdir()


@pytest.mark.usefixtures("logind_folder")
@pytest.mark.parametrize(
    ("options", "command"),
    [(("-N",), ()), (("-tt",), ("cat",)), ((), ("cat",))],
    ids=["tunnel", "terminal", "command"],
)
def test_a_logon_over_ssh_is_told_and_its_end(
    ssh_port: int, tmp_path: Path, options: tuple[str, ...], command: tuple[str, ...]
) -> None:
    words = ["ssh", "-F", "none", "-p", str(ssh_port), "-i", str(tmp_path / "user"), *options]
    words += ["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "127.0.0.1", *command]
    with running(SessionsSensor()) as harness:
        harness.wait_for_health(Health.OK)
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as client:
            try:
                told = harness.wait_for(
                    SessionStarted, lambda s: s.kind is SessionKind.SSH and not s.baseline
                )
            finally:
                client.terminate()
        assert (told.user, told.remote_host) == (getpass.getuser(), "127.0.0.1")
        assert told in harness.urgent
        ended = harness.wait_for(SessionEnded, lambda s: s.session == told.session)
        assert ended.user == told.user
