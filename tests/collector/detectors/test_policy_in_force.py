"""A workstation that follows another policy than the exam session's is told of, after a while."""

import pytest

from jiankao_proto.bilingual import say
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from tests.support.judged import Seat, watched_seat
from tests.support.policies import NETWORK, TITLE

REFUSED = AgentLifecycle(
    LifecycleStage.POLICY_REFUSED, say("策略没有签名", "the policy is not signed")
)


def kinds(seat: Seat) -> set[str]:
    return {f.kind for f in seat.view.findings if f.detector == "policy_in_force"}


def test_the_policy_in_force_is_no_finding() -> None:
    seat = watched_seat(NETWORK)
    seat.lives(2, 300)
    assert kinds(seat) == set()
    assert seat.log.alerts() == {}


@pytest.mark.parametrize("policy", [NETWORK, TITLE], ids=["network", "title"])
def test_another_policy_is_a_finding_after_the_grace_time(policy: str) -> None:
    seat = watched_seat(policy)
    seat.obeys = False
    seat.lives(2, 30)
    assert kinds(seat) == set()
    seat.sends(33)
    (finding,) = (f for f in seat.view.findings if f.detector == "policy_in_force")
    assert "follows no policy" in finding.reason_en
    assert (finding.kind, finding.family) == ("other_policy", "tamper")
    seat.lives(35, 160)
    seat.log.tick(160)
    assert not seat.log.alerts()["integrity"].over
    seat.obeys = True
    seat.sends(170)
    assert seat.log.alerts()["integrity"].over


def test_a_policy_that_is_not_there_is_another_one_too() -> None:
    seat = watched_seat()
    seat.log.policy_digest = b"x" * 32
    seat.lives(2, 40)
    (finding,) = (f for f in seat.view.findings if f.detector == "policy_in_force")
    assert "follows policy 787878787878, and the exam session has none" in finding.reason_en


def test_what_was_sealed_during_an_outage_is_none() -> None:
    seat = watched_seat(NETWORK)
    seat.breaks(2)
    seat.log.tick(90)
    seat.connects(95)
    seat.obeys = False
    for second in range(3, 90, 3):
        seat.sends(96, sealed=second)
    seat.obeys = True
    seat.sends(97)
    assert kinds(seat) == set()


def test_a_changed_policy_has_its_own_grace_time() -> None:
    seat = watched_seat(NETWORK)
    seat.lives(2, 50)
    before = seat.log.policy_digest
    seat.log.changes(51, TITLE)
    after, seat.log.policy_digest = seat.log.policy_digest, before
    seat.lives(52, 72)
    seat.log.policy_digest = after
    seat.lives(75, 200)
    assert kinds(seat) == set()


def test_a_refused_policy_is_told_with_its_reason_until_another_holds() -> None:
    seat = watched_seat(NETWORK)
    seat.obeys = False
    seat.sends(2, REFUSED)
    (finding,) = seat.view.findings
    assert finding.reason_zh.startswith("考试机拒绝了本场次的策略：策略没有签名；")
    assert "policy: the policy is not signed. Its" in finding.reason_en
    seat.lives(3, 130)
    seat.log.tick(131)
    alert = seat.log.alerts()["integrity"]
    assert {f.kind for f in alert.findings} == {"policy_refused", "other_policy"}
    seat.obeys = True
    seat.sends(140)
    assert seat.log.alerts()["integrity"].over


def test_nothing_is_asked_outside_of_an_exam_session() -> None:
    seat = watched_seat(NETWORK)
    seat.log.closes(2)
    seat.obeys = False
    seat.lives(3, 100)
    assert kinds(seat) == set()
