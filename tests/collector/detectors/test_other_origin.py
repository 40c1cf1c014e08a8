"""One key on another machine: each sign by itself, and what honest agents do and nothing is made of."""

from collections.abc import Callable

import pytest

from jiankao_proto.observations import (
    AgentLifecycle,
    Fact,
    Heartbeat,
    LifecycleStage,
)
from jiankao_proto.records import CollectorStarted, RefusalReason, Severity
from tests.support.judged import Seat, us, watched_seat
from tests.support.told_facts import HOME, kinds, moving, own, restarts, up_for_days

# ---- another machine with the key ----


def test_a_copy_that_takes_over_from_a_live_stream_is_two_computers() -> None:
    seat = watched_seat()
    seat.lives(2, 20)
    seat.breaks(21, replaced=True)
    seat.boot = "boot-elsewhere"
    alerts = seat.connects(21, f"{HOME}:50007")
    assert [(a.kind, a.severity, kinds(seat)) for a in alerts] == [
        ("chain", Severity.CRITICAL, {"two_computers"})
    ]
    ((zh, en),) = seat.log.reasons()
    assert "两台电脑同时使用这个座位的密钥" in zh
    assert "10.1.0.9" in en


def test_an_agent_whose_dead_stream_is_replaced_is_one_computer() -> None:
    seat = watched_seat()
    seat.lives(2, 20)
    seat.breaks(21, replaced=True)
    seat.connects(21, f"{HOME}:50007")
    seat.lives(22, 60)
    assert kinds(seat) == set()


def test_a_copy_of_an_older_folder_is_behind_the_log() -> None:
    seat = watched_seat()
    seat.lives(2, 20)
    seat.breaks(21)
    seat.sequence -= 2
    (alert,) = seat.connects(22)
    assert (alert.kind, kinds(seat)) == ("chain", {"spool_behind"})


def test_a_computer_that_ran_while_the_other_one_talked_is_another() -> None:
    """No stream is taken over, the chain goes on, the address is the same: only its own clock tells."""
    seat = watched_seat()
    seat.lives(2, 100, 1)
    seat.breaks(100.5)
    seat.boot, seat.up_s = "boot-elsewhere", 5_000
    seat.connects(101.5)
    assert kinds(seat) == set()
    seat.sends(101.6, Heartbeat())
    assert kinds(seat) == {"boots_overlap"}
    seat.lives(102, 110)
    (alert,) = seat.log.assessment.alerts()
    assert (alert.kind, alert.findings[0].count) == ("chain", 1)


def test_it_is_told_again_when_an_exam_session_opens() -> None:
    seat = watched_seat()
    seat.log.closes(2)
    seat.lives(2, 100, 1)
    seat.boot, seat.up_s = "boot-elsewhere", 5_000
    seat.connects(101)
    seat.lives(101, 110)
    seat.log.opens(111)
    assert kinds(seat) == set()
    seat.sends(112)
    assert kinds(seat) == {"boots_overlap"}


@pytest.mark.parametrize("away_s", [6, 20, 90])
def test_a_reboot_in_mid_session_is_one_computer(away_s: int) -> None:
    seat = watched_seat()
    seat.lives(2, 100, 1)
    seat.breaks(101)
    restarts(seat, 100 + away_s / 2)
    seat.connects(101 + away_s)
    seat.sends(101.2 + away_s, AgentLifecycle(LifecycleStage.STARTED))
    seat.lives(102 + away_s, 300)
    assert kinds(seat) <= {"stream_broken", "workstation_silent"}


def test_what_was_spooled_before_a_reboot_may_come_after_it() -> None:
    """The cable is out, the computer restarts meanwhile: the older start's batches come over the newer one's stream."""
    seat = watched_seat()
    seat.lives(2, 50, 1)
    seat.breaks(52)
    spooled = seat.sequence
    restarts(seat, 200)
    seat.sequence = spooled + 30
    seat.connects(230)
    seat.sequence, seat.boot, seat.up_s = spooled, "boot-1", 0
    for n in range(30):
        seat.sends(230.1, moving(n), sealed=60 + n)
    restarts(seat, 200)
    seat.lives(231, 300)
    assert kinds(seat) == {"stream_broken", "workstation_silent"}


def test_a_first_word_that_was_spooled_for_hours_tells_no_start() -> None:
    """It never was live under its first start: how long that one lived, nobody knows."""
    seat = up_for_days(speaks=False)
    seat.sequence, seat.boot, seat.up_s = 20, "boot-2", 20
    seat.connects(30)
    seat.sequence, seat.boot, seat.up_s = 0, "boot-0", 90_000
    for n in range(20):
        seat.sends(31, moving(n), sealed=-80_000 + n)
    seat.boot, seat.up_s = "boot-2", 20
    seat.lives(32, 60)
    assert "boots_overlap" not in kinds(seat)


def test_a_start_that_only_got_another_name_is_the_same() -> None:
    seat = watched_seat()
    seat.lives(2, 100, 1)
    seat.boot = "started-1790000000"
    seat.connects(102)
    seat.lives(102, 130)
    assert kinds(seat) == set()


@pytest.mark.parametrize(
    ("peer", "boot", "told"),
    [
        (f"{HOME}:50009", "boot-1", None),
        ("ipv4:10.1.0.77:50000", "boot-1", False),
        ("ipv4:10.1.0.77:50000", "boot-2", True),
        ("ipv4:100.64.9.1:50000", "boot-1", True),
        ("ipv6:[2001:db8::7]:50000", "boot-1", False),
        ("ipv6:[::ffff:10.1.0.9]:50000", "boot-1", None),
        ("unix:/nowhere", "boot-1", None),
    ],
)
def test_another_address(peer: str, boot: str, told: bool | None) -> None:
    seat = watched_seat()
    seat.lives(2, 20)
    seat.breaks(20)
    if boot != "boot-1":
        restarts(seat, 30)
    seat.connects(50, peer)
    seat.lives(51, 60)
    assert ("other_address" in kinds(seat)) == (told is not None)
    assert any(a.kind == "network" for a in seat.log.assessment.alerts()) == bool(told)


def test_an_address_may_change_between_exam_sessions() -> None:
    seat = watched_seat()
    seat.log.closes(2)
    seat.breaks(3)
    seat.connects(4, "ipv4:192.168.7.7:1")
    seat.log.opens(5)
    seat.lives(6, 30)
    assert kinds(seat) == set()


def test_who_does_not_see_his_own_stream_tells_of_another_machine() -> None:
    seat = watched_seat()
    seat.sends(2, own(50000))
    seat.lives(3, 30)
    seat.breaks(30)
    seat.connects(31, f"{HOME}:50777")
    seat.lives(31, 34, 1)
    assert kinds(seat) == set()
    seat.sends(35.2)
    assert kinds(seat) == {"own_stream_unseen"}
    seat.sends(36, own(50777))
    (alert,) = seat.log.assessment.alerts()
    assert (alert.kind, alert.severity, alert.over) == ("chain", Severity.WARNING, True)


def sees_itself(seat: Seat) -> None:
    seat.sends(32, own(50777))


def sees_itself_spelt_otherwise(seat: Seat) -> None:
    seat.sends(32, own(50777, "::ffff:10.1.0.9"))


def breaks_again(seat: Seat) -> None:
    seat.breaks(33)
    seat.connects(34, f"{HOME}:50888")
    seat.sends(34.5, own(50888))


def has_no_sensor(seat: Seat) -> None:
    seat.sensors = ()


def restarted_collector(seat: Seat) -> None:
    seat.log.add(31.5, CollectorStarted("0.1.0"))
    seat.connects(32, f"{HOME}:50999")
    seat.sends(33, own(50999))


@pytest.mark.parametrize(
    "does",
    [sees_itself, sees_itself_spelt_otherwise, breaks_again, has_no_sensor, restarted_collector],
)
def test_an_honest_agent_sees_its_stream_or_cannot(does: Callable[[Seat], None]) -> None:
    seat = watched_seat()
    seat.sends(2, own(50000))
    seat.lives(3, 30)
    seat.breaks(30)
    seat.connects(31, f"{HOME}:50777")
    does(seat)
    seat.lives(35, 60)
    seat.log.tick(62)
    assert "own_stream_unseen" not in kinds(seat)


def test_nothing_is_asked_of_who_never_saw_it_or_is_behind_translation() -> None:
    for first in ((), (own(50000, "192.168.1.5"),)):
        seat = watched_seat()
        seat.sends(2, *first)
        seat.breaks(30)
        seat.connects(31, f"{HOME}:50777")
        seat.lives(31, 60)
        assert "own_stream_unseen" not in kinds(seat)


def test_a_long_spool_comes_first() -> None:
    """What was sealed before the stream came up says nothing about it, however long it takes to arrive."""
    seat = watched_seat()
    seat.sends(2, own(50000))
    seat.breaks(30)
    spooled = seat.sequence
    seat.sequence += 100
    seat.connects(300, f"{HOME}:50777")
    seat.sequence = spooled
    facts: tuple[Fact, ...]
    for n in range(101):
        facts = (own(50777),) if n == 100 else (moving(n),)
        seat.sends(300 + n / 5, *facts, sealed=301 if n == 100 else 40 + n)
    assert "own_stream_unseen" not in kinds(seat)


# ---- silence ----


def test_streams_without_a_word_do_not_put_silence_off() -> None:
    seat = watched_seat()
    for second in range(5, 30, 4):
        seat.breaks(second, replaced=True)
        seat.connects(second)
        seat.refused(second + 1, RefusalReason.DUPLICATE, seat.sent[0])
        wake = seat.log.assessment.wakes_at()
        if wake is not None and wake < us(second + 4):
            seat.log.tick((wake - us(0)) / 1e6)
    told = [f.kind for a in seat.log.said if a.kind == "silence" for f in a.findings]
    assert told == ["workstation_silent"]
    assert not seat.log.alerts()["silence"].over
