"""VNC servers that nobody reaches from outside but through something else: a web relay, an SSH tunnel."""

import subprocess
import sys
from pathlib import Path

from tests.real_programs.scene import Scene
from tests.support.exam_room import until


def novnc(scene: Scene) -> None:
    """A VNC server on loopback, websockify in front of it, noVNC in the solver's browser."""
    vnc_port, web_port = scene.port(5900), 7790 if scene.elsewhere else 6080
    _vnc_on_loopback(scene, vnc_port)
    scene.at_seat(
        *(scene.program("websockify"), "--web", "/usr/share/novnc"),
        *(str(web_port), f"127.0.0.1:{vnc_port}"),
    )
    scene.listening(web_port)
    scene.connecting()
    url = f"http://{scene.seat.host.address}:{web_port}/vnc_lite.html?scale=false"
    browser = scene.solver.start(
        *(sys.executable, "-m", "tests.real_programs.novnc_browser", url), stdout=subprocess.PIPE
    )
    scene.stack.enter_context(browser)
    assert browser.process.stdout is not None
    assert browser.process.stdout.readline() == "driven\n", "noVNC did not connect"


def ssh_reverse(scene: Scene) -> None:
    """A VNC server on loopback; the seat logs in to the solver's computer and lends it that port."""
    port = scene.port(5900)
    _vnc_on_loopback(scene, port)
    key = scene.folder / "key"
    _sshd(scene, key)
    scene.connecting()
    scene.at_seat(
        *(scene.program("ssh"), "-N", "-i", key, "-F", "none", "-p", "2222"),
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
        *("-o", "ExitOnForwardFailure=yes", "-R", f"6001:127.0.0.1:{port}"),
        f"root@{scene.solver.address}",
    )
    until("the tunnel", lambda: ":6001 " in scene.solver.run("ss", "-Hltn").stdout)
    scene.draw_vnc(6001, "127.0.0.1")


def _vnc_on_loopback(scene: Scene, port: int) -> None:
    scene.at_seat(
        *(scene.program("x11vnc"), "-display", ":0", "-rfbport", str(port), "-localhost"),
        *("-forever", "-shared", "-nopw", "-noxdamage", "-quiet"),
    )
    scene.listening(port)


def _sshd(scene: Scene, key: Path) -> None:
    """An SSH server on the solver's computer that lets in who has `key`."""
    for path in (key, scene.folder / "host-key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    settings = scene.folder / "sshd_config"
    settings.write_text(
        f"Port 2222\nListenAddress {scene.solver.address}\nHostKey {scene.folder}/host-key\n"
        f"AuthorizedKeysFile {key}.pub\nPidFile none\nUsePAM no\nStrictModes no\n"
        "PermitRootLogin prohibit-password\nAllowTcpForwarding yes\n"
    )
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    scene.at_solver("/usr/sbin/sshd", "-D", "-e", "-f", settings)
    scene.listening(2222, scene.solver)
