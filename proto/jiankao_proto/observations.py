"""What can be observed on a workstation, as frozen facts.

Field by field these are the messages of v1/telemetry.proto (a test compares them); the meaning and unit of every field
is written there. Nothing here can hold a key identity or typed text.
"""

from dataclasses import dataclass, field
from enum import IntEnum


class Health(IntEnum):
    """How a sensor is. Only OK reads as fine."""

    UNSPECIFIED = 0
    OK = 1
    DEGRADED = 2
    UNAVAILABLE = 3
    STARTING = 4


class Transport(IntEnum):
    """The transport protocol of a socket."""

    UNSPECIFIED = 0
    TCP = 1
    UDP = 2


class Direction(IntEnum):
    """Who connected to whom. INBOUND: the far end reached a listener here."""

    UNSPECIFIED = 0
    INBOUND = 1
    OUTBOUND = 2


class InputSource(IntEnum):
    """Where input came from, as far as the system can tell."""

    UNSPECIFIED = 0
    LOCAL_DEVICE = 1
    INJECTED = 2
    UNATTRIBUTED = 3


class InjectionMethod(IntEnum):
    """How a program put input into the system."""

    UNSPECIFIED = 0
    XTEST_DEVICE = 1
    HOOK_FLAG = 2
    LOWER_INTEGRITY = 3
    INJECTION_REQUEST = 4
    POINTER_WARP = 5
    SENT_EVENT = 6
    WITHOUT_DEVICE = 7


class SessionKind(IntEnum):
    """The kind of a logon."""

    UNSPECIFIED = 0
    LOCAL = 1
    SSH = 2
    RDP = 3
    VNC = 4
    X11_REMOTE = 5
    SHADOW = 6
    OTHER_REMOTE = 7


class Change(IntEnum):
    """What happened to a thing."""

    UNSPECIFIED = 0
    BASELINE = 1
    ADDED = 2
    REMOVED = 3
    MODIFIED = 4


class DeviceClass(IntEnum):
    """What a device is for."""

    UNSPECIFIED = 0
    KEYBOARD = 1
    POINTER = 2
    STORAGE = 3
    NETWORK = 4
    VIDEO = 5
    AUDIO = 6
    OTHER = 7


class WindowFindingKind(IntEnum):
    """What is odd about a window."""

    UNSPECIFIED = 0
    OVERLAY = 1
    CAPTURE_EXCLUDED = 2
    AFFINITY_LOST = 3
    SCREEN_READ = 4
    DESKTOP_SWITCH = 5


class LifecycleStage(IntEnum):
    """A moment in the agent's life. STOPPING is an orderly goodbye."""

    UNSPECIFIED = 0
    STARTED = 1
    STOPPING = 2
    POLICY_APPLIED = 3
    HELPER_DIED = 4
    POLICY_REFUSED = 5
    POLICY_KEYS_PINNED = 6


class ServiceKind(IntEnum):
    """What a service is. VIRTUAL_INPUT: a process that makes keyboards and mice out of software."""

    UNSPECIFIED = 0
    SYSTEM = 1
    USER = 2
    DRIVER = 3
    VIRTUAL_INPUT = 4


@dataclass(frozen=True, slots=True)
class Process:
    """One process; (pid, started_at_us) names it for good."""

    pid: int
    started_at_us: int
    name: str
    executable: str = ""
    parent_pid: int = 0
    parent_name: str = ""
    user: str = ""
    session: str = ""
    command_line_masked: str = ""
    executable_sha256: bytes = b""
    signer: str = ""
    original_name: str = ""
    company: str = ""
    description: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class ProcessStarted:
    """A process runs; `baseline` when it did so before watching began."""

    process: Process
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A process is gone."""

    pid: int
    started_at_us: int
    name: str


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """The owner of something; pid 0 when it cannot be told."""

    pid: int = 0
    name: str = ""
    executable: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A textual IP address and a port."""

    address: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionOpened:
    """A connected socket appeared."""

    transport: Transport
    local: Endpoint
    remote: Endpoint
    direction: Direction
    process: ProcessRef
    baseline: bool = False
    remote_name: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """A connected socket is gone."""

    transport: Transport
    local: Endpoint
    remote: Endpoint
    direction: Direction
    process: ProcessRef


@dataclass(frozen=True, slots=True)
class ListenerOpened:
    """A process accepts connections."""

    transport: Transport
    local: Endpoint
    process: ProcessRef
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class ListenerClosed:
    """A listener is gone."""

    transport: Transport
    local: Endpoint
    process: ProcessRef


@dataclass(frozen=True, slots=True)
class InputWindow:
    """Counts and kinematics of one second of one input source."""

    source: InputSource
    device: str = ""
    duration_us: int = 0
    motion_events: int = 0
    path_px: float = 0.0
    net_px: float = 0.0
    peak_speed_px_per_s: float = 0.0
    direction_changes: int = 0
    motion_intervals_within_1ms: int = 0
    motion_interval_median_us: int = 0
    button_presses: int = 0
    button_hold_median_us: int = 0
    button_hold_min_us: int = 0
    key_presses: int = 0
    key_hold_median_us: int = 0
    key_hold_min_us: int = 0
    key_interval_median_us: int = 0
    scroll_steps: int = 0


@dataclass(frozen=True, slots=True)
class InjectedInput:
    """Injected events of one method within at most one second."""

    method: InjectionMethod
    device: str = ""
    motion_events: int = 0
    button_events: int = 0
    key_events: int = 0
    scroll_events: int = 0
    first_wall_clock_us: int = 0
    last_wall_clock_us: int = 0
    process: ProcessRef = field(default_factory=ProcessRef)
    requests: int = 0


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """Somebody is logged on; remote when `kind` says so."""

    session: str
    kind: SessionKind
    user: str = ""
    remote_host: str = ""
    terminal: str = ""
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A logon ended."""

    session: str
    kind: SessionKind
    user: str = ""
    remote_host: str = ""
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class DisplayChanged:
    """A screen appeared, changed or went."""

    change: Change
    output: str = ""
    width_px: int = 0
    height_px: int = 0
    edid_vendor: str = ""
    edid_name: str = ""
    mirrored: bool = False
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A device, without its serial number."""

    path: str
    device_class: DeviceClass
    name: str = ""
    vendor_id: int = 0
    product_id: int = 0
    serial_digest: bytes = b""
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class DeviceAttached:
    """A device was plugged in or created."""

    device: Device
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class DeviceRemoved:
    """A device is gone."""

    device: Device


@dataclass(frozen=True, slots=True)
class NetworkInterfaceChanged:
    """A network interface appeared, changed or went."""

    change: Change
    interface: str = ""
    kind: str = ""
    addresses: tuple[str, ...] = ()
    up: bool = False


@dataclass(frozen=True, slots=True)
class WindowFinding:
    """A window that no honest exam needs."""

    kind: WindowFindingKind
    process: ProcessRef = field(default_factory=ProcessRef)
    title_digest: bytes = b""
    width_px: int = 0
    height_px: int = 0
    desktop: str = ""


@dataclass(frozen=True, slots=True)
class WatchedFileChanged:
    """A watched file appeared, changed or went."""

    change: Change
    path: str = ""
    group: str = ""
    sha256: bytes = b""


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """The wall clock jumped against the monotonic one."""

    jump_us: int


@dataclass(frozen=True, slots=True)
class SensorStateChanged:
    """A sensor's health changed: why, and what to do."""

    sensor: str
    health: Health
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class AgentLifecycle:
    """A moment in the agent's life."""

    stage: LifecycleStage
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened, and the agent is there to say so."""

    spooled_batches: int = 0


@dataclass(frozen=True, slots=True)
class ObservationsDropped:
    """The signed hole: observations that could not be kept."""

    count: int
    first_wall_clock_us: int = 0
    last_wall_clock_us: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service appeared, changed or went."""

    change: Change
    kind: ServiceKind
    name: str = ""
    enabled: bool = False
    running: bool = False
    process: ProcessRef = field(default_factory=ProcessRef)
    image_path: str = ""


@dataclass(frozen=True, slots=True)
class EnvironmentSeen:
    """What the agent runs in and what is done to it."""

    baseline: bool = False
    virtual_machine: str = ""
    container: str = ""
    debugger: ProcessRef = field(default_factory=ProcessRef)
    binaries_digest: bytes = b""


@dataclass(frozen=True, slots=True)
class NetworkSettingChanged:
    """A setting that decides where traffic goes: a route, name server, proxy or hotspot."""

    change: Change
    kind: str = ""
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class NameResolved:
    """The workstation asked for a host's address."""

    name: str
    addresses: tuple[str, ...] = ()
    process: ProcessRef = field(default_factory=ProcessRef)


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """A fact of a kind this version does not know; its bytes are carried along in the observation."""


Fact = (
    ProcessStarted
    | ProcessEnded
    | ConnectionOpened
    | ConnectionClosed
    | ListenerOpened
    | ListenerClosed
    | InputWindow
    | InjectedInput
    | SessionStarted
    | SessionEnded
    | DisplayChanged
    | DeviceAttached
    | DeviceRemoved
    | NetworkInterfaceChanged
    | WindowFinding
    | WatchedFileChanged
    | ClockChanged
    | SensorStateChanged
    | AgentLifecycle
    | Heartbeat
    | ObservationsDropped
    | ServiceChanged
    | EnvironmentSeen
    | NetworkSettingChanged
    | NameResolved
    | UnknownFact
)


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact and when it was seen, in microseconds on both clocks.

    `unread` holds the observation's own bytes when they carry fields this version does not know; writing gives them
    back unchanged. Whoever makes a new observation out of a read one leaves `unread` empty.
    """

    wall_clock_us: int
    monotonic_us: int
    fact: Fact
    unread: bytes = b""
