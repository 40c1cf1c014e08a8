"""Looks over the shoulder of every ledger: whatever a detector finds names a weight of its own kind."""

from collections.abc import Iterator

import pytest

from jiankao_collector.detectors.base import AlertKind, Finding
from jiankao_collector.scoring.ledger import Ledger


@pytest.fixture(autouse=True)
def findings_weigh_by_their_own_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check every finding that any test here makes."""
    take = Ledger.take
    strange: list[str] = []

    def checked(self: Ledger, finding: Finding) -> AlertKind | None:
        named = finding.weight.split(".")[:2]
        if named not in ([finding.detector, finding.kind], [finding.detector, "any"]):
            strange.append(f"{finding.detector}.{finding.kind} weighs as {finding.weight}")
        return take(self, finding)

    monkeypatch.setattr(Ledger, "take", checked)
    yield
    assert strange == []
