"""A program that an interpreter runs goes by its script's name."""

import pytest

from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.scripts import script_name
from tests.support.judged import process


@pytest.mark.parametrize(
    ("program", "line", "name"),
    [
        ("python3.11", "/usr/bin/python3 /usr/bin/xpra shadow :0", "xpra"),
        ("python3.11", "python3 -u /usr/bin/websockify 6080", "websockify"),
        ("python3", "python3 -m websockify 6080 127.0.0.1:5900", "websockify"),
        ("python3", "python3 -m websockify.run 6080", "websockify"),
        ("pythonw.exe", r"pythonw.exe C:\tools\notes.pyw", "notes"),
        ("bash", "bash /usr/share/novnc/utils/novnc_proxy --listen 80", "novnc_proxy"),
        ("perl", "/usr/bin/perl /usr/bin/x0tigervncserver -display :0", "x0tigervncserver"),
        ("sh", "sh -c xdotool click 1", ""),
        ("perl", "perl -e xpra", ""),
        ("python3", "python3", ""),
        ("python3", "python3 -m", ""),
        ("python3", "", ""),
        ("editor", "editor xpra", ""),
        ("pythonist", "pythonist xpra", ""),
    ],
)
def test_the_script_of_a_command_line(program: str, line: str, name: str) -> None:
    assert script_name(program, line) == name


def test_a_tool_is_known_by_its_script() -> None:
    match = load().find(
        process("python3.11", command_line_masked="/usr/bin/python3 /usr/bin/xpra shadow :0")
    )
    assert match is not None
    assert (match.tool.id, match.by) == ("xpra", "xpra")
    assert load().find(process("python3.11", command_line_masked="python3 exam.py xpra")) is None
