"""How many events a second the Sigma rules let through, beside pysigma-backend-sqlite in the same run. Prints JSON.

python -m tests.bench.sigma [--rules FOLDER] [--events FILE] [--count N] [--process-rules N] [--sqlite-events N]

Without a folder the rules are made here, in the shapes rules commonly have; with one its process_creation and
network_connection rules are taken, with variants of them (other names in them) until there are enough. Without a file
the events are made here too; with one (Windows events as JSON lines, perhaps xz) they are read from it and repeated.
Times are of this process's CPU. SQLite holds the events of one kind in a table in memory and answers one query a rule.
"""

import argparse
import json
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

from jiankao_collector.sigma.compiling import compile_files
from jiankao_collector.sigma.events import Event
from jiankao_collector.sigma.rules import RuleSet
from tests.support.lab_events import lab_events

KINDS = {"process": "process_creation", "network": "network_connection"}
NETWORK_SHARE = 14  # one network rule for so many process rules, as in the community's collection
WORDS = (
    *("remote", "desk", "viewer", "host", "agent", "update", "helper", "power", "shell", "script"),
    *("run", "task", "net", "query", "user", "service", "install", "tunnel", "proxy", "client"),
    *("server", "share", "control", "assist", "quick", "any", "view", "point", "link", "connect"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--events", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--process-rules", type=int, default=1_400)
    parser.add_argument("--sqlite-events", type=int, default=1_000)
    asked = parser.parse_args()
    made = random.Random(1)
    wanted = {"process": asked.process_rules, "network": asked.process_rules // NETWORK_SHARE}
    rules = {kind: _rules(asked.rules, kind, count, made) for kind, count in wanted.items()}
    files = [(f"{k}{n}.yml", t.encode()) for k, texts in rules.items() for n, t in enumerate(texts)]
    began = time.process_time()
    compiled = compile_files(files)
    result: dict[str, Any] = {
        "rules": len(compiled.rules.rules),
        "refused": [str(error) for error in compiled.refused],
        "compile_s": round(time.process_time() - began, 2),
        "rules_from": "a folder" if asked.rules else "made",
        "events_from": "a recording" if asked.events else "made",
    }
    for kind, category in KINDS.items():
        events = _events(asked.events, category, asked.count, made)
        result[kind] = _measure(compiled.rules, rules[kind], events, asked.sqlite_events)
    print(json.dumps(result, indent=1))


def _measure(
    rules: RuleSet, texts: list[str], events: list[Event], for_sqlite: int
) -> dict[str, Any]:
    rules.matches(events[0])  # the index of this log source is made at its first event
    began = time.process_time()
    matches = sum(len(rules.matches(event)) for event in events)
    ours = len(events) / (time.process_time() - began)
    few = events[:for_sqlite]
    table = _Table(few, texts)
    began = time.process_time()
    theirs_found = table.matches()
    theirs = len(few) / (time.process_time() - began)
    ours_found = {
        (row, re.sub(r"\D", "", rule.file))
        for row, event in enumerate(few)
        for rule in rules.matches(event)
    }
    return {
        "rules": len(texts),
        "events": len(events),
        "matches": matches,
        "events_per_s": round(ours),
        "sqlite_events_per_s": round(theirs),
        "ratio": round(ours / theirs, 1),
        "compared_events": len(few),
        "matches_compared": len(ours_found | theirs_found),
        "matches_differing": len(ours_found ^ theirs_found),
    }


class _Table:
    """Events in SQLite, and the rules as queries. A field that an event lacks is an empty text, not NULL.

    (With NULL, SQL would answer neither yes nor no to `not`, where Sigma means yes.)
    """

    def __init__(self, events: list[Event], texts: list[str]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.create_function("REGEXP", 2, _regexp, deterministic=True)
        backend = sqliteBackend()  # type: ignore[no-untyped-call]  # it has no types
        self._queries = []
        columns = {name.casefold() for event in events for name in event.fields}
        for number, text in enumerate(texts):
            (query,) = backend.convert(SigmaCollection.from_yaml(text))
            columns |= {name.casefold() for name in _asked(yaml.safe_load(text)["detection"])}
            _, _, where = query.partition(" WHERE ")
            self._queries.append((str(number), f"SELECT number FROM events WHERE {where}"))
        names = sorted(columns)
        quoted = ", ".join(f'"{name}" TEXT COLLATE NOCASE' for name in names)
        self._database.execute(f"CREATE TABLE events (number INTEGER, {quoted})")
        rows = (
            [n, *(_sql_text(fields.get(name)) for name in names)]
            for n, fields in enumerate(map(_folded, events))
        )
        self._database.executemany(
            f"INSERT INTO events VALUES ({', '.join('?' * (len(names) + 1))})", rows
        )

    def matches(self) -> set[tuple[int, str]]:
        """Return (event, rule) of every match."""
        return {
            (row, number)
            for number, query in self._queries
            for (row,) in self._database.execute(query)
        }


def _folded(event: Event) -> dict[str, object]:
    return {name.casefold(): value for name, value in event.fields.items()}


def _sql_text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and re.search(pattern, value) is not None


def _asked(definition: object) -> Iterator[str]:
    for part in definition.values() if isinstance(definition, dict) else ():
        for one in part if isinstance(part, list) else [part]:
            yield from (key.split("|")[0] for key in one) if isinstance(one, dict) else ()


# ---- rules ----


def _rules(folder: Path | None, kind: str, count: int, made: random.Random) -> list[str]:
    if folder is None:
        make: Callable[[random.Random], dict[str, Any]] = (
            _process_detection if kind == "process" else _network_detection
        )
        return [_text(KINDS[kind], f"made {n}", make(made)) for n in range(count)]
    found = [
        loaded
        for path in sorted(folder.rglob("*.yml"))
        for loaded in [yaml.safe_load(path.read_text(encoding="utf-8"))]
        if loaded["logsource"].get("category") == KINDS[kind]
        and loaded["logsource"].get("product", "windows") == "windows"
        and "expand" not in str(loaded["detection"])
    ]
    return [
        _text(
            KINDS[kind],
            found[n % len(found)]["title"],
            {
                name: part if name == "condition" else _varied(part, n // len(found))
                for name, part in found[n % len(found)]["detection"].items()
            },
        )
        for n in range(count)
    ]


def _varied(part: Any, variant: int, key: str = "") -> Any:  # noqa: ANN401 - whatever a rule holds
    """Return a part of a rule with other names in it; variant 0 is the rule itself."""
    if isinstance(part, dict):
        return {k: _varied(v, variant, k) for k, v in part.items()}
    if isinstance(part, list):
        return [_varied(one, variant, key) for one in part]
    if (
        not variant
        or not isinstance(part, str)
        or any(m in key for m in ("|re", "|cidr", "fieldref"))
    ):
        return part
    return re.sub(r"\w(?=(?:\.\w+)?\W*$)", lambda letter: f"{letter[0]}{variant}", part, count=1)


def _text(category: str, title: str, detection: dict[str, Any]) -> str:
    return yaml.safe_dump(
        {
            "title": title,
            "logsource": {"category": category, "product": "windows"},
            "detection": detection,
        }
    )


def _word(made: random.Random) -> str:
    return made.choice(WORDS) + made.choice(
        ("", "er", "32", "64", "x", "pro", str(made.randrange(50)))
    )


def _process_detection(made: random.Random) -> dict[str, Any]:
    shape = made.randrange(5)
    image = {
        "Image|endswith": [f"\\{_word(made)}{_word(made)}.exe" for _ in range(made.randint(1, 4))]
    }
    shells = {"Image|endswith": made.choice(["\\powershell.exe", "\\cmd.exe", "\\rundll32.exe"])}
    said = {
        "CommandLine|contains": [f" {_word(made)} {_word(made)}" for _ in range(made.randint(1, 6))]
    }
    every = {"CommandLine|contains|all": [_word(made), _word(made), _word(made)]}
    names = {"OriginalFileName": f"{_word(made)}.exe"}
    parent = {"ParentImage|startswith": "C:\\Program Files\\" + _word(made)}
    shapes: tuple[dict[str, Any], ...] = (
        {"selection": [image, names], "condition": "selection"},
        {"selection_i": shells, "selection_c": said, "condition": "all of selection_*"},
        {
            "selection": {**shells, **every},
            "filter": parent,
            "condition": "selection and not filter",
        },
        {"selection_a": said, "selection_b": every, "condition": "1 of selection_*"},
        {"selection": {"Product|contains": _word(made), **said}, "condition": "selection"},
    )
    return shapes[shape]


def _network_detection(made: random.Random) -> dict[str, Any]:
    image = {"Image|endswith": f"\\{_word(made)}{_word(made)}.exe"}
    host = {"DestinationHostname|endswith": [f".{_word(made)}.{_word(made)}.com" for _ in range(3)]}
    port = {"DestinationPort": made.randint(1024, 65000), "Initiated": "true"}
    own = {"DestinationIp|cidr": ["127.0.0.0/8", "10.0.0.0/8", "192.168.0.0/16"]}
    shapes: tuple[dict[str, Any], ...] = (
        {"selection": {"Initiated": "true", **host}, "condition": "selection"},
        {"selection": {**image, **port}, "filter": own, "condition": "selection and not filter"},
        {"selection": port, "filter": own, "condition": "selection and not filter"},
    )
    return shapes[made.randrange(len(shapes))]


# ---- events ----


def _events(file: Path | None, category: str, count: int, made: random.Random) -> list[Event]:
    if file is not None:
        found = [e for e in lab_events(file) if e.category == category and e.service == "sysmon"]
        made.shuffle(found)
        return [found[n % len(found)] for n in range(count)]
    make = _process_event if category == KINDS["process"] else _network_event
    return [Event(category, "windows", "sysmon", 1, make(made)) for _ in range(count)]


def _path(made: random.Random) -> str:
    if made.random() < 0.4:
        shell = made.choice(["cmd.exe", "powershell.exe", "svchost.exe"])
        return f"C:\\Windows\\System32\\{shell}"
    return f"C:\\Program Files\\{_word(made)}\\{_word(made)}{_word(made)}.exe"


def _process_event(made: random.Random) -> dict[str, str]:
    image = _path(made)
    return {
        "Image": image,
        "CommandLine": " ".join([image, *(_word(made) for _ in range(made.randint(0, 12)))]),
        "ParentImage": _path(made),
        "ParentCommandLine": f"{_path(made)} -k {_word(made)}",
        "OriginalFileName": image.rpartition("\\")[2],
        "Description": _word(made),
        "Product": _word(made),
        "Company": _word(made),
        "User": "ROOM\\candidate",
        "CurrentDirectory": "C:\\Users\\candidate\\",
        "IntegrityLevel": "Medium",
        "Hashes": f"SHA256={made.randbytes(32).hex()}",
        "ProcessId": str(made.randrange(20_000)),
    }


def _network_event(made: random.Random) -> dict[str, str]:
    return {
        "Image": _path(made),
        "User": "ROOM\\candidate",
        "Protocol": "tcp",
        "Initiated": made.choice(["true", "false"]),
        "SourceIp": "10.1.0.9",
        "SourcePort": str(made.randint(49152, 65535)),
        "DestinationIp": ".".join(str(made.randrange(1, 255)) for _ in range(4)),
        "DestinationHostname": f"{_word(made)}.{_word(made)}.com",
        "DestinationPort": str(made.choice([80, 443, 443, 443, made.randint(1024, 65000)])),
    }


if __name__ == "__main__":
    main()
