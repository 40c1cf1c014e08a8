"""What the catalogue knows of a program family, and what it is to be recognised."""

from dataclasses import dataclass, field
from enum import StrEnum


class ToolKind(StrEnum):
    """What a program is for."""

    REMOTE_CONTROL = "remote_control"
    REMOTE_MANAGEMENT = "remote_management"
    SCREEN_SHARE = "screen_share"
    MEETING = "meeting"
    TUNNEL = "tunnel"
    VIRTUAL_DESKTOP = "virtual_desktop"
    VIRTUAL_INPUT = "virtual_input"
    VIRTUAL_DISPLAY = "virtual_display"
    REMOTE_CLIENT = "remote_client"
    FILE_TRANSFER = "file_transfer"
    CLASSROOM_CONTROL = "classroom_control"
    ASSISTIVE = "assistive"


class SessionSign(StrEnum):
    """What shows that a tool is being used from elsewhere rather than at rest.

    PROCESS: a process or command line that exists in sessions only. LISTENER: a port that is open in sessions only.
    BEHAVIOUR: nothing of its own is known; it is connected to elsewhere while input is injected. FAR_END: what comes
    through it is seen where it comes out, as a connection of the workstation to itself. UNKNOWN: only hosts of it are
    known, and a browser that visits them looks the same.
    """

    PROCESS = "process"
    LISTENER = "listener"
    BEHAVIOUR = "behaviour"
    FAR_END = "far_end"
    UNKNOWN = "unknown"


ALONE = frozenset({ToolKind.REMOTE_CONTROL, ToolKind.TUNNEL, ToolKind.VIRTUAL_INPUT})
"""Kinds that have no business starting in an exam; the others are in honest use in many rooms."""
MILDEST_FIRST = (
    ToolKind.ASSISTIVE,
    ToolKind.CLASSROOM_CONTROL,
    ToolKind.MEETING,
    ToolKind.FILE_TRANSFER,
    ToolKind.REMOTE_CLIENT,
    ToolKind.SCREEN_SHARE,
    ToolKind.VIRTUAL_DISPLAY,
    ToolKind.VIRTUAL_DESKTOP,
    ToolKind.REMOTE_MANAGEMENT,
    ToolKind.VIRTUAL_INPUT,
    ToolKind.TUNNEL,
    ToolKind.REMOTE_CONTROL,
)
"""A fact that several tools of one vendor share is judged as the mildest of them."""


@dataclass(frozen=True, slots=True)
class Tool:
    r"""One program family. Every fact is exact and case-folded; each alone is enough to know the tool by.

    `vendor`: only entries that name the same one may share a fact. `windows`, `linux`: file names; those of `windows`
    end in `.exe`, `.com` or `.msi`. `original_names`: names written inside the executable, beyond the file names.
    `products`: its product names. `signers`: who signs it; the maker's own. `services`, `drivers`: names of Windows
    services and drivers. `folders`: where it is installed, anchored (`%programfiles%\vendor\tool`, `/opt/tool`,
    `~/.tool`).
    `domains`: hosts it talks to, a name or `*.suffix`. `units`: its systemd units; a template as `name@.service`.

    Two facts that count only together: a name of `shared_names`, which other programs have too, with a company or
    signer of `companies`, or with a command line that holds every part of one of the groups of `shared_arguments`.

    `session_processes`: those of the names that run only while somebody is connected. `session_arguments`: a command
    line that holds every part of one of these groups belongs to a session. `session_children`: those of the names that
    run in a session when one of the same name has started them without arguments. `session_listeners`: UDP ports that
    it has in sessions only. `session`: which of these signs is judged; remote control is judged by its behaviour
    besides. `ports`: where it listens; they hint only.
    `with_system`: it comes with the system, so that having or using it is no finding.
    `idle_connections`: it keeps connections to its maker while nobody uses it. `session_note`: for people, what is
    known of the sign of an active session. `market`: "cn" for what the Chinese market uses. `source`: where these facts
    come from.
    """

    id: str
    name_zh: str
    name_en: str
    kind: ToolKind
    source: str
    vendor: str = ""
    market: str = ""
    session_note: str = ""
    windows: tuple[str, ...] = ()
    linux: tuple[str, ...] = ()
    original_names: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    shared_names: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    shared_arguments: tuple[tuple[str, ...], ...] = ()
    ports: tuple[int, ...] = ()
    session_processes: frozenset[str] = field(default_factory=frozenset)
    session_arguments: tuple[tuple[str, ...], ...] = ()
    session_children: frozenset[str] = field(default_factory=frozenset)
    session_listeners: tuple[int, ...] = ()
    session: SessionSign | None = None
    idle_connections: bool = False
    with_system: bool = False


@dataclass(frozen=True, slots=True)
class RemoteDesktopPort:
    """What is offered on ports `first` to `last`, both included."""

    first: int
    last: int
    name_zh: str
    name_en: str


class MatchedBy(StrEnum):
    """Which fact a program was known by."""

    NAME = "name"
    ORIGINAL_NAME = "original_name"
    NAME_AND_MAKER = "name_and_maker"
    NAME_AND_ARGUMENTS = "name_and_arguments"
    PRODUCT = "product"
    SIGNER = "signer"
    FOLDER = "folder"
    SERVICE = "service"
    DOMAIN = "domain"
    PORT = "port"


@dataclass(frozen=True, slots=True)
class Match:
    """The tools that have a fact (mostly one; several of one vendor may share it, the mildest first) and that fact.

    `in_session`: the process is a session rather than the tool at rest.
    """

    tools: tuple[Tool, ...]
    fact: MatchedBy
    by: str
    in_session: bool = False

    @property
    def tool(self) -> Tool:
        """Return the tool it is judged as."""
        return self.tools[0]

    @property
    def name_zh(self) -> str:
        """Return what it is called in Chinese: every tool that it may be."""
        return "/".join(dict.fromkeys(tool.name_zh for tool in self.tools))

    @property
    def name_en(self) -> str:
        """Return what it is called in English: every tool that it may be."""
        return " / ".join(dict.fromkeys(tool.name_en for tool in self.tools))
