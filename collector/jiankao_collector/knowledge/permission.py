"""What a policy permits one process at one seat.

Only what is exactly the program of an entry: by its signer, its digest, or, where nobody signs programs, its full path
and name. A forbidden program is permitted nothing, nor is one that runs only while somebody uses it from elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jiankao_collector.knowledge.catalogue import Catalogue, label
from jiankao_collector.knowledge.checked_table import Mistake
from jiankao_collector.knowledge.folders import FolderIndex
from jiankao_collector.knowledge.policy import Policy, check
from jiankao_collector.knowledge.policy_entries import Aid, Classroom, Host, May
from jiankao_collector.knowledge.tool import Tool, ToolKind
from jiankao_collector.roster import Place
from jiankao_proto.observations import Process

_ONLY_ADMINISTRATORS: Final = ("%programfiles%\\", "/opt/", "/usr/")
"""Where only an administrator may put a program."""


class Effect(StrEnum):
    """What a permitted program was seen to do."""

    RUNS = "runs"
    WINDOW = "window"
    READS_SCREEN = "reads_screen"
    INPUT = "input"
    LISTENS = "listens"
    CONNECTED = "connected"


class Sort(StrEnum):
    """By what kind of entry something is permitted."""

    PROGRAM = "program"
    CLASSROOM = "classroom"
    ACCOMMODATION = "accommodation"


class Input(StrEnum):
    """Kinds of input events."""

    KEYS = "keys"
    MOTION = "motion"
    BUTTONS = "buttons"
    SCROLLS = "scrolls"


_BASIC: Final = frozenset({Effect.RUNS, Effect.WINDOW})
_OF_CLASSROOM: Final = _BASIC | {Effect.READS_SCREEN, Effect.LISTENS, Effect.CONNECTED}
_OF_AID: Final = {
    Aid.ON_SCREEN_KEYBOARD: frozenset({Input.KEYS}),
    Aid.SCREEN_READER: frozenset({Input.KEYS, Input.MOTION, Input.BUTTONS}),
    Aid.MAGNIFIER: frozenset[Input](),
    Aid.SWITCH_INPUT: frozenset(Input),
    Aid.EYE_CONTROL: frozenset(Input),
    Aid.VOICE_INPUT: frozenset(Input),
    Aid.CAPTIONS: frozenset[Input](),
}
"""Which input an aid makes for its user."""
_SEES: Final = frozenset({Aid.SCREEN_READER, Aid.MAGNIFIER})


@dataclass(frozen=True, slots=True)
class Permit:
    """What one entry permits a program. `said`: the entry's own words, its owner or reason.

    `inputs`: what may be put down to it where the system names no sender.
    """

    sort: Sort
    line: int
    said: str
    effects: frozenset[Effect]
    inputs: frozenset[Input] = frozenset()
    hosts: tuple[Host, ...] = ()


class Permissions:
    """Looks up what is permitted under one policy."""

    def __init__(self, policy: Policy, catalogue: Catalogue) -> None:
        self._policy, self._catalogue = policy, catalogue
        tools = {tool.id: tool for tool in catalogue.tools}
        self._tools: dict[int, Tool] = {
            entry.line: tools[entry.tool] for entry in policy.classroom if entry.tool in tools
        }

    def of(self, process: Process, place: Place) -> Permit | None:
        """Return what a process is permitted at a seat; None when no entry is about it."""
        permit = self._find(process, place)
        if permit is None or any(entry.is_of(process) for entry in self._policy.forbidden):
            return None
        match = self._catalogue.find(process)
        return None if match is not None and match.in_session else permit

    def _find(self, process: Process, place: Place) -> Permit | None:
        for aid in self._policy.accommodations:
            if aid.is_for(place.room, place.seat, place.candidate) and aid.identity.is_of(process):
                inputs = _OF_AID[aid.aid]
                effects = _BASIC | ({Effect.READS_SCREEN} if aid.aid in _SEES else set())
                effects |= {Effect.INPUT} if inputs else set()
                return Permit(Sort.ACCOMMODATION, aid.line, aid.reason, effects, inputs)
        for room in self._policy.classroom:
            if self._is_classroom(room, process):
                return Permit(
                    Sort.CLASSROOM, room.line, room.owner, _OF_CLASSROOM, hosts=room.hosts
                )
        for entry in self._policy.programs:
            if entry.identity.is_of(process):
                effects = _BASIC | ({Effect.INPUT} if May.INPUT in entry.may else set())
                effects |= {Effect.READS_SCREEN} if May.READ_SCREEN in entry.may else set()
                said = f"{entry.owner}: {entry.reason}"
                return Permit(Sort.PROGRAM, entry.line, said, effects)
        return None

    def _is_classroom(self, entry: Classroom, process: Process) -> bool:
        if entry.identity is not None:
            return entry.identity.is_of(process)
        tool = self._tools.get(entry.line)
        return tool is not None and is_tool(tool, process)


def is_tool(tool: Tool, process: Process) -> bool:
    """Tell whether a process is a tool of the catalogue beyond doubt of its name.

    Its maker signed it; or it lies where only an administrator may have put it, and is called as the tool is.
    """
    if tool.signers and label(process.signer) in tool.signers:
        return True
    folders = sure_folders(tool)
    if not folders or process.name.casefold() not in {*tool.windows, *tool.linux}:
        return False
    return FolderIndex([(folder, True) for folder in folders]).find(process.executable) is not None


def sure_folders(tool: Tool) -> tuple[str, ...]:
    """Return those of a tool's install folders that nobody but an administrator may write to."""
    return tuple(f for f in tool.folders if f.startswith(_ONLY_ADMINISTRATORS))


def check_with(
    catalogue: Catalogue, text: str, file: str = "policy"
) -> tuple[Policy | None, list[Mistake]]:
    """Read a policy as `check` does, and look also whether the tools it names can be known beyond their names."""
    policy, mistakes = check(text, file)
    if policy is None:
        return None, mistakes
    tools = {tool.id: tool for tool in catalogue.tools}
    for entry in policy.classroom:
        said = _wrong_tool(entry.tool, tools) if entry.tool else None
        if said is not None:
            mistakes.append(Mistake(file, entry.line, *said))
    return (None, mistakes) if mistakes else (policy, [])


def _wrong_tool(name: str, tools: Mapping[str, Tool]) -> tuple[str, str] | None:
    tool = tools.get(name)
    if tool is None or tool.kind is not ToolKind.CLASSROOM_CONTROL:
        known = ", ".join(
            sorted(t.id for t in tools.values() if t.kind is ToolKind.CLASSROOM_CONTROL)
        )
        return (
            f"tool：{name!r:.80} 不是目录中的课堂控制软件；有：{known}",
            f"tool: {name!r:.80} is no classroom control of the catalogue; it has: {known}",
        )
    if not tool.signers and not sure_folders(tool):
        return (
            f"tool：目录不知道 {name} 的签名者和可靠的安装位置，仅凭名称不能放行；请改写 signer 或 sha256",
            (
                f"tool: the catalogue knows neither signer nor sure folder of {name}, and a name alone never allows; "
                "give its signer or sha256 instead"
            ),
        )
    return None
