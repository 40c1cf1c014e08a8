"""Every tool of the Chinese market: at rest no alert says that it is used, in use one does and names it."""

import pytest

from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.tool import SessionSign, Tool
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InjectionMethod,
    ListenerOpened,
    Process,
    ProcessRef,
    ProcessStarted,
    Transport,
)
from tests.collector.knowledge.reference_names import CHINESE
from tests.quality.single_facts import inside
from tests.support.judged import BEGAN_US, at, watched_seat

SAYS_USED = ("被远程使用", "有远程会话")
UNKNOWN = r"C:\x9\a.exe"
TOOLS = [
    tool
    for tool in load().tools
    if (tool.market == "cn" or tool.id in CHINESE.values())
    and tool.session not in {SessionSign.FAR_END, SessionSign.UNKNOWN}
]


def programs(tool: Tool) -> list[Process]:
    """Return its processes at rest, each with an argument; known by folder, signer or server where no name is known."""
    known = [name for name in (*tool.windows, *tool.linux) if name not in tool.session_processes]
    paths = [f"C:\\x9\\{name}" for name in known] or [inside(folder) for folder in tool.folders]
    signer = "" if paths or not tool.signers else tool.signers[0]
    return [_process(pid, path, signer=signer) for pid, path in enumerate(paths or [UNKNOWN], 100)]


def at_rest(tool: Tool) -> list[Fact]:
    """Return its processes and, unless a connection would be a session, the one that it keeps to its maker."""
    own = programs(tool)
    started: list[Fact] = [ProcessStarted(process, baseline=True) for process in own]
    keeps = ConnectionOpened(
        Transport.TCP,
        at("10.1.0.9:50123"),
        at("198.51.100.7:443"),
        Direction.OUTBOUND,
        ProcessRef(own[0].pid, own[0].name, own[0].executable),
        baseline=True,
        remote_name=tool.domains[0].replace("*", "a1") if tool.domains else "",
    )
    return started if tool.session_listeners else [*started, keeps]


def in_use(tool: Tool) -> list[Fact]:
    """Return what shows that somebody uses it, by the sign that its entry names."""
    if tool.session is SessionSign.LISTENER:
        owner = ProcessRef(100, tool.windows[0])
        where = at(f"0.0.0.0:{tool.session_listeners[0]}")
        return [ListenerOpened(Transport.UDP, where, owner)]
    if tool.session is SessionSign.BEHAVIOUR:
        return [InjectedInput(InjectionMethod.HOOK_FLAG, key_events=5)]
    if tool.session_processes:
        name = min(tool.session_processes)
        return [ProcessStarted(_process(300, f"C:\\x9\\{name}"))]
    line = " ".join(tool.session_arguments[0])
    return [ProcessStarted(_process(300, f"C:\\x9\\{tool.windows[1]}", line))]


def _process(pid: int, path: str, arguments: str = "--hide", signer: str = "") -> Process:
    name = path.replace("/", "\\").rpartition("\\")[2]
    line = f'"{path}" {arguments}'
    return Process(pid, BEGAN_US, name, path, command_line_masked=line, signer=signer)


def test_every_tool_says_by_which_sign_its_use_is_judged() -> None:
    assert len(TOOLS) == 19
    assert {tool.id for tool in TOOLS} >= set(CHINESE.values())
    assert [tool.id for tool in TOOLS if tool.session is None or not tool.session_note] == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_at_rest_nobody_is_said_to_use_it(tool: Tool) -> None:
    seat = watched_seat()
    seat.sends(2, *at_rest(tool))
    seat.lives(3, 100)
    said = [f.reason_zh for f in seat.view.findings]
    assert [text for text in said if any(words in text for words in SAYS_USED)] == []
    assert not [a for a in seat.log.alerts().values() if a.severity.name == "CRITICAL"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_in_use_an_alert_says_so_and_names_it(tool: Tool) -> None:
    seat = watched_seat()
    seat.sends(2, *at_rest(tool))
    seat.sends(3, *in_use(tool))
    alert = seat.log.alerts()["remote_control"]
    said = [(f.reason_zh, f.reason_en) for f in alert.findings if f.last_us == alert.last_us]
    assert any(
        tool.name_zh in zh and tool.name_en in en and any(words in zh for words in SAYS_USED)
        for zh, en in said
    ), said


@pytest.mark.parametrize(
    ("parent", "line", "used"),
    [
        ("ToDesk.exe", r'"C:\Program Files\ToDesk\ToDesk.exe"', True),
        ("ToDesk.exe", r"C:\Program Files\ToDesk\ToDesk.exe", True),
        ("ToDesk.exe", r'"C:\Program Files\ToDesk\ToDesk.exe" --hide', False),
        ("ToDesk.exe", "", False),  # nobody knows its arguments
        ("explorer.exe", r'"C:\Program Files\ToDesk\ToDesk.exe"', False),
    ],
)
def test_a_bare_child_of_its_own_is_a_session_of_todesk(parent: str, line: str, used: bool) -> None:
    child = Process(
        5,
        BEGAN_US,
        "ToDesk.exe",
        r"C:\Program Files\ToDesk\ToDesk.exe",
        parent_name=parent,
        command_line_masked=line,
    )
    seat = watched_seat()
    seat.sends(2, ProcessStarted(child))
    assert any(f.kind == "tool_session" for f in seat.view.findings) is used
