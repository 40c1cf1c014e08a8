"""xrdp, with a session of its own on the seat, used with FreeRDP: on TigerVNC's X server, and on Xorg by xorgxrdp."""

import subprocess
import time
from pathlib import Path

from tests.real_programs.scene import Scene
from tests.support.exam_room import BIN, until

_XRDP = """\
[Globals]
ini_version=1
fork=false
port=3389
security_layer=tls
certificate={folder}/certificate.pem
key_file={folder}/key.pem
crypt_level=high
autorun={backend}
max_bpp=32
use_fastpath=both
allow_channels=true
[Logging]
LogFile={folder}/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Channels]
cliprdr=true
drdynvc=true
rdpdr=true
rdpsnd=true
[Xvnc]
name=Xvnc
lib=libvnc.so
username=ask
password=ask
ip=127.0.0.1
port=-1
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
"""
_SESMAN = """\
[Globals]
ListenAddress=127.0.0.1
ListenPort=3350
EnableUserWindowManager=false
DefaultWindowManager=/etc/xrdp/startwm.sh
[Security]
AllowRootLogin=true
MaxLoginRetry=4
AlwaysGroupCheck=false
[Sessions]
X11DisplayOffset=10
MaxSessions=5
[Logging]
LogFile={folder}/sesman.log
LogLevel=INFO
EnableSyslog=false
[Xvnc]
param={server}
param=-SecurityTypes
param=None
param=-localhost
param=-nolisten
param=tcp
[Xorg]
param={server}
param=-config
param=xrdp/xorg.conf
param=-noreset
param=-nolisten
param=tcp
param=-logfile
param={folder}/xorg.log
[SessionVariables]
"""
XORG = "/usr/lib/xorg/Xorg"
"""The server itself: what is called Xorg in Debian is a script around it."""
MODULE = "/usr/lib/xorg/modules/drivers/xrdpdev_drv.so"


def xrdp(scene: Scene) -> None:
    """Log in over RDP and use the session, which runs on TigerVNC's X server."""
    _play(scene, "Xvnc", "Xtigervnc")


def xorgxrdp(scene: Scene) -> None:
    """The same on Xorg, whose screen, mouse and keyboard are xrdp's."""
    _play(scene, "Xorg", XORG)


def _play(scene: Scene, backend: str, x_server: str) -> None:
    """Log in over RDP and use the session.

    The copies under other names are of xrdp, its session manager and the X server of the session; xrdp-chansrv, which
    is started by its path, is left out then.
    """
    scene.solver_desktop()
    # The password is not what is tried here: whoever comes is let in.
    scene.cover(
        "/etc/pam.d/xrdp-sesman", "".join(f"{k} required pam_permit.so\n" for k in _PAM_KINDS)
    )
    scene.cover("/etc/xrdp/startwm.sh", "#!/bin/sh\nexec openbox\n")
    if scene.renamed:
        scene.cover("/usr/sbin/xrdp-chansrv", "#!/bin/sh\nexit 0\n")
    home = Path.home()
    if not BIN.is_relative_to(home):  # the session writes into it: not into this machine's
        scene.seat.host.run("mount", "-t", "tmpfs", "tmpfs", home)
    server = scene.program(x_server)
    for name, text in (("xrdp.ini", _XRDP), ("sesman.ini", _SESMAN)):
        (scene.folder / name).write_text(
            text.format(folder=scene.folder, server=server, backend=backend)
        )
    _certificate(scene.folder)
    scene.at_seat(
        scene.program("xrdp-sesman"), "--nodaemon", "--config", scene.folder / "sesman.ini"
    )
    scene.listening(3350)
    scene.at_seat(scene.program("xrdp"), "--nodaemon", "--config", scene.folder / "xrdp.ini")
    scene.listening(3389)
    scene.connecting()
    scene.at_solver(
        *("xfreerdp", f"/v:{scene.seat.host.address}", "/u:root", "/p:x", "/cert:ignore"),
        *("/sec:tls", "/size:1000x700"),
        HOME=str(scene.folder),
    )
    until(
        "FreeRDP's window",
        lambda: scene.solver.run("xdotool", "search", "--name", "FreeRDP").stdout,
    )
    time.sleep(2)  # the log-in goes on behind the window and tells nobody when it is done
    scene.move_the_solvers_hand()


def _certificate(folder: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=seat"),
            *("-days", "2", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )


_PAM_KINDS = ("auth", "account", "password", "session")
