"""How this workstation can be reached: network interfaces, what they are for, their addresses; where traffic goes.

Linux: the kernel tells of every change (rtnetlink). A phone that shares its network and a VPN are interfaces too. The
settings (routes, name servers, proxies, hotspot) are read again whenever the kernel tells of a change, and looked at
every three seconds where they are files.
"""

import contextlib
from dataclasses import dataclass, field

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.interface_kinds import InterfaceKinds
from jiankao_agent.platform.linux.kernel_messages import ROUTE, KernelMessages, MessagesLostError
from jiankao_agent.platform.linux.route_messages import (
    GET_ADDRESSES,
    GET_LINKS,
    GET_ROUTES,
    GROUPS,
    AllTold,
    LinkGone,
    LinkSeen,
    RouteSeen,
    WaySeen,
    read_messages,
)
from jiankao_agent.platform.linux.setting_files import Setting, SettingFiles
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.network_settings import NetworkSettings, route
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Change, Health, NetworkInterfaceChanged

LOOK_AT_FILES_S = 3.0
_ANSWER_TURNS = 10
_ANSWER_S = 1.2
_REMEDY = say(
    "请用随附的 systemd 服务运行采集程序，并允许它使用 AF_NETLINK",
    "run the agent as its systemd unit does, and let it use AF_NETLINK",
)


class NetworkSensor:
    """Interfaces that come, go and change."""

    name = "network"

    def __init__(
        self, kinds: InterfaceKinds | None = None, files: SettingFiles | None = None
    ) -> None:
        """Tell kinds by `kinds` and settings by `files`, by default with this machine's /sys and files."""
        self._kinds = kinds or InterfaceKinds()
        self._settings = NetworkSettings()
        self._files = files or SettingFiles()
        self._known: dict[int, NetworkInterfaceChanged] | None = (
            None  # kept: a restart hides nothing
        )

    def probe(self) -> Condition:
        """Tell whether the kernel lists its interfaces."""
        try:
            messages = KernelMessages(ROUTE, GROUPS)
            try:
                _tell_all(messages)
            finally:
                messages.close()
        except (OSError, MalformedError, SensorError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(
                    f"无法读取网络接口：{error}",
                    f"the network interfaces cannot be read: {error}",
                ),
                _REMEDY,
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the interfaces cannot be read."""
        try:
            messages = KernelMessages(ROUTE, GROUPS)
            try:
                self._watch(context, messages)
            finally:
                messages.close()
        except (OSError, MalformedError) as error:
            raise SensorError(
                f"network: the interfaces cannot be read ({error}); run the agent as its systemd unit does"
            ) from error

    def _watch(self, context: SensorContext, messages: KernelMessages) -> None:
        context.baseline_wanted()  # answered by what follows
        told = _Told(context, self._kinds, {} if self._known is None else self._known)
        told.again()
        told.settle(_tell_all(messages), baseline=self._known is None)
        self._known = told.known
        self._settings.again(context.emit)
        with contextlib.closing(KernelMessages(ROUTE, 0)) as questions:
            self._settings.take(told.routes(questions) | self._files.read(), context.emit)
            context.report(OK)
            while not context.stopping.is_set():
                if context.baseline_wanted():
                    told.again()
                    self._settings.again(context.emit)
                context.stopping.wait_for(messages, timeout_s=LOOK_AT_FILES_S)
                heard = False
                try:
                    for data in messages.receive(0):
                        for seen in read_messages(data):
                            told.hear(seen)
                            heard = True
                except MessagesLostError:
                    told.settle(_tell_all(messages))
                    heard = True
                # The kernel does not tell of every route that ends with its interface: all are asked for.
                ways = told.routes(questions) if heard else told.last_routes
                self._settings.take(ways | self._files.read(), context.emit)


@dataclass
class _Interfaces:
    """What has been heard of the interfaces."""

    links: dict[int, LinkSeen] = field(default_factory=dict)
    addresses: dict[int, dict[str, None]] = field(default_factory=dict)

    def hear(self, seen: RouteSeen) -> int | None:
        """Take in one message; return the index of the interface it is about."""
        if isinstance(seen, AllTold | WaySeen):
            return None
        if isinstance(seen, LinkSeen):
            self.links[seen.index] = seen
        elif isinstance(seen, LinkGone):
            self.links.pop(seen.index, None)
            self.addresses.pop(seen.index, None)
        elif seen.there:
            self.addresses.setdefault(seen.index, {})[seen.address] = None
        else:
            self.addresses.get(seen.index, {}).pop(seen.address, None)
        return seen.index


class _Told:
    """What has been told of the interfaces."""

    def __init__(
        self,
        context: SensorContext,
        kinds: InterfaceKinds,
        known: dict[int, NetworkInterfaceChanged],
    ) -> None:
        self._context, self._kinds = context, kinds
        self._now = _Interfaces()
        self.known = known
        self.last_routes: frozenset[Setting] = frozenset()

    def again(self) -> None:
        """Tell everything again."""
        for fact in self.known.values():
            self._context.emit(fact)

    def settle(self, now: _Interfaces, *, baseline: bool = False) -> None:
        """Take in how things are, whatever was missed."""
        self._now = now
        for index in sorted(self.known.keys() | now.links.keys()):
            self._tell(index, Change.BASELINE if baseline else Change.ADDED)

    def hear(self, seen: RouteSeen) -> None:
        """Take in one message."""
        index = self._now.hear(seen)
        if index is not None:
            self._tell(index, Change.ADDED)

    def routes(self, questions: KernelMessages) -> frozenset[Setting]:
        """Return the routes there are now, with the names of their interfaces. Raises OSError, SensorError."""
        links = self._now.links
        self.last_routes = frozenset(
            route(seen, links[seen.index].name if seen.index in links else str(seen.index))
            for seen in _all_of(questions, GET_ROUTES, 1)
            if isinstance(seen, WaySeen)
        )
        return self.last_routes

    def _tell(self, index: int, first: Change) -> None:
        before = self.known.get(index)
        now = self._fact(index)
        if before == now:
            return
        renamed = before is not None and now is not None and before.interface != now.interface
        if before is not None and (now is None or renamed):
            del self.known[index]
            self._emit(before, Change.REMOVED)
        if now is not None:
            self.known[index] = now
            self._emit(now, first if before is None or renamed else Change.MODIFIED)

    def _fact(self, index: int) -> NetworkInterfaceChanged | None:
        """Return an interface as it is now, in the form of a baseline."""
        link = self._now.links.get(index)
        if link is None:
            return None
        known = self.known.get(index)
        return NetworkInterfaceChanged(
            change=Change.BASELINE,
            interface=link.name,
            kind=self._kind(link, known.kind if known else ""),
            addresses=tuple(sorted(self._now.addresses.get(index, ()))),
            up=link.up,
        )

    def _kind(self, link: LinkSeen, known: str) -> str:
        """What an interface is for does not change, but /sys may tell a moment late, and forgets first."""
        return self._kinds.kind(link) if known in {"", "ethernet", "other"} else known

    def _emit(self, fact: NetworkInterfaceChanged, change: Change) -> None:
        self._context.emit(
            NetworkInterfaceChanged(change, fact.interface, fact.kind, fact.addresses, fact.up),
            urgent=change is not Change.BASELINE,
        )


def _tell_all(messages: KernelMessages) -> _Interfaces:
    """Ask for every interface and address. Raises OSError, MalformedError, SensorError."""
    now = _Interfaces()
    for sequence, kind in enumerate((GET_LINKS, GET_ADDRESSES), 1):
        for seen in _all_of(messages, kind, sequence):
            now.hear(seen)
    return now


def _all_of(messages: KernelMessages, kind: int, sequence: int) -> list[RouteSeen]:
    """Ask for all of a kind; what the kernel tells meanwhile is among it. Raises OSError and the like."""
    messages.ask_for_all(kind, sequence)
    everything: list[RouteSeen] = []
    for _ in range(_ANSWER_TURNS):
        heard = [s for data in messages.receive(_ANSWER_S) for s in read_messages(data)]
        everything += heard
        ends = [seen for seen in heard if isinstance(seen, AllTold)]
        if any(end.error for end in ends):
            raise SensorError(
                f"network: the kernel refuses to list interfaces (error {ends[0].error})"
            )
        if ends:
            return everything
    raise SensorError("network: the kernel does not answer; restart the agent")
