"""The catalogue: what stands in it, and what is refused."""

import pytest

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue import GENERIC, ToolKind, load, parse
from tests.support.judged import process

ENTRY = """
version = "1"
[[tool]]
id = "x"
name_zh = "某"
name_en = "X"
kind = "remote_control"
windows = ["x.exe"]
linux = ["xd"]
source = "test"
"""
AGAIN = "[[" + ENTRY.partition("[[")[2]
PORT = '\n[[port]]\nfirst = 5900\nlast = 5901\nname_zh = "VNC"\nname_en = "VNC"\n'


def test_the_shipped_catalogue_is_sound_and_names_what_was_asked_for() -> None:
    catalogue = load()
    assert len(catalogue.tools) >= 30
    asked = """awesun.exe sunloginclient.exe todesk.exe gameviewerserver.exe raylink.exe asklink.exe teamviewer.exe
    anydesk.exe rustdesk.exe x11vnc x0vncserver xvnc vino-server wayvnc krfb gnome-remote-desktop-daemon winvnc.exe
    tvnserver.exe vncserver xrdp xrdp-sesman rdpclip.exe sunshine.exe remoting_host.exe parsecd.exe srserver.exe nxd
    rutserv.exe aa_v3.exe ultraviewer.exe anyviewer.exe gotohttp.exe xpra barrierc synergyc input-leapc"""
    assert [name for name in asked.split() if name not in catalogue.by_name] == []
    assert [
        port for port in (3389, 5800, 5900, 5999, 47984, 48010) if port not in catalogue.by_port
    ] == []
    for innocent in GENERIC:
        assert innocent not in catalogue.by_name
        assert f"{innocent}.exe" not in catalogue.by_name


def test_a_process_is_known_by_its_name_its_file_or_the_name_inside() -> None:
    catalogue = parse(ENTRY)
    for known in (
        process("X.EXE"),
        process("other", executable="C:\\Tools\\X.exe"),
        process("xd (deleted)", executable="/tmp/xd (deleted)"),
        process("other.exe", original_name="X.exe"),
    ):
        assert catalogue.find(known) is not None
    for unknown in (
        process("x", executable=""),
        process("xd.exe"),
        process("ax.exe"),
        process("", executable=""),
    ):
        assert catalogue.find(unknown) is None


def test_the_digest_changes_with_the_text_and_not_with_line_ends() -> None:
    assert (
        parse(ENTRY).digest
        == parse(ENTRY.replace("\n", "\r\n")).digest
        != parse(ENTRY + "#").digest
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = ", "c.toml: not valid TOML: Invalid value (at end of document)"),
        (ENTRY.replace('"1"', "1"), "c.toml: field version: a text is needed"),
        (ENTRY + "colour = 1", "c.toml, tool 'x': field colour: no such field"),
        ("extra = 1" + ENTRY, "c.toml: field extra: no such field"),
        (ENTRY.replace("id = ", "#"), "c.toml, tool 1: field id: a text is needed"),
        (
            ENTRY.replace("remote_control", "spyware"),
            f"c.toml, tool 'x': field kind: 'spyware' is none of {', '.join(ToolKind)}",
        ),
        (
            ENTRY + 'units = ["xd"]',
            "c.toml, tool 'x': field units: 'xd' ends neither in .service nor in .socket",
        ),
        (
            ENTRY.replace('"x.exe"', '"setup.exe"'),
            "c.toml, tool 'x': field windows: 'setup.exe' is too generic: many innocent programs are called so",
        ),
        (
            ENTRY.replace('"xd"', '"agent"'),
            "c.toml, tool 'x': field linux: 'agent' is too generic: many innocent programs are called so",
        ),
        (
            ENTRY.replace('"x.exe"', '"x"'),
            "c.toml, tool 'x': field windows: 'x' does not end in .exe",
        ),
        (
            ENTRY.replace('"xd"', '"xd.exe"'),
            "c.toml, tool 'x': field linux: 'xd.exe' ends in .exe; list it under windows",
        ),
        (
            ENTRY.replace('"xd"', '"Xd"'),
            "c.toml, tool 'x': field linux: 'Xd' must be written in lower case",
        ),
        (
            ENTRY.replace('"xd"', '"*d"'),
            "c.toml, tool 'x': field linux: '*d' is not a plain file name",
        ),
        (
            ENTRY.replace('"xd"', '"/usr/bin/xd"'),
            "c.toml, tool 'x': field linux: '/usr/bin/xd' is not a plain file name",
        ),
        (ENTRY.replace('["xd"]', '"xd"'), "c.toml, tool 'x': field linux: a list is needed"),
        (
            ENTRY.replace('"xd"', '"xd", "xd"'),
            "c.toml, tool 'x': field linux: 'xd' stands there twice",
        ),
        (
            ENTRY.replace('["x.exe"]', "[]").replace('["xd"]', "[]"),
            "c.toml, tool 'x': field windows: no file name, here or under linux: nothing could match",
        ),
        (ENTRY + AGAIN, "c.toml, tool 'x': field id: another entry has it already"),
        (
            ENTRY + AGAIN.replace('"x"', '"y"'),
            "c.toml, tool 'y': 'x.exe' stands in entry 'x' already",
        ),
        (ENTRY + "ports = [0]", "c.toml, tool 'x': field ports: 0 is no port from 1 to 65535"),
        (
            ENTRY + "idle_connections = 1",
            "c.toml, tool 'x': field idle_connections: true or false is needed",
        ),
        (
            ENTRY + 'session_processes = ["z"]',
            "c.toml, tool 'x': field session_processes: 'z' is not among the entry's own file names",
        ),
        (
            ENTRY + 'session_arguments = ["a"]',
            "c.toml, tool 'x': field session_arguments: a list of non-empty lists of texts is needed",
        ),
        (
            ENTRY + 'session_arguments = [["--Mod"]]',
            "c.toml, tool 'x': field session_arguments: '--Mod' is not a text in lower case",
        ),
        (ENTRY + PORT + PORT, "c.toml, port 2: 5900 stands in an earlier entry already"),
        (ENTRY + PORT.replace("5901", "1"), "c.toml, port 1: field last: 1 is before first, 5900"),
        ('version = "1"\ntool = 1', "c.toml: field tool: must be written as [[tool]]"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_entry_and_field(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(text, "c.toml")
    assert str(raised.value) == message


def test_a_unit_is_known_by_its_name_or_its_template() -> None:
    catalogue = parse(ENTRY + 'units = ["xd.service", "xd@.service"]')
    for known in ("xd.service", "XD.service", "xd@:1.service", "xd@a@b.service"):
        assert catalogue.find_unit(known) is not None
    for unknown in ("", "xd", "axd.service", "xd.service.d", "xd@:1.socket"):
        assert catalogue.find_unit(unknown) is None


def test_a_unit_belongs_to_one_tool() -> None:
    unit = 'units = ["xd.service"]'
    other = AGAIN.replace('"x"', '"y"').replace("x.exe", "y.exe").replace('"xd"', '"yd"')
    with pytest.raises(ConfigurationError, match=r"'xd\.service' stands in entry 'x' already"):
        parse(ENTRY + unit + "\n" + other + unit)
