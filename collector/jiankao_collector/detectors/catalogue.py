"""Every detector, in the order in which they judge. Adding one touches this tuple only."""

from collections.abc import Callable

from jiankao_collector.detectors.base import Detector
from jiankao_collector.detectors.chain_broken import ChainBroken
from jiankao_collector.detectors.injected_input import InjectedInputSeen
from jiankao_collector.detectors.known_software import KnownSoftware
from jiankao_collector.detectors.policy_connection import PolicyConnection
from jiankao_collector.detectors.remote_desktop import RemoteDesktop
from jiankao_collector.detectors.remote_session import RemoteSession
from jiankao_collector.detectors.sensor_unavailable import SensorUnavailable
from jiankao_collector.detectors.silence import Silence
from jiankao_collector.knowledge.catalogue import Catalogue

DETECTORS: tuple[Callable[[Catalogue], Detector], ...] = (
    KnownSoftware,
    lambda _: RemoteSession(),
    lambda _: InjectedInputSeen(),
    lambda catalogue: RemoteDesktop(catalogue.by_port),
    lambda catalogue: PolicyConnection(catalogue.by_port),
    lambda _: Silence(),
    lambda _: SensorUnavailable(),
    lambda _: ChainBroken(),
)
