"""The catalogue: what stands in it, how it is looked up, and what is refused."""

import pytest

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue import Catalogue, check, load, ordinary, parse
from jiankao_collector.knowledge.catalogue_file import FACTS, SourceFile
from jiankao_collector.knowledge.tool import Match, MatchedBy, ToolKind
from jiankao_proto.observations import Change, Process, ServiceChanged, ServiceKind
from tests.support.judged import process

ENTRY = """version = "1"
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
OTHER = AGAIN.replace('"x"', '"y"').replace("x.exe", "y.exe").replace('"xd"', '"yd"')
PORT = '\n[[port]]\nfirst = 5900\nlast = 5901\nname_zh = "VNC"\nname_en = "VNC"\n'


def read(text: str) -> Catalogue:
    return parse([SourceFile("c.toml", text)])


def service(name: str, image_path: str = "") -> ServiceChanged:
    return ServiceChanged(Change.ADDED, ServiceKind.SYSTEM, name, image_path=image_path)


def test_the_shipped_catalogue_is_sound_and_names_what_was_asked_for() -> None:
    catalogue = load()
    assert len(catalogue.tools) >= 300
    asked = """awesun.exe sunloginclient.exe todesk.exe gameviewerserver.exe raylink.exe asklink.exe teamviewer.exe
    anydesk.exe rustdesk.exe x11vnc x0vncserver xvnc vino-server wayvnc krfb gnome-remote-desktop-daemon winvnc.exe
    tvnserver.exe vncserver xrdp xrdp-sesman rdpclip.exe sunshine.exe remoting_host.exe parsecd.exe srserver.exe nxd
    rutserv.exe aa_v3.exe ultraviewer.exe anyviewer.exe gotohttp.exe xpra barrierc synergyc input-leapc"""
    assert [name for name in asked.split() if name not in catalogue.by_name] == []
    assert [
        port for port in (3389, 5800, 5900, 5999, 47984, 48010) if port not in catalogue.by_port
    ] == []
    for innocent in ordinary().names:
        assert innocent not in catalogue.by_name
        assert f"{innocent}.exe" not in catalogue.by_name


def test_every_kind_has_entries_and_every_entry_says_where_its_facts_come_from() -> None:
    tools = load().tools
    assert {tool.kind for tool in tools} == set(ToolKind)
    assert all(tool.source for tool in tools)
    assert all(tool.source[:1] != "/" and "/work" not in tool.source for tool in tools)


def test_the_tools_of_the_chinese_market_say_what_shows_a_session() -> None:
    here = [tool for tool in load().tools if tool.market == "cn"]
    assert len(here) >= 20
    assert [tool.id for tool in here if not tool.session_note or tool.session is None] == []
    judged = {tool.id for tool in here if tool.session_processes or tool.session_arguments}
    assert judged >= {"awesun", "todesk", "asklink"}


def test_a_process_is_known_by_its_name_its_file_or_the_name_inside() -> None:
    catalogue = read(ENTRY)
    for known in (
        process("X.EXE"),
        process("other", executable="C:\\Tools\\X.exe"),
        process("xd (deleted)", executable="/tmp/xd (deleted)"),
        process("other.exe", original_name="X.exe"),
    ):
        match = catalogue.find(known)
        assert match is not None
        assert match.fact is MatchedBy.NAME
    for unknown in (
        process("x", executable=""),
        process("xd.exe"),
        process("ax.exe"),
        process("", executable=""),
    ):
        assert catalogue.find(unknown) is None


FACTS_OF_X = """
original_names = ["x service"]
products = ["X Remote"]
signers = ["X  Software GmbH"]
services = ["XService"]
drivers = ["xbus"]
folders = ['%programfiles%\\maker\\x', "/opt/x-tool"]
domains = ["*.relay.x.net", "x.net"]
units = ["xd.service", "xd@.service"]
shared_names = ["server.exe"]
companies = ["X Software"]
"""


@pytest.mark.parametrize(
    ("fact", "known"),
    [
        (MatchedBy.ORIGINAL_NAME, Process(1, 1, "a.exe", original_name="X Service")),
        (MatchedBy.PRODUCT, Process(1, 1, "a.exe", product="x remote")),
        (MatchedBy.SIGNER, Process(1, 1, "a.exe", signer="X Software GmbH")),
        (MatchedBy.NAME_AND_MAKER, Process(1, 1, "Server.exe", company="X software")),
        (MatchedBy.NAME_AND_MAKER, Process(1, 1, "a", "c:/server.exe", signer="X software")),
        (MatchedBy.FOLDER, Process(1, 1, "a.exe", "D:\\Program Files (x86)\\Maker\\X\\a.exe")),
        (MatchedBy.FOLDER, Process(1, 1, "a", "/opt/x-tool/bin/a")),
    ],
    ids=str,
)
def test_any_one_of_its_facts_is_enough(fact: MatchedBy, known: Process) -> None:
    match = read(ENTRY + FACTS_OF_X).find(known)
    assert match is not None
    assert (match.tool.id, match.fact) == ("x", fact)


@pytest.mark.parametrize(
    "unknown",
    [
        Process(1, 1, "server.exe"),
        Process(1, 1, "server.exe", company="Microsoft Corporation"),
        Process(1, 1, "a.exe", company="X Software"),
        Process(1, 1, "a.exe", product="X Remote Viewer"),
        Process(1, 1, "a.exe", signer="X Software"),
        Process(1, 1, "a.exe", "C:\\Program Files\\Maker\\X2\\a.exe"),
        Process(1, 1, "a.exe", "C:\\Program Files\\Maker\\a.exe"),
        Process(1, 1, "a.exe", "C:\\Other\\Program Files\\Maker\\X\\a.exe"),
        Process(1, 1, "a", "/srv/opt/x-tool/a"),
    ],
    ids=str,
)
def test_what_only_looks_alike_is_nothing(unknown: Process) -> None:
    assert read(ENTRY + FACTS_OF_X).find(unknown) is None


def test_a_service_is_known_by_its_name_or_by_what_it_runs() -> None:
    catalogue = read(ENTRY + FACTS_OF_X)
    for known in (
        service("xservice"),
        service("XBUS"),
        service("xd@:1.service"),
        service("any", '"C:\\Some Where\\x.exe" -service'),
        service("any", "C:\\Some Where\\X.exe -service"),
        service("any", "\\??\\C:\\Program Files\\Maker\\X\\any.sys"),
    ):
        assert catalogue.find_service(known) is not None, known
    for unknown in (
        service(""),
        service("xserv"),
        service("axd.service"),
        service("xd.service.d"),
        service("xd@:1.socket"),
        service("any", '"C:\\Some Where\\ax.exe"'),
    ):
        assert catalogue.find_service(unknown) is None, unknown


def test_a_host_is_known_whole_or_by_its_suffix() -> None:
    catalogue = read(ENTRY + FACTS_OF_X)
    found = {
        host: catalogue.find_host(host) for host in ("X.net.", "a.relay.x.net", "a.b.relay.x.net")
    }
    assert {host: match.by if match else "" for host, match in found.items()} == {
        "X.net.": "x.net",
        "a.relay.x.net": "*.relay.x.net",
        "a.b.relay.x.net": "*.relay.x.net",
    }
    for unknown in (
        "",
        "net",
        "ax.net",
        "a.x.net",
        "relay.x.net",
        "arelay.x.net",
        "x.net.evil.org",
    ):
        assert catalogue.find_host(unknown) is None


def test_tools_of_one_vendor_may_share_a_fact_and_both_are_named() -> None:
    mild = OTHER.replace("remote_control", "meeting") + 'vendor = "v"\nsigners = ["V Ltd"]\n'
    both = ENTRY + 'vendor = "v"\nsigners = ["V Ltd"]\n' + mild
    match = read(both).find(Process(1, 1, "a.exe", signer="v ltd"))
    assert match is not None
    assert (match.tool.id, match.name_en) == ("y", "X")
    assert [tool.id for tool in match.tools] == ["y", "x"]
    named = read(both.replace('name_en = "X"', 'name_en = "Y"', 1)).find(
        Process(1, 1, "a.exe", signer="v ltd")
    )
    assert isinstance(named, Match)
    assert named.name_en == "X / Y"


def test_the_digest_changes_with_the_text_and_not_with_line_ends_or_order() -> None:
    crlf = ENTRY.replace("\n", "\r\n")
    assert read(ENTRY).digest == read(crlf).digest != read(ENTRY + "#").digest
    two = [SourceFile("c.toml", ENTRY), SourceFile("d.toml", OTHER)]
    assert parse(two).digest == parse(two[::-1]).digest != read(ENTRY).digest


TOO_GENERIC = "is too generic: many innocent programs are called so"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = ", "1: not valid TOML: Invalid value"),
        (ENTRY.replace('"1"', "1"), "1: version: a text is needed"),
        (ENTRY.replace('version = "1"', ""), "1: exactly one file has to say its version"),
        (ENTRY + "colour = 1", "10: tool 'x', colour: no such field"),
        ("extra = 1\n" + ENTRY, "1: extra: no such field; known: port, tool, version"),
        (ENTRY.replace("id = ", "#"), "2: tool 1, id: a text is needed"),
        (ENTRY.replace('"x"', '"X y"'), "3: tool 'X y', id: only a-z, 0-9 and hyphens are taken"),
        (
            ENTRY.replace("remote_control", "spyware"),
            f"6: tool 'x', kind: 'spyware' is none of {', '.join(ToolKind)}",
        ),
        (
            ENTRY + 'units = ["xd"]',
            "10: tool 'x', units: 'xd' ends neither in .service nor in .socket",
        ),
        (
            ENTRY.replace('["x.exe"]', '[\n  "x.exe",\n  "setup.exe",\n]'),
            f"9: tool 'x', windows: 'setup.exe' {TOO_GENERIC}",
        ),
        (ENTRY.replace('"xd"', '"agent"'), f"8: tool 'x', linux: 'agent' {TOO_GENERIC}"),
        (
            ENTRY + 'services = ["Update"]',
            f"10: tool 'x', services: 'Update' {TOO_GENERIC}",
        ),
        (
            ENTRY.replace('"x.exe"', '"x"'),
            "7: tool 'x', windows: 'x' does not end in .exe, .com or .msi",
        ),
        (
            ENTRY.replace('"xd"', '"xd.exe"'),
            "8: tool 'x', linux: 'xd.exe' ends in .exe; list it under windows",
        ),
        (ENTRY.replace('"xd"', '"Xd"'), "8: tool 'x', linux: 'Xd' must be written in lower case"),
        (
            ENTRY.replace('"xd"', '"*d"'),
            "8: tool 'x', linux: '*d' is a pattern; only whole names are taken",
        ),
        (
            ENTRY.replace('"xd"', '"/usr/bin/xd"'),
            "8: tool 'x', linux: '/usr/bin/xd' is a path, not a name",
        ),
        (ENTRY.replace('["xd"]', '"xd"'), "8: tool 'x', linux: a list is needed"),
        (ENTRY.replace('"xd"', "1"), "8: tool 'x', linux: 1 is not a plain text"),
        (ENTRY.replace('"xd"', '"xd", "xd"'), "8: tool 'x', linux: 'xd' stands there twice"),
        (
            ENTRY.replace('["x.exe"]', "[]").replace('["xd"]', "[]"),
            "2: tool 'x': holds no fact: nothing could match",
        ),
        (ENTRY + AGAIN, "11: tool 'x', id: another entry is 'x' already (and 2 more)"),
        (
            ENTRY + OTHER.replace("y.exe", "x.exe"),
            "15: tool 'y', windows: 'x.exe' stands in entry 'x' already, which names another vendor",
        ),
        (
            ENTRY + 'domains = ["*x.net"]',
            "10: tool 'x', domains: '*x.net' is not anchored: a * may only be the *. at its beginning",
        ),
        (ENTRY + 'domains = ["x"]', "10: tool 'x', domains: 'x' is no host name"),
        (
            ENTRY + 'domains = ["*.amazonaws.com"]',
            "10: tool 'x', domains: '*.amazonaws.com' is shared by many ordinary services",
        ),
        (
            ENTRY + 'domains = ["*.co.uk"]',
            "10: tool 'x', domains: '*.co.uk' is shared by many ordinary services",
        ),
        (
            ENTRY + 'signers = ["Microsoft Corporation"]',
            (
                "10: tool 'x', signers: 'Microsoft Corporation' is not the tool's own signer: "
                "it signs ordinary software too"
            ),
        ),
        (
            ENTRY + "folders = ['*\\maker\\x']",
            (
                "10: tool 'x', folders: '*\\\\maker\\\\x' is not anchored: it must begin with a place such as "
                "%programfiles%, with c:\\ or with /"
            ),
        ),
        (
            ENTRY + "folders = ['%programfiles%']",
            "10: tool 'x', folders: '%programfiles%' names a place only, no folder in it",
        ),
        (
            ENTRY + "folders = ['%programfiles%\\x*']",
            "10: tool 'x', folders: 'x*': one * may stand for the end of a name of at least 8 characters",
        ),
        (
            ENTRY + 'shared_names = ["server.exe"]',
            "10: tool 'x', shared_names: shared_names count only together with companies or shared_arguments",
        ),
        (ENTRY + "ports = [0]", "10: tool 'x', ports: 0 is no port from 1 to 65535"),
        (ENTRY + "ports = [443]", "10: tool 'x', ports: port 443 is an ordinary one"),
        (
            ENTRY + "idle_connections = 1",
            "10: tool 'x', idle_connections: true or false is needed",
        ),
        (
            ENTRY + 'session_processes = ["z"]',
            "10: tool 'x', session_processes: 'z' is not among the entry's own file names",
        ),
        (
            ENTRY + 'session_children = ["z"]',
            "10: tool 'x', session_children: 'z' is not among the entry's own file names",
        ),
        (
            ENTRY + 'session = "guess"',
            "10: tool 'x', session: 'guess' is none of process, listener, behaviour, far_end, unknown",
        ),
        (
            ENTRY + 'session = "process"',
            "10: tool 'x', session: process needs session_processes, session_arguments or session_children",
        ),
        (
            ENTRY + 'session = "listener"',
            "10: tool 'x', session: listener and session_listeners count only together",
        ),
        (
            ENTRY + 'market = "cn"',
            "10: tool 'x', market: a tool of this market needs session: by which sign its being used is judged",
        ),
        (
            ENTRY + 'session_arguments = ["a"]',
            "10: tool 'x', session_arguments: a list of non-empty lists of texts is needed",
        ),
        (
            ENTRY + 'session_arguments = [["--Mod"]]',
            "10: tool 'x', session_arguments: '--Mod' is not a text in lower case",
        ),
        (ENTRY + PORT + PORT, "18: port 2, first: 5900 stands in an earlier entry already"),
        (ENTRY + PORT.replace("5901", "1"), "13: port 1, last: 1 is before first, 5900"),
        ('version = "1"\ntool = 1', "2: tool: must be written as [[tool]]"),
    ],
)
def test_a_mistake_is_one_line_with_file_line_and_reason(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(text)
    assert str(raised.value).partition(" (and ")[0] == f"c.toml:{message}".partition(" (and ")[0]
    assert "\n" not in str(raised.value)


def test_every_mistake_is_told_and_nothing_of_the_catalogue_is_used() -> None:
    bad = ENTRY.replace("x.exe", "setup.exe") + "ports = [80]\n" + OTHER.replace("yd", "y*")
    catalogue, mistakes = check([SourceFile("c.toml", bad), SourceFile("d.toml", "[")])
    assert catalogue is None
    assert [(m.file, m.line) for m in mistakes] == [
        ("c.toml", 7),
        ("c.toml", 10),
        ("c.toml", 17),
        ("d.toml", 1),
    ]
    assert all(m.zh and m.en and "\n" not in m.zh + m.en for m in mistakes)
    with pytest.raises(ConfigurationError, match=r"^c\.toml:7: .* \(and 3 more\)$"):
        parse([SourceFile("c.toml", bad), SourceFile("d.toml", "[")])


def test_every_fact_an_entry_may_hold_is_looked_up() -> None:
    """A list that nobody reads would be a fact that never matches."""
    catalogue = read(ENTRY + FACTS_OF_X)
    (tool,) = catalogue.tools
    assert [name for name in FACTS if not getattr(tool, name)] == []
