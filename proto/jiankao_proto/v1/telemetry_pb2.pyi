from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Health(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HEALTH_UNSPECIFIED: _ClassVar[Health]
    HEALTH_OK: _ClassVar[Health]
    HEALTH_DEGRADED: _ClassVar[Health]
    HEALTH_UNAVAILABLE: _ClassVar[Health]
    HEALTH_STARTING: _ClassVar[Health]

class Transport(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_UNSPECIFIED: _ClassVar[Transport]
    TRANSPORT_TCP: _ClassVar[Transport]
    TRANSPORT_UDP: _ClassVar[Transport]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_INBOUND: _ClassVar[Direction]
    DIRECTION_OUTBOUND: _ClassVar[Direction]

class InputSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INPUT_SOURCE_UNSPECIFIED: _ClassVar[InputSource]
    INPUT_SOURCE_LOCAL_DEVICE: _ClassVar[InputSource]
    INPUT_SOURCE_INJECTED: _ClassVar[InputSource]
    INPUT_SOURCE_UNATTRIBUTED: _ClassVar[InputSource]

class InjectionMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INJECTION_METHOD_UNSPECIFIED: _ClassVar[InjectionMethod]
    INJECTION_METHOD_XTEST_DEVICE: _ClassVar[InjectionMethod]
    INJECTION_METHOD_HOOK_FLAG: _ClassVar[InjectionMethod]
    INJECTION_METHOD_LOWER_INTEGRITY: _ClassVar[InjectionMethod]
    INJECTION_METHOD_INJECTION_REQUEST: _ClassVar[InjectionMethod]
    INJECTION_METHOD_POINTER_WARP: _ClassVar[InjectionMethod]
    INJECTION_METHOD_SENT_EVENT: _ClassVar[InjectionMethod]
    INJECTION_METHOD_WITHOUT_DEVICE: _ClassVar[InjectionMethod]

class SessionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_KIND_UNSPECIFIED: _ClassVar[SessionKind]
    SESSION_KIND_LOCAL: _ClassVar[SessionKind]
    SESSION_KIND_SSH: _ClassVar[SessionKind]
    SESSION_KIND_RDP: _ClassVar[SessionKind]
    SESSION_KIND_VNC: _ClassVar[SessionKind]
    SESSION_KIND_X11_REMOTE: _ClassVar[SessionKind]
    SESSION_KIND_SHADOW: _ClassVar[SessionKind]
    SESSION_KIND_OTHER_REMOTE: _ClassVar[SessionKind]

class Change(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_UNSPECIFIED: _ClassVar[Change]
    CHANGE_BASELINE: _ClassVar[Change]
    CHANGE_ADDED: _ClassVar[Change]
    CHANGE_REMOVED: _ClassVar[Change]
    CHANGE_MODIFIED: _ClassVar[Change]

class DeviceClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEVICE_CLASS_UNSPECIFIED: _ClassVar[DeviceClass]
    DEVICE_CLASS_KEYBOARD: _ClassVar[DeviceClass]
    DEVICE_CLASS_POINTER: _ClassVar[DeviceClass]
    DEVICE_CLASS_STORAGE: _ClassVar[DeviceClass]
    DEVICE_CLASS_NETWORK: _ClassVar[DeviceClass]
    DEVICE_CLASS_VIDEO: _ClassVar[DeviceClass]
    DEVICE_CLASS_AUDIO: _ClassVar[DeviceClass]
    DEVICE_CLASS_OTHER: _ClassVar[DeviceClass]

class WindowFindingKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WINDOW_FINDING_KIND_UNSPECIFIED: _ClassVar[WindowFindingKind]
    WINDOW_FINDING_KIND_OVERLAY: _ClassVar[WindowFindingKind]
    WINDOW_FINDING_KIND_CAPTURE_EXCLUDED: _ClassVar[WindowFindingKind]
    WINDOW_FINDING_KIND_AFFINITY_LOST: _ClassVar[WindowFindingKind]
    WINDOW_FINDING_KIND_SCREEN_READ: _ClassVar[WindowFindingKind]
    WINDOW_FINDING_KIND_DESKTOP_SWITCH: _ClassVar[WindowFindingKind]

class LifecycleStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIFECYCLE_STAGE_UNSPECIFIED: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_STARTED: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_STOPPING: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_POLICY_APPLIED: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_HELPER_DIED: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_POLICY_REFUSED: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_POLICY_KEYS_PINNED: _ClassVar[LifecycleStage]

class ServiceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVICE_KIND_UNSPECIFIED: _ClassVar[ServiceKind]
    SERVICE_KIND_SYSTEM: _ClassVar[ServiceKind]
    SERVICE_KIND_USER: _ClassVar[ServiceKind]
    SERVICE_KIND_DRIVER: _ClassVar[ServiceKind]
    SERVICE_KIND_VIRTUAL_INPUT: _ClassVar[ServiceKind]
HEALTH_UNSPECIFIED: Health
HEALTH_OK: Health
HEALTH_DEGRADED: Health
HEALTH_UNAVAILABLE: Health
HEALTH_STARTING: Health
TRANSPORT_UNSPECIFIED: Transport
TRANSPORT_TCP: Transport
TRANSPORT_UDP: Transport
DIRECTION_UNSPECIFIED: Direction
DIRECTION_INBOUND: Direction
DIRECTION_OUTBOUND: Direction
INPUT_SOURCE_UNSPECIFIED: InputSource
INPUT_SOURCE_LOCAL_DEVICE: InputSource
INPUT_SOURCE_INJECTED: InputSource
INPUT_SOURCE_UNATTRIBUTED: InputSource
INJECTION_METHOD_UNSPECIFIED: InjectionMethod
INJECTION_METHOD_XTEST_DEVICE: InjectionMethod
INJECTION_METHOD_HOOK_FLAG: InjectionMethod
INJECTION_METHOD_LOWER_INTEGRITY: InjectionMethod
INJECTION_METHOD_INJECTION_REQUEST: InjectionMethod
INJECTION_METHOD_POINTER_WARP: InjectionMethod
INJECTION_METHOD_SENT_EVENT: InjectionMethod
INJECTION_METHOD_WITHOUT_DEVICE: InjectionMethod
SESSION_KIND_UNSPECIFIED: SessionKind
SESSION_KIND_LOCAL: SessionKind
SESSION_KIND_SSH: SessionKind
SESSION_KIND_RDP: SessionKind
SESSION_KIND_VNC: SessionKind
SESSION_KIND_X11_REMOTE: SessionKind
SESSION_KIND_SHADOW: SessionKind
SESSION_KIND_OTHER_REMOTE: SessionKind
CHANGE_UNSPECIFIED: Change
CHANGE_BASELINE: Change
CHANGE_ADDED: Change
CHANGE_REMOVED: Change
CHANGE_MODIFIED: Change
DEVICE_CLASS_UNSPECIFIED: DeviceClass
DEVICE_CLASS_KEYBOARD: DeviceClass
DEVICE_CLASS_POINTER: DeviceClass
DEVICE_CLASS_STORAGE: DeviceClass
DEVICE_CLASS_NETWORK: DeviceClass
DEVICE_CLASS_VIDEO: DeviceClass
DEVICE_CLASS_AUDIO: DeviceClass
DEVICE_CLASS_OTHER: DeviceClass
WINDOW_FINDING_KIND_UNSPECIFIED: WindowFindingKind
WINDOW_FINDING_KIND_OVERLAY: WindowFindingKind
WINDOW_FINDING_KIND_CAPTURE_EXCLUDED: WindowFindingKind
WINDOW_FINDING_KIND_AFFINITY_LOST: WindowFindingKind
WINDOW_FINDING_KIND_SCREEN_READ: WindowFindingKind
WINDOW_FINDING_KIND_DESKTOP_SWITCH: WindowFindingKind
LIFECYCLE_STAGE_UNSPECIFIED: LifecycleStage
LIFECYCLE_STAGE_STARTED: LifecycleStage
LIFECYCLE_STAGE_STOPPING: LifecycleStage
LIFECYCLE_STAGE_POLICY_APPLIED: LifecycleStage
LIFECYCLE_STAGE_HELPER_DIED: LifecycleStage
LIFECYCLE_STAGE_POLICY_REFUSED: LifecycleStage
LIFECYCLE_STAGE_POLICY_KEYS_PINNED: LifecycleStage
SERVICE_KIND_UNSPECIFIED: ServiceKind
SERVICE_KIND_SYSTEM: ServiceKind
SERVICE_KIND_USER: ServiceKind
SERVICE_KIND_DRIVER: ServiceKind
SERVICE_KIND_VIRTUAL_INPUT: ServiceKind

class Batch(_message.Message):
    __slots__ = ("header", "observations")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    header: BatchHeader
    observations: _containers.RepeatedCompositeFieldContainer[Observation]
    def __init__(self, header: _Optional[_Union[BatchHeader, _Mapping]] = ..., observations: _Optional[_Iterable[_Union[Observation, _Mapping]]] = ...) -> None: ...

class BatchHeader(_message.Message):
    __slots__ = ("format", "workstation_id", "boot_id", "exam_session_id", "sequence", "previous_digest", "wall_clock_us", "monotonic_us", "agent_version", "policy_digest", "binaries_digest", "sensors", "session_key_certificate", "witnessed_checkpoint_digest", "closing")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    MONOTONIC_US_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    BINARIES_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SENSORS_FIELD_NUMBER: _ClassVar[int]
    SESSION_KEY_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_CHECKPOINT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    format: int
    workstation_id: str
    boot_id: str
    exam_session_id: str
    sequence: int
    previous_digest: bytes
    wall_clock_us: int
    monotonic_us: int
    agent_version: str
    policy_digest: bytes
    binaries_digest: bytes
    sensors: _containers.RepeatedCompositeFieldContainer[SensorHealth]
    session_key_certificate: bytes
    witnessed_checkpoint_digest: bytes
    closing: bool
    def __init__(self, format: _Optional[int] = ..., workstation_id: _Optional[str] = ..., boot_id: _Optional[str] = ..., exam_session_id: _Optional[str] = ..., sequence: _Optional[int] = ..., previous_digest: _Optional[bytes] = ..., wall_clock_us: _Optional[int] = ..., monotonic_us: _Optional[int] = ..., agent_version: _Optional[str] = ..., policy_digest: _Optional[bytes] = ..., binaries_digest: _Optional[bytes] = ..., sensors: _Optional[_Iterable[_Union[SensorHealth, _Mapping]]] = ..., session_key_certificate: _Optional[bytes] = ..., witnessed_checkpoint_digest: _Optional[bytes] = ..., closing: _Optional[bool] = ...) -> None: ...

class SensorHealth(_message.Message):
    __slots__ = ("sensor", "health")
    SENSOR_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    sensor: str
    health: Health
    def __init__(self, sensor: _Optional[str] = ..., health: _Optional[_Union[Health, str]] = ...) -> None: ...

class Observation(_message.Message):
    __slots__ = ("wall_clock_us", "monotonic_us", "process_started", "process_ended", "connection_opened", "connection_closed", "listener_opened", "listener_closed", "input_window", "injected_input", "session_started", "session_ended", "display_changed", "device_attached", "device_removed", "network_interface_changed", "window_finding", "watched_file_changed", "clock_changed", "sensor_state_changed", "agent_lifecycle", "heartbeat", "observations_dropped", "service_changed", "environment_seen", "network_setting_changed", "name_resolved")
    WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    MONOTONIC_US_FIELD_NUMBER: _ClassVar[int]
    PROCESS_STARTED_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ENDED_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_OPENED_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_CLOSED_FIELD_NUMBER: _ClassVar[int]
    LISTENER_OPENED_FIELD_NUMBER: _ClassVar[int]
    LISTENER_CLOSED_FIELD_NUMBER: _ClassVar[int]
    INPUT_WINDOW_FIELD_NUMBER: _ClassVar[int]
    INJECTED_INPUT_FIELD_NUMBER: _ClassVar[int]
    SESSION_STARTED_FIELD_NUMBER: _ClassVar[int]
    SESSION_ENDED_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_CHANGED_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ATTACHED_FIELD_NUMBER: _ClassVar[int]
    DEVICE_REMOVED_FIELD_NUMBER: _ClassVar[int]
    NETWORK_INTERFACE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FINDING_FIELD_NUMBER: _ClassVar[int]
    WATCHED_FILE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CLOCK_CHANGED_FIELD_NUMBER: _ClassVar[int]
    SENSOR_STATE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    AGENT_LIFECYCLE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_DROPPED_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_SEEN_FIELD_NUMBER: _ClassVar[int]
    NETWORK_SETTING_CHANGED_FIELD_NUMBER: _ClassVar[int]
    NAME_RESOLVED_FIELD_NUMBER: _ClassVar[int]
    wall_clock_us: int
    monotonic_us: int
    process_started: ProcessStarted
    process_ended: ProcessEnded
    connection_opened: ConnectionOpened
    connection_closed: ConnectionClosed
    listener_opened: ListenerOpened
    listener_closed: ListenerClosed
    input_window: InputWindow
    injected_input: InjectedInput
    session_started: SessionStarted
    session_ended: SessionEnded
    display_changed: DisplayChanged
    device_attached: DeviceAttached
    device_removed: DeviceRemoved
    network_interface_changed: NetworkInterfaceChanged
    window_finding: WindowFinding
    watched_file_changed: WatchedFileChanged
    clock_changed: ClockChanged
    sensor_state_changed: SensorStateChanged
    agent_lifecycle: AgentLifecycle
    heartbeat: Heartbeat
    observations_dropped: ObservationsDropped
    service_changed: ServiceChanged
    environment_seen: EnvironmentSeen
    network_setting_changed: NetworkSettingChanged
    name_resolved: NameResolved
    def __init__(self, wall_clock_us: _Optional[int] = ..., monotonic_us: _Optional[int] = ..., process_started: _Optional[_Union[ProcessStarted, _Mapping]] = ..., process_ended: _Optional[_Union[ProcessEnded, _Mapping]] = ..., connection_opened: _Optional[_Union[ConnectionOpened, _Mapping]] = ..., connection_closed: _Optional[_Union[ConnectionClosed, _Mapping]] = ..., listener_opened: _Optional[_Union[ListenerOpened, _Mapping]] = ..., listener_closed: _Optional[_Union[ListenerClosed, _Mapping]] = ..., input_window: _Optional[_Union[InputWindow, _Mapping]] = ..., injected_input: _Optional[_Union[InjectedInput, _Mapping]] = ..., session_started: _Optional[_Union[SessionStarted, _Mapping]] = ..., session_ended: _Optional[_Union[SessionEnded, _Mapping]] = ..., display_changed: _Optional[_Union[DisplayChanged, _Mapping]] = ..., device_attached: _Optional[_Union[DeviceAttached, _Mapping]] = ..., device_removed: _Optional[_Union[DeviceRemoved, _Mapping]] = ..., network_interface_changed: _Optional[_Union[NetworkInterfaceChanged, _Mapping]] = ..., window_finding: _Optional[_Union[WindowFinding, _Mapping]] = ..., watched_file_changed: _Optional[_Union[WatchedFileChanged, _Mapping]] = ..., clock_changed: _Optional[_Union[ClockChanged, _Mapping]] = ..., sensor_state_changed: _Optional[_Union[SensorStateChanged, _Mapping]] = ..., agent_lifecycle: _Optional[_Union[AgentLifecycle, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., observations_dropped: _Optional[_Union[ObservationsDropped, _Mapping]] = ..., service_changed: _Optional[_Union[ServiceChanged, _Mapping]] = ..., environment_seen: _Optional[_Union[EnvironmentSeen, _Mapping]] = ..., network_setting_changed: _Optional[_Union[NetworkSettingChanged, _Mapping]] = ..., name_resolved: _Optional[_Union[NameResolved, _Mapping]] = ...) -> None: ...

class Process(_message.Message):
    __slots__ = ("pid", "started_at_us", "name", "executable", "parent_pid", "parent_name", "user", "session", "command_line_masked", "executable_sha256", "signer", "original_name", "company", "description", "product")
    PID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_US_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXECUTABLE_FIELD_NUMBER: _ClassVar[int]
    PARENT_PID_FIELD_NUMBER: _ClassVar[int]
    PARENT_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    COMMAND_LINE_MASKED_FIELD_NUMBER: _ClassVar[int]
    EXECUTABLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_NAME_FIELD_NUMBER: _ClassVar[int]
    COMPANY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    pid: int
    started_at_us: int
    name: str
    executable: str
    parent_pid: int
    parent_name: str
    user: str
    session: str
    command_line_masked: str
    executable_sha256: bytes
    signer: str
    original_name: str
    company: str
    description: str
    product: str
    def __init__(self, pid: _Optional[int] = ..., started_at_us: _Optional[int] = ..., name: _Optional[str] = ..., executable: _Optional[str] = ..., parent_pid: _Optional[int] = ..., parent_name: _Optional[str] = ..., user: _Optional[str] = ..., session: _Optional[str] = ..., command_line_masked: _Optional[str] = ..., executable_sha256: _Optional[bytes] = ..., signer: _Optional[str] = ..., original_name: _Optional[str] = ..., company: _Optional[str] = ..., description: _Optional[str] = ..., product: _Optional[str] = ...) -> None: ...

class ProcessStarted(_message.Message):
    __slots__ = ("process", "baseline")
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    process: Process
    baseline: bool
    def __init__(self, process: _Optional[_Union[Process, _Mapping]] = ..., baseline: _Optional[bool] = ...) -> None: ...

class ProcessEnded(_message.Message):
    __slots__ = ("pid", "started_at_us", "name")
    PID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_US_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    pid: int
    started_at_us: int
    name: str
    def __init__(self, pid: _Optional[int] = ..., started_at_us: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class ProcessRef(_message.Message):
    __slots__ = ("pid", "name", "executable")
    PID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXECUTABLE_FIELD_NUMBER: _ClassVar[int]
    pid: int
    name: str
    executable: str
    def __init__(self, pid: _Optional[int] = ..., name: _Optional[str] = ..., executable: _Optional[str] = ...) -> None: ...

class Endpoint(_message.Message):
    __slots__ = ("address", "port")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    address: str
    port: int
    def __init__(self, address: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class ConnectionOpened(_message.Message):
    __slots__ = ("transport", "local", "remote", "direction", "process", "baseline", "remote_name")
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    REMOTE_NAME_FIELD_NUMBER: _ClassVar[int]
    transport: Transport
    local: Endpoint
    remote: Endpoint
    direction: Direction
    process: ProcessRef
    baseline: bool
    remote_name: str
    def __init__(self, transport: _Optional[_Union[Transport, str]] = ..., local: _Optional[_Union[Endpoint, _Mapping]] = ..., remote: _Optional[_Union[Endpoint, _Mapping]] = ..., direction: _Optional[_Union[Direction, str]] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ..., baseline: _Optional[bool] = ..., remote_name: _Optional[str] = ...) -> None: ...

class ConnectionClosed(_message.Message):
    __slots__ = ("transport", "local", "remote", "direction", "process")
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    transport: Transport
    local: Endpoint
    remote: Endpoint
    direction: Direction
    process: ProcessRef
    def __init__(self, transport: _Optional[_Union[Transport, str]] = ..., local: _Optional[_Union[Endpoint, _Mapping]] = ..., remote: _Optional[_Union[Endpoint, _Mapping]] = ..., direction: _Optional[_Union[Direction, str]] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ...) -> None: ...

class ListenerOpened(_message.Message):
    __slots__ = ("transport", "local", "process", "baseline")
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    transport: Transport
    local: Endpoint
    process: ProcessRef
    baseline: bool
    def __init__(self, transport: _Optional[_Union[Transport, str]] = ..., local: _Optional[_Union[Endpoint, _Mapping]] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ..., baseline: _Optional[bool] = ...) -> None: ...

class ListenerClosed(_message.Message):
    __slots__ = ("transport", "local", "process")
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    transport: Transport
    local: Endpoint
    process: ProcessRef
    def __init__(self, transport: _Optional[_Union[Transport, str]] = ..., local: _Optional[_Union[Endpoint, _Mapping]] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ...) -> None: ...

class InputWindow(_message.Message):
    __slots__ = ("source", "device", "duration_us", "motion_events", "path_px", "net_px", "peak_speed_px_per_s", "direction_changes", "motion_intervals_within_1ms", "motion_interval_median_us", "button_presses", "button_hold_median_us", "button_hold_min_us", "key_presses", "key_hold_median_us", "key_hold_min_us", "key_interval_median_us", "scroll_steps")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    MOTION_EVENTS_FIELD_NUMBER: _ClassVar[int]
    PATH_PX_FIELD_NUMBER: _ClassVar[int]
    NET_PX_FIELD_NUMBER: _ClassVar[int]
    PEAK_SPEED_PX_PER_S_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_CHANGES_FIELD_NUMBER: _ClassVar[int]
    MOTION_INTERVALS_WITHIN_1MS_FIELD_NUMBER: _ClassVar[int]
    MOTION_INTERVAL_MEDIAN_US_FIELD_NUMBER: _ClassVar[int]
    BUTTON_PRESSES_FIELD_NUMBER: _ClassVar[int]
    BUTTON_HOLD_MEDIAN_US_FIELD_NUMBER: _ClassVar[int]
    BUTTON_HOLD_MIN_US_FIELD_NUMBER: _ClassVar[int]
    KEY_PRESSES_FIELD_NUMBER: _ClassVar[int]
    KEY_HOLD_MEDIAN_US_FIELD_NUMBER: _ClassVar[int]
    KEY_HOLD_MIN_US_FIELD_NUMBER: _ClassVar[int]
    KEY_INTERVAL_MEDIAN_US_FIELD_NUMBER: _ClassVar[int]
    SCROLL_STEPS_FIELD_NUMBER: _ClassVar[int]
    source: InputSource
    device: str
    duration_us: int
    motion_events: int
    path_px: float
    net_px: float
    peak_speed_px_per_s: float
    direction_changes: int
    motion_intervals_within_1ms: int
    motion_interval_median_us: int
    button_presses: int
    button_hold_median_us: int
    button_hold_min_us: int
    key_presses: int
    key_hold_median_us: int
    key_hold_min_us: int
    key_interval_median_us: int
    scroll_steps: int
    def __init__(self, source: _Optional[_Union[InputSource, str]] = ..., device: _Optional[str] = ..., duration_us: _Optional[int] = ..., motion_events: _Optional[int] = ..., path_px: _Optional[float] = ..., net_px: _Optional[float] = ..., peak_speed_px_per_s: _Optional[float] = ..., direction_changes: _Optional[int] = ..., motion_intervals_within_1ms: _Optional[int] = ..., motion_interval_median_us: _Optional[int] = ..., button_presses: _Optional[int] = ..., button_hold_median_us: _Optional[int] = ..., button_hold_min_us: _Optional[int] = ..., key_presses: _Optional[int] = ..., key_hold_median_us: _Optional[int] = ..., key_hold_min_us: _Optional[int] = ..., key_interval_median_us: _Optional[int] = ..., scroll_steps: _Optional[int] = ...) -> None: ...

class InjectedInput(_message.Message):
    __slots__ = ("method", "device", "motion_events", "button_events", "key_events", "scroll_events", "first_wall_clock_us", "last_wall_clock_us", "process", "requests")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    MOTION_EVENTS_FIELD_NUMBER: _ClassVar[int]
    BUTTON_EVENTS_FIELD_NUMBER: _ClassVar[int]
    KEY_EVENTS_FIELD_NUMBER: _ClassVar[int]
    SCROLL_EVENTS_FIELD_NUMBER: _ClassVar[int]
    FIRST_WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    LAST_WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    method: InjectionMethod
    device: str
    motion_events: int
    button_events: int
    key_events: int
    scroll_events: int
    first_wall_clock_us: int
    last_wall_clock_us: int
    process: ProcessRef
    requests: int
    def __init__(self, method: _Optional[_Union[InjectionMethod, str]] = ..., device: _Optional[str] = ..., motion_events: _Optional[int] = ..., button_events: _Optional[int] = ..., key_events: _Optional[int] = ..., scroll_events: _Optional[int] = ..., first_wall_clock_us: _Optional[int] = ..., last_wall_clock_us: _Optional[int] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ..., requests: _Optional[int] = ...) -> None: ...

class SessionStarted(_message.Message):
    __slots__ = ("session", "kind", "user", "remote_host", "terminal", "baseline")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REMOTE_HOST_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    session: str
    kind: SessionKind
    user: str
    remote_host: str
    terminal: str
    baseline: bool
    def __init__(self, session: _Optional[str] = ..., kind: _Optional[_Union[SessionKind, str]] = ..., user: _Optional[str] = ..., remote_host: _Optional[str] = ..., terminal: _Optional[str] = ..., baseline: _Optional[bool] = ...) -> None: ...

class SessionEnded(_message.Message):
    __slots__ = ("session", "kind", "user", "remote_host", "terminal")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REMOTE_HOST_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    session: str
    kind: SessionKind
    user: str
    remote_host: str
    terminal: str
    def __init__(self, session: _Optional[str] = ..., kind: _Optional[_Union[SessionKind, str]] = ..., user: _Optional[str] = ..., remote_host: _Optional[str] = ..., terminal: _Optional[str] = ...) -> None: ...

class DisplayChanged(_message.Message):
    __slots__ = ("change", "output", "width_px", "height_px", "edid_vendor", "edid_name", "mirrored", "virtual")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    EDID_VENDOR_FIELD_NUMBER: _ClassVar[int]
    EDID_NAME_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_FIELD_NUMBER: _ClassVar[int]
    change: Change
    output: str
    width_px: int
    height_px: int
    edid_vendor: str
    edid_name: str
    mirrored: bool
    virtual: bool
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., output: _Optional[str] = ..., width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., edid_vendor: _Optional[str] = ..., edid_name: _Optional[str] = ..., mirrored: _Optional[bool] = ..., virtual: _Optional[bool] = ...) -> None: ...

class Device(_message.Message):
    __slots__ = ("path", "device_class", "name", "vendor_id", "product_id", "serial_digest", "virtual")
    PATH_FIELD_NUMBER: _ClassVar[int]
    DEVICE_CLASS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VENDOR_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    SERIAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_FIELD_NUMBER: _ClassVar[int]
    path: str
    device_class: DeviceClass
    name: str
    vendor_id: int
    product_id: int
    serial_digest: bytes
    virtual: bool
    def __init__(self, path: _Optional[str] = ..., device_class: _Optional[_Union[DeviceClass, str]] = ..., name: _Optional[str] = ..., vendor_id: _Optional[int] = ..., product_id: _Optional[int] = ..., serial_digest: _Optional[bytes] = ..., virtual: _Optional[bool] = ...) -> None: ...

class DeviceAttached(_message.Message):
    __slots__ = ("device", "baseline")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    device: Device
    baseline: bool
    def __init__(self, device: _Optional[_Union[Device, _Mapping]] = ..., baseline: _Optional[bool] = ...) -> None: ...

class DeviceRemoved(_message.Message):
    __slots__ = ("device",)
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    device: Device
    def __init__(self, device: _Optional[_Union[Device, _Mapping]] = ...) -> None: ...

class NetworkInterfaceChanged(_message.Message):
    __slots__ = ("change", "interface", "kind", "addresses", "up")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    UP_FIELD_NUMBER: _ClassVar[int]
    change: Change
    interface: str
    kind: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    up: bool
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., interface: _Optional[str] = ..., kind: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., up: _Optional[bool] = ...) -> None: ...

class WindowFinding(_message.Message):
    __slots__ = ("kind", "process", "title_digest", "width_px", "height_px", "desktop")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    TITLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    DESKTOP_FIELD_NUMBER: _ClassVar[int]
    kind: WindowFindingKind
    process: ProcessRef
    title_digest: bytes
    width_px: int
    height_px: int
    desktop: str
    def __init__(self, kind: _Optional[_Union[WindowFindingKind, str]] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ..., title_digest: _Optional[bytes] = ..., width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., desktop: _Optional[str] = ...) -> None: ...

class WatchedFileChanged(_message.Message):
    __slots__ = ("change", "path", "group", "sha256")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    change: Change
    path: str
    group: str
    sha256: bytes
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., path: _Optional[str] = ..., group: _Optional[str] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class ClockChanged(_message.Message):
    __slots__ = ("jump_us",)
    JUMP_US_FIELD_NUMBER: _ClassVar[int]
    jump_us: int
    def __init__(self, jump_us: _Optional[int] = ...) -> None: ...

class SensorStateChanged(_message.Message):
    __slots__ = ("sensor", "health", "reason", "remedy")
    SENSOR_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    sensor: str
    health: Health
    reason: str
    remedy: str
    def __init__(self, sensor: _Optional[str] = ..., health: _Optional[_Union[Health, str]] = ..., reason: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class AgentLifecycle(_message.Message):
    __slots__ = ("stage", "detail")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    stage: LifecycleStage
    detail: str
    def __init__(self, stage: _Optional[_Union[LifecycleStage, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("spooled_batches",)
    SPOOLED_BATCHES_FIELD_NUMBER: _ClassVar[int]
    spooled_batches: int
    def __init__(self, spooled_batches: _Optional[int] = ...) -> None: ...

class ObservationsDropped(_message.Message):
    __slots__ = ("count", "first_wall_clock_us", "last_wall_clock_us", "reason")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    LAST_WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    count: int
    first_wall_clock_us: int
    last_wall_clock_us: int
    reason: str
    def __init__(self, count: _Optional[int] = ..., first_wall_clock_us: _Optional[int] = ..., last_wall_clock_us: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class ServiceChanged(_message.Message):
    __slots__ = ("change", "kind", "name", "enabled", "running", "process", "image_path")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_PATH_FIELD_NUMBER: _ClassVar[int]
    change: Change
    kind: ServiceKind
    name: str
    enabled: bool
    running: bool
    process: ProcessRef
    image_path: str
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., kind: _Optional[_Union[ServiceKind, str]] = ..., name: _Optional[str] = ..., enabled: _Optional[bool] = ..., running: _Optional[bool] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ..., image_path: _Optional[str] = ...) -> None: ...

class EnvironmentSeen(_message.Message):
    __slots__ = ("baseline", "virtual_machine", "container", "debugger", "binaries_digest")
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    DEBUGGER_FIELD_NUMBER: _ClassVar[int]
    BINARIES_DIGEST_FIELD_NUMBER: _ClassVar[int]
    baseline: bool
    virtual_machine: str
    container: str
    debugger: ProcessRef
    binaries_digest: bytes
    def __init__(self, baseline: _Optional[bool] = ..., virtual_machine: _Optional[str] = ..., container: _Optional[str] = ..., debugger: _Optional[_Union[ProcessRef, _Mapping]] = ..., binaries_digest: _Optional[bytes] = ...) -> None: ...

class NetworkSettingChanged(_message.Message):
    __slots__ = ("change", "kind", "name", "value")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    change: Change
    kind: str
    name: str
    value: str
    def __init__(self, change: _Optional[_Union[Change, str]] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class NameResolved(_message.Message):
    __slots__ = ("name", "addresses", "process")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    name: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    process: ProcessRef
    def __init__(self, name: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., process: _Optional[_Union[ProcessRef, _Mapping]] = ...) -> None: ...
