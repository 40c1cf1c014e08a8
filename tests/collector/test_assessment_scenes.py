"""The scenes of the simulated room, judged in scene time: each leads to its kinds of alert, honest ones to none."""

import pytest

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.demo.steps import Scene
from tests.support.played import judged


@pytest.mark.parametrize("policy", ["", address_plan.POLICY_TOML], ids=["no-policy", "policy"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda s: s.id)
def test_a_scene_leads_to_its_alerts_and_an_honest_one_to_none(scene: Scene, policy: str) -> None:
    for seed in (3, 7):
        seat = judged(scene, seed, policy)
        alerts = seat.log.assessment.alerts()
        told = {alert.kind for alert in alerts}
        expected = {kind.value for kind in scene.alerts}
        if not expected:
            assert told == set(), seat.log.reasons()
            assert (seat.view.state.value, seat.view.findings) == ("watched", ())
        assert told >= expected - ({"policy"} if not policy else set()), seat.log.reasons()
        assert all(f.reason_zh and f.reason_en for a in alerts for f in a.findings)
        assert len(seat.log.said) < 100
