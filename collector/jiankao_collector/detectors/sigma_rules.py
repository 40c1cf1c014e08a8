"""The room's own Sigma rules: what they match at this workstation.

A match is no reason for an alert at once: rules are written for offices, where much of what an exam room forbids is
daily work, and many match programs whose names merely end like another's. They add to the score, by their level. Like
every warning, one of a high level whose program or connection lasts two minutes becomes an alert; what has no end (a
name asked for, a file, a service) is told of and over.

A recording's events are given as they are, with fields that no observation has; its observations are not asked about a
second time, and tell only of what has ended.
"""

from collections.abc import Iterator
from dataclasses import replace

from jiankao_collector.detectors.base import AlertKind, BatchSeen, EventSeen, Family, Finding, Seen
from jiankao_collector.knowledge.wording import shown
from jiankao_collector.sigma.events import Event
from jiankao_collector.sigma.from_observation import event_of
from jiankao_collector.sigma.rules import Level, Rule, RuleSet
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Fact,
    ProcessEnded,
    ProcessStarted,
)
from jiankao_proto.records import Severity

NAME = "sigma_rules"
MOST_OPEN = 1024
"""Matches that are followed at once; a seat that makes up more is told of already."""
_LONGEST = 80

_POINTS = {
    Level.INFORMATIONAL: 0,
    Level.LOW: 5,
    Level.MEDIUM: 10,
    Level.HIGH: 20,
    Level.CRITICAL: 30,
}
_LEVELS_ZH = {
    Level.INFORMATIONAL: "提示",
    Level.LOW: "低",
    Level.MEDIUM: "中",
    Level.HIGH: "高",
    Level.CRITICAL: "严重",
}
_BY_TAG = (
    ("attack.t1219", Family.SOFTWARE),
    ("attack.t1021", Family.SESSION),
    ("attack.t1563", Family.SESSION),
    ("attack.t1572", Family.NETWORK),
    ("attack.t1090", Family.NETWORK),
    ("attack.t1071", Family.NETWORK),
    ("attack.t1056", Family.INPUT),
    ("attack.t1200", Family.DEVICE),
    ("attack.t1562", Family.TAMPER),
    ("attack.t1070", Family.TAMPER),
)
"""MITRE ATT&CK techniques, first match counts: remote access software, remote services, session hijacking, tunnels,
proxies, application protocols, input capture, hardware additions, impaired defences, removed traces.
https://attack.mitre.org/techniques/enterprise/"""
_BY_CATEGORY = {
    "network_connection": Family.NETWORK,
    "dns_query": Family.NETWORK,
    "driver_load": Family.DEVICE,
}
_ALERTS = {
    Family.SOFTWARE: AlertKind.REMOTE_CONTROL,
    Family.SESSION: AlertKind.REMOTE_CONTROL,
    Family.NETWORK: AlertKind.REMOTE_CONTROL,
    Family.INPUT: AlertKind.INJECTED_INPUT,
    Family.DEVICE: AlertKind.DEVICE,
    Family.TAMPER: AlertKind.INTEGRITY,
}
_SAYS_WHAT = (
    "Image",
    "QueryName",
    "ServiceName",
    "TargetFilename",
    "IpAddress",
    "DeviceDescription",
    "ImagePath",
    "TargetObject",
    "ObjectName",
    "Path",
)
_OF_CATEGORY = {
    "file": "TargetFilename",
    "registry": "TargetObject",
    "driver": "ImageLoaded",
    "image": "ImageLoaded",
    "pipe": "PipeName",
}
"""What an event is about, by the beginning of its category; its program comes second."""

_Key = tuple[object, ...]


class SigmaRules:
    """Asks the rules about what one workstation observes; one finding a rule and subject."""

    def __init__(self, rules: RuleSet, *, recorded: bool = False) -> None:
        self._rules = rules
        self._recorded = recorded
        self._open: dict[tuple[str, str], Finding] = {}
        self._holders: dict[tuple[str, str], set[_Key]] = {}
        self._held: dict[_Key, list[tuple[str, str]]] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at a batch, or at an event of a recording."""
        if isinstance(seen, EventSeen):
            yield from self._asked(seen, seen.event, seen.fact)
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, ProcessEnded | ConnectionClosed):
                yield from self._ended(seen, _key(fact))
                continue
            event = None if self._recorded else event_of(fact)
            if event is not None:
                yield from self._asked(seen, event, fact)

    def wakes_at(self) -> None:
        """Never: rules are about what is observed."""
        return

    def _asked(
        self, seen: BatchSeen | EventSeen, event: Event, fact: Fact | None
    ) -> Iterator[Finding]:
        for rule in self._rules.matches(event):
            yield from self._matched(seen, event, rule, _key(fact))

    def _matched(
        self, seen: BatchSeen | EventSeen, event: Event, rule: Rule, holder: _Key
    ) -> Iterator[Finding]:
        finding = _finding(seen, event, rule)
        if not holder:
            yield replace(finding, ended=True)
            return
        same = (finding.kind, finding.subject)
        if same not in self._open:
            if len(self._open) >= MOST_OPEN:
                return
            self._open[same] = finding
            yield finding
        holders = self._holders.setdefault(same, set())
        if holder not in holders and len(self._held) < MOST_OPEN:
            holders.add(holder)
            self._held.setdefault(holder, []).append(same)

    def _ended(self, seen: BatchSeen, holder: _Key) -> Iterator[Finding]:
        """Processes and connections end; a match is over when the last of them has."""
        for same in self._held.pop(holder, ()):
            holders = self._holders[same]
            holders.discard(holder)
            if not holders:
                del self._holders[same]
                yield self._open.pop(same).over(seen.at_us, seen.record_number)


def _key(fact: Fact | None) -> _Key:
    """Return what a process or a connection is known by when it ends, nothing for what has no end."""
    match fact:
        case ProcessStarted(process=process):
            return (process.pid, process.started_at_us)
        case ProcessEnded(pid=pid, started_at_us=started):
            return (pid, started)
        case ConnectionOpened() | ConnectionClosed():
            return (fact.transport, fact.local, fact.remote)
        case _:
            return ()


def _finding(seen: BatchSeen | EventSeen, event: Event, rule: Rule) -> Finding:
    family = _family(rule)
    what = shown(_what(event))
    title, author = shown(rule.title, _LONGEST), shown(rule.author, _LONGEST)
    licence = shown(rule.licence)
    named = shown(rule.id or rule.file)
    return Finding(
        detector=NAME,
        kind="sigma_rule",
        family=family,
        alert=_ALERTS[family],
        severity=Severity.WARNING if rule.level >= Level.HIGH else Severity.NOTICE,
        points=_POINTS[rule.level],
        alone=False,
        subject=subject_of(rule, what),
        reason_zh=f"{what} 符合规则“{title}”（级别：{_LEVELS_ZH[rule.level]}）；正常软件也可能符合。"
        f"规则作者：{author or '未注明'}，许可：{licence}，编号：{named}",
        reason_en=f"{what} matches the rule “{title}” (level: {rule.level.name.lower()}); honest software may match "
        f"too. Rule by {author or 'an unnamed author'}, licence: {licence}, id: {named}",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def subject_of(rule: Rule, what: str) -> str:
    """Return what a finding of a rule is about: by which rule, and what matched it."""
    return f"{shown(rule.id or rule.file)} {what}"


def _family(rule: Rule) -> Family:
    for technique, family in _BY_TAG:
        if any(tag == technique or tag.startswith(f"{technique}.") for tag in rule.tags):
            return family
    return _BY_CATEGORY.get(rule.source.category, Family.SOFTWARE)


def _what(event: Event) -> str:
    for name in (_OF_CATEGORY.get(event.category.partition("_")[0], ""), *_SAYS_WHAT):
        value = event.fields.get(name)
        if isinstance(value, str) and value:
            return value.replace("\\", "/").rpartition("/")[2] or value
    return "?"
