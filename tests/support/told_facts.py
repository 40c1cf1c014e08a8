"""What a seat tells of hands, programs and its own stream, for tests of where its stream comes from."""

from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Endpoint,
    InputSource,
    InputWindow,
    Process,
    ProcessRef,
    ProcessStarted,
    Transport,
)
from tests.support.judged import JudgedLog, Seat, us

HOME = "ipv4:10.1.0.9"
COLLECTOR = Endpoint("10.1.0.2", 7443)


def kinds(seat: Seat) -> set[str]:
    return {f.kind for f in seat.view.findings}


def moving(n: int) -> InputWindow:
    return InputWindow(
        InputSource.LOCAL_DEVICE,
        "mouse",
        1_000_000,
        motion_events=20 + n % 50,
        path_px=100.0 + n / 7,
        net_px=50.0 + n / 3,
        peak_speed_px_per_s=300.0 + n / 11,
        motion_interval_median_us=8_000 + n % 13,
    )


def began(pid: int, second: float) -> ProcessStarted:
    return ProcessStarted(Process(pid, us(second), f"p{pid}"))


def own(port: int, address: str = "10.1.0.9") -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP,
        Endpoint(address, port),
        COLLECTOR,
        Direction.OUTBOUND,
        ProcessRef(9, "jiankao-agent"),
    )


def up_for_days(*, speaks: bool = True) -> Seat:
    """Return a seat in an exam session whose computer has run for two days."""
    log = JudgedLog()
    seat = log.seat()
    seat.up_s = 2 * 86_400
    log.opens(0)
    if speaks:
        seat.connects(1)
        seat.sends(1)
    return seat


def restarts(seat: Seat, second: float, boot: str = "boot-2") -> None:
    """Let its system start at a moment."""
    seat.boot, seat.up_s = boot, -second
