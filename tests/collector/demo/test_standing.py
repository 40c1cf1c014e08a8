"""What is there at a workstation, and scene times on the wall clock."""

from jiankao_collector.demo.placing import place
from jiankao_collector.demo.standing import Standing
from jiankao_proto.observations import (
    Change,
    ConnectionClosed,
    ConnectionOpened,
    Device,
    DeviceAttached,
    DeviceClass,
    DeviceRemoved,
    Direction,
    DisplayChanged,
    Endpoint,
    Fact,
    Heartbeat,
    InjectedInput,
    InjectionMethod,
    ListenerClosed,
    ListenerOpened,
    NetworkInterfaceChanged,
    Process,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    SessionEnded,
    SessionKind,
    SessionStarted,
    Transport,
)

HERE, THERE = Endpoint("10.20.1.4", 5900), Endpoint("10.20.9.50", 50000)
OWNER = ProcessRef(12, "winvnc.exe")
PROCESS = ProcessStarted(Process(12, 1_000, "winvnc.exe"))
LISTENER = ListenerOpened(Transport.TCP, HERE, OWNER)
CONNECTION = ConnectionOpened(Transport.TCP, HERE, THERE, Direction.INBOUND, OWNER)
SESSION = SessionStarted("2", SessionKind.RDP)
DEVICE = DeviceAttached(Device("USB1", DeviceClass.STORAGE))
DISPLAY = DisplayChanged(Change.ADDED, "HDMI-1")
INTERFACE = NetworkInterfaceChanged(Change.MODIFIED, "eth0", up=True)


def test_what_lasts_is_the_baseline_and_marked_so() -> None:
    standing = Standing()
    for fact in (PROCESS, LISTENER, CONNECTION, SESSION, DEVICE, DISPLAY, INTERFACE, Heartbeat()):
        standing.see(fact)
    there = standing.baseline()
    assert [type(f) for f in there] == [
        ProcessStarted,
        ListenerOpened,
        ConnectionOpened,
        SessionStarted,
        DeviceAttached,
        DisplayChanged,
        NetworkInterfaceChanged,
    ]
    assert all(
        f.change is Change.BASELINE
        if isinstance(f, DisplayChanged | NetworkInterfaceChanged)
        else getattr(f, "baseline", False)
        for f in there
    )


def test_what_is_gone_is_not_in_the_baseline() -> None:
    standing = Standing()
    for fact in (PROCESS, LISTENER, CONNECTION, SESSION, DEVICE, DISPLAY, INTERFACE):
        standing.see(fact)
    gone: tuple[Fact, ...] = (
        ProcessEnded(12, 1_000, "winvnc.exe"),
        ListenerClosed(Transport.TCP, HERE, OWNER),
        ConnectionClosed(Transport.TCP, HERE, THERE, Direction.INBOUND, OWNER),
        SessionEnded("2", SessionKind.RDP),
        DeviceRemoved(DEVICE.device),
        DisplayChanged(Change.REMOVED, "HDMI-1"),
        NetworkInterfaceChanged(Change.REMOVED, "eth0"),
    )
    for ended in gone:
        standing.see(ended)
    assert standing.baseline() == ()


def test_another_process_with_the_same_number_is_another() -> None:
    standing = Standing()
    standing.see(PROCESS)
    standing.see(ProcessEnded(12, 999, "winvnc.exe"))
    assert len(standing.baseline()) == 1


def test_scene_times_land_on_the_wall_clock() -> None:
    def at(us: int) -> int:
        return 5_000_000 + us

    started = place(PROCESS, at)
    assert isinstance(started, ProcessStarted)
    assert started.process.started_at_us == 5_001_000
    assert place(ProcessEnded(12, 1_000, ""), at) == ProcessEnded(12, 5_001_000, "")
    hand = InjectedInput(InjectionMethod.HOOK_FLAG, first_wall_clock_us=-5, last_wall_clock_us=7)
    placed = place(hand, at)
    assert isinstance(placed, InjectedInput)
    assert (placed.first_wall_clock_us, placed.last_wall_clock_us) == (4_999_995, 5_000_007)
    assert place(LISTENER, at) is LISTENER
