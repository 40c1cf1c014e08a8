"""The real programs, and how each is started at the seat and used from the solver's computer."""

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.real_programs import remote_desktop_server, tunnelled
from tests.real_programs.scene import Scene
from tests.support.exam_room import until

HERE = Path(__file__).parent


@dataclass(frozen=True)
class RealProgram:
    """One row of the matrix. `needs`: program (or file) and Debian package.

    `sets_port`: it can listen where nobody expects.
    """

    name: str
    needs: tuple[tuple[str, str], ...]
    play: Callable[[Scene], None]
    sets_port: bool = False
    injects: bool = True
    known_miss: str = ""
    """What is not seen yet when it is renamed and listens on a port that nothing is known for."""

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [
            package
            for program, package in self.needs
            if shutil.which(program) is None and not Path(program).is_file()
        ]


def x11vnc(scene: Scene) -> None:
    """Share the display, and let it be driven."""
    _x11vnc(scene)
    scene.draw_vnc(scene.port(5900))


def x11vnc_view_only(scene: Scene) -> None:
    """Share the display, to be looked at only."""
    _x11vnc(scene, "-viewonly")
    scene.watch_vnc(scene.port(5900))


def _x11vnc(scene: Scene, *more: str) -> None:
    port = scene.port(5900)
    scene.at_seat(
        *(scene.program("x11vnc"), "-display", ":0", "-rfbport", str(port)),
        *("-forever", "-shared", "-nopw", "-noxdamage", "-quiet", *more),
    )
    scene.listening(port)


def x0vncserver(scene: Scene) -> None:
    """TigerVNC's server for a display that is there already.

    Debian's x0vncserver is a script that asks for a password and starts this.
    """
    port = scene.port(5900)
    scene.at_seat(
        *(scene.program("X0tigervnc"), "-display", ":0", "-rfbport", str(port)),
        *("-SecurityTypes", "None"),
    )
    scene.listening(port)
    scene.draw_vnc(port)


def xpra(scene: Scene) -> None:
    """Share the display with xpra's shadow server; its client has a window on the solver's desktop."""
    port = scene.port(14500)
    scene.solver_desktop()
    common = ("--mdns=no", "--notifications=no", "--pulseaudio=no", "--printing=no", "--webcam=no")
    home = {"HOME": str(scene.folder), "XDG_RUNTIME_DIR": str(scene.folder)}
    scene.at_seat(
        *(scene.program("xpra"), "shadow", ":0", f"--bind-tcp=0.0.0.0:{port}", "--daemon=no"),
        *("--html=off", "--tray=no", *common),
        **home,
    )
    scene.listening(port)
    scene.connecting()
    scene.at_solver(
        *("xpra", "attach", f"tcp://{scene.seat.host.address}:{port}/"),
        *("--opengl=no", "--tray=no", *common),
        **home,
    )
    until("xpra's window", lambda: _has_window(scene, "."), 30)
    scene.move_the_solvers_hand()


def reverse_vnc(scene: Scene) -> None:
    """The seat calls the solver's viewer: nothing listens at the seat."""
    scene.solver_desktop()
    scene.at_solver("xtigervncviewer", "-listen", "5500")
    scene.listening(5500, scene.solver)
    scene.connecting()
    scene.at_seat(
        *(scene.program("x11vnc"), "-display", ":0", "-rfbport", "0", "-nopw", "-noxdamage"),
        *("-quiet", "-connect", f"{scene.solver.address}:5500"),
    )
    until("the viewer's window", lambda: _has_window(scene, "VNC"))
    scene.move_the_solvers_hand()


def barrier(scene: Scene) -> None:
    """The solver's mouse walks over the edge of his screen onto the seat's."""
    scene.solver_desktop()
    layout = scene.folder / "barrier.conf"
    layout.write_text(
        "section: screens\n solver:\n seat:\nend\n"
        "section: links\n solver:\n  right = seat\n seat:\n  left = solver\nend\n"
    )
    scene.at_solver(
        *("barriers", "-f", "--no-tray", "--disable-crypto", "--name", "solver"),
        *("--display", scene.solver.environment["DISPLAY"]),
        *("-c", layout, "-a", "0.0.0.0:24800"),
        HOME=str(scene.folder),
    )
    scene.listening(24800, scene.solver)
    scene.connecting()
    scene.at_seat(
        *(scene.program("barrierc"), "-f", "--no-tray", "--disable-crypto", "--name", "seat"),
        *("--display", ":0", f"{scene.solver.address}:24800"),
        HOME=str(scene.folder),
    )
    connected = f"{scene.solver.address}:24800"
    until("barrier connected", lambda: connected in scene.seat.host.run("ss", "-Htn").stdout)
    hand: list[tuple[str, ...]] = [
        ("mousemove", str(1000 + 50 * n), str(300 + n)) for n in range(6)
    ]
    hand += [("mousemove", "1279", "300"), ("mousemove", "1279", "310")]
    hand += [("mousemove_relative", "--", "10", "5", "key", "a")] * 12
    for movement in hand:
        scene.solver.run("xdotool", *movement)
        time.sleep(0.2)  # a person's pace: a leap to the edge is not taken for a crossing


def pynput_script(scene: Scene) -> None:
    """A script that types and clicks, with the library that most such scripts use."""
    script = scene.folder / ("notes.py" if scene.renamed else "pynput_script.py")
    shutil.copy(HERE / "pynput_script.py", script)
    scene.connecting()
    scene.at_seat(sys.executable, script)


def xdotool_script(scene: Scene) -> None:
    """A shell loop around xdotool: every call is a process of some milliseconds."""
    tool = scene.program("xdotool")
    scene.connecting()
    scene.at_seat(
        *("sh", "-c", 'for n in 1 2 3 4 5 6 7 8; do "$0" mousemove $n$n$n 200 click 1 key a; done'),
        tool,
    )


def _has_window(scene: Scene, name: str) -> bool:
    return bool(scene.solver.run("xdotool", "search", "--onlyvisible", "--name", name).stdout)


_X11VNC = ("x11vnc", "x11vnc")
_XDOTOOL = ("xdotool", "xdotool")
PROGRAMS = (
    RealProgram("x11vnc", (_X11VNC,), x11vnc, sets_port=True),
    RealProgram(
        "x11vnc -viewonly",
        (_X11VNC,),
        x11vnc_view_only,
        sets_port=True,
        injects=False,
    ),
    RealProgram(
        "TigerVNC x0vncserver",
        (("X0tigervnc", "tigervnc-scraping-server"),),
        x0vncserver,
        sets_port=True,
    ),
    RealProgram(
        "xrdp with FreeRDP",
        (
            ("xrdp", "xrdp"),
            ("Xtigervnc", "tigervnc-standalone-server"),
            ("xfreerdp", "freerdp2-x11"),
            _XDOTOOL,
        ),
        remote_desktop_server.xrdp,
    ),
    RealProgram(
        "xrdp with xorgxrdp and FreeRDP",
        (
            ("xrdp", "xrdp"),
            (remote_desktop_server.XORG, "xserver-xorg-core"),
            (remote_desktop_server.MODULE, "xorgxrdp"),
            ("xfreerdp", "freerdp2-x11"),
            _XDOTOOL,
        ),
        remote_desktop_server.xorgxrdp,
    ),
    RealProgram("xpra shadow", (("xpra", "xpra"), _XDOTOOL), xpra, sets_port=True),
    RealProgram(
        "noVNC/websockify",
        (_X11VNC, ("websockify", "websockify"), ("chromium", "chromium")),
        tunnelled.novnc,
        sets_port=True,
    ),
    RealProgram(
        "VNC through ssh -R",
        (_X11VNC, ("sshd", "openssh-server"), ("ssh", "openssh-client")),
        tunnelled.ssh_reverse,
        sets_port=True,
    ),
    RealProgram(
        "reverse VNC",
        (_X11VNC, ("xtigervncviewer", "tigervnc-viewer"), _XDOTOOL),
        reverse_vnc,
    ),
    RealProgram("Barrier", (("barrierc", "barrier"), _XDOTOOL), barrier),
    RealProgram("pynput script", (), pynput_script),
    RealProgram("xdotool script", (_XDOTOOL,), xdotool_script),
)
