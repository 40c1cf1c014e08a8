"""Every detector, in the order in which they judge. Adding one touches this tuple only.

`starts_anew`: it follows things whose end only the agent can tell. When the agent starts again, what it knew is void:
the agent sends everything that is there once more, and what is not among it ended unseen.

`facts`: the kinds of facts it looks at in a batch; a batch without one of them is not shown to it. None where it looks
at every batch, for its header or because it is a sign of life.

`needs_stream`: it judges how a workstation's stream behaves. A recording has none: in somebody's log ten seconds
without an event mean that nothing was logged, not that nobody watched.
"""

from collections.abc import Callable
from dataclasses import dataclass

from jiankao_collector.detectors.base import Detector
from jiankao_collector.detectors.chain_broken import ChainBroken
from jiankao_collector.detectors.driven_tool import DrivenTool
from jiankao_collector.detectors.forbidden_program import ForbiddenProgramSeen
from jiankao_collector.detectors.injected_input import InjectedInputSeen
from jiankao_collector.detectors.integrity import Integrity
from jiankao_collector.detectors.known_host import KnownHost
from jiankao_collector.detectors.known_port import KnownPort
from jiankao_collector.detectors.known_software import KnownSoftware
from jiankao_collector.detectors.look_alike_host import LookAlikeHost
from jiankao_collector.detectors.network_setting import NetworkSetting
from jiankao_collector.detectors.new_device import NewDevice
from jiankao_collector.detectors.new_display import NewDisplay
from jiankao_collector.detectors.new_network import NewNetwork
from jiankao_collector.detectors.odd_windows import OddWindows
from jiankao_collector.detectors.other_origin import OtherOrigin
from jiankao_collector.detectors.overlay_window import OverlayWindow
from jiankao_collector.detectors.policy_connection import PolicyConnection
from jiankao_collector.detectors.policy_in_force import PolicyInForce
from jiankao_collector.detectors.remote_desktop import RemoteDesktop
from jiankao_collector.detectors.remote_session import RemoteSession
from jiankao_collector.detectors.reverse_session import ReverseSession
from jiankao_collector.detectors.screen_read import ScreenRead
from jiankao_collector.detectors.sensor_unavailable import SensorUnavailable
from jiankao_collector.detectors.service_running import ServiceRunning
from jiankao_collector.detectors.sigma_rules import SigmaRules
from jiankao_collector.detectors.silence import Silence
from jiankao_collector.detectors.watched_files import WatchedFiles
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.sigma.rules import RuleSet
from jiankao_proto.observations import (
    AgentLifecycle,
    ConnectionClosed,
    ConnectionOpened,
    DeviceAttached,
    DeviceRemoved,
    DisplayChanged,
    Fact,
    InjectedInput,
    ListenerClosed,
    ListenerOpened,
    NameResolved,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
    ProcessEnded,
    ProcessStarted,
    ServiceChanged,
    SessionEnded,
    SessionStarted,
    WatchedFileChanged,
    WindowFinding,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How to make a detector for one workstation, and what it stands on."""

    make: Callable[[Catalogue], Detector]
    starts_anew: bool
    needs_stream: bool = False
    facts: frozenset[type[Fact]] | None = None


_PROGRAMS: frozenset[type[Fact]] = frozenset({ProcessStarted, ProcessEnded})
_CONNECTIONS: frozenset[type[Fact]] = frozenset({ConnectionOpened, ConnectionClosed})
_LISTENERS: frozenset[type[Fact]] = frozenset({ListenerOpened, ListenerClosed})
_SESSIONS: frozenset[type[Fact]] = frozenset({SessionStarted, SessionEnded})
_NAMES: frozenset[type[Fact]] = frozenset({NameResolved})
_INJECTIONS: frozenset[type[Fact]] = frozenset({InjectedInput})
_WINDOWS: frozenset[type[Fact]] = frozenset({WindowFinding})

DETECTORS = (
    Entry(KnownSoftware, starts_anew=True, facts=_PROGRAMS | _CONNECTIONS),
    Entry(KnownHost, starts_anew=True, facts=_CONNECTIONS | _NAMES),
    Entry(KnownPort, starts_anew=True, facts=_LISTENERS),
    Entry(DrivenTool, starts_anew=True, facts=_PROGRAMS | _CONNECTIONS | _LISTENERS | _INJECTIONS),
    Entry(lambda _: RemoteSession(), starts_anew=True, facts=_SESSIONS),
    Entry(ServiceRunning, starts_anew=True, facts=frozenset({ServiceChanged})),
    Entry(lambda _: InjectedInputSeen(), starts_anew=False, facts=_INJECTIONS),
    Entry(
        lambda catalogue: RemoteDesktop(catalogue.by_port),
        starts_anew=True,
        facts=_CONNECTIONS | _LISTENERS | _INJECTIONS,
    ),
    Entry(lambda _: ReverseSession(), starts_anew=True, facts=_CONNECTIONS | _INJECTIONS),
    Entry(
        lambda catalogue: PolicyConnection(catalogue.by_port),
        starts_anew=True,
        facts=_CONNECTIONS | _NAMES,
    ),
    Entry(lambda _: LookAlikeHost(), starts_anew=True, facts=_CONNECTIONS | _NAMES),
    Entry(
        lambda _: NewDevice(), starts_anew=False, facts=frozenset({DeviceAttached, DeviceRemoved})
    ),
    Entry(lambda _: NewDisplay(), starts_anew=False, facts=frozenset({DisplayChanged})),
    Entry(lambda _: NewNetwork(), starts_anew=False, facts=frozenset({NetworkInterfaceChanged})),
    Entry(
        lambda _: NetworkSetting(),
        starts_anew=False,
        facts=frozenset({NetworkSettingChanged, AgentLifecycle}),
    ),
    Entry(ScreenRead, starts_anew=True, facts=_CONNECTIONS | _WINDOWS),
    Entry(lambda _: OddWindows(), starts_anew=True, facts=frozenset({ProcessEnded}) | _WINDOWS),
    Entry(lambda _: Silence(), starts_anew=False, needs_stream=True),
    Entry(OverlayWindow, starts_anew=True, facts=_WINDOWS),
    Entry(lambda _: SensorUnavailable(), starts_anew=False),
    Entry(lambda _: ChainBroken(), starts_anew=False),
    Entry(lambda _: OtherOrigin(), starts_anew=False, needs_stream=True, facts=frozenset()),
    Entry(lambda _: Integrity(), starts_anew=False),
    Entry(
        lambda _: WatchedFiles(),
        starts_anew=True,
        facts=frozenset({WatchedFileChanged, ProcessStarted}),
    ),
    Entry(lambda _: ForbiddenProgramSeen(), starts_anew=True, facts=_PROGRAMS),
    Entry(lambda _: PolicyInForce(), starts_anew=False, needs_stream=True),
)


def entries(sigma: RuleSet, *, recorded: bool = False) -> tuple[Entry, ...]:
    """Return every detector's entry; the Sigma rules' only where the room has some.

    `recorded`: what judges telemetry that others recorded, where no stream is there to be silent.
    """
    chosen = tuple(e for e in DETECTORS if not (recorded and e.needs_stream))
    if sigma.rules:
        chosen = (*chosen, Entry(lambda _: SigmaRules(sigma, recorded=recorded), starts_anew=True))
    return chosen
