"""What the policy forbids is an alert, also when it was there before."""

import pytest

from jiankao_proto.observations import (
    Change,
    Fact,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
    ProcessEnded,
    ProcessStarted,
)
from tests.support.judged import process, watched_seat
from tests.support.policies import FORBIDDEN, NETWORK, TITLE

POLICY = TITLE + NETWORK + FORBIDDEN


def wifi(change: Change, kind: str = "wifi", *, up: bool = True) -> NetworkInterfaceChanged:
    return NetworkInterfaceChanged(change, "wlan0", kind, ("192.168.43.7",), up=up)


HOTSPOT = NetworkSettingChanged(Change.BASELINE, "hotspot", "wlan0", "on")


@pytest.mark.parametrize("change", [Change.BASELINE, Change.ADDED, Change.MODIFIED])
def test_a_forbidden_interface_is_an_alert(change: Change) -> None:
    seat = watched_seat(POLICY)
    seat.sends(2, wifi(change))
    (finding,) = seat.log.alerts()["network"].findings
    assert "whose policy forbids this kind" in finding.reason_en
    assert "本场次策略禁止这类接口" in finding.reason_zh
    seat.sends(3, wifi(Change.MODIFIED, up=False))
    assert seat.log.alerts()["network"].over


@pytest.mark.parametrize(
    "fact",
    [
        wifi(Change.BASELINE, up=False),
        wifi(Change.BASELINE, "ethernet"),
        wifi(Change.BASELINE, "vpn"),
    ],
    ids=["not in use", "not an entry", "not forbidden"],
)
def test_what_is_not_forbidden_or_not_in_use_is_none(fact: Fact) -> None:
    seat = watched_seat(POLICY)
    seat.sends(2, fact)
    assert seat.log.alerts() == {}


def test_a_forbidden_hotspot_is_an_alert_also_when_it_was_open_before() -> None:
    seat = watched_seat(POLICY)
    seat.sends(2, HOTSPOT)
    (finding,) = seat.log.alerts()["network"].findings
    assert finding.reason_en.startswith("The exam session's policy forbids this.")
    without = watched_seat(NETWORK)
    without.sends(2, HOTSPOT, wifi(Change.BASELINE))
    assert without.log.alerts() == {}


def test_a_forbidden_program_is_an_alert_until_it_ends() -> None:
    seat = watched_seat(POLICY)
    calculator = process("Calc.exe", 9)
    seat.sends(2, ProcessStarted(calculator, baseline=True))
    seat.sends(3, ProcessStarted(calculator, baseline=True))
    (finding,) = seat.log.alerts()["policy"].findings
    assert (finding.count, finding.subject) == (1, "Calc.exe")
    assert "forbids in line 12 (no calculators)" in finding.reason_en
    seat.sends(4, ProcessEnded(9, calculator.started_at_us, "Calc.exe"))
    assert seat.log.alerts()["policy"].over
