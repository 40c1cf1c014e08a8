"""A proposed policy as text: entries that a person can read, change and sign, and comments where one has to decide."""

import json
import re
from dataclasses import replace

from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.host_names import host_name
from jiankao_collector.knowledge.policy_entries import read_address
from jiankao_collector.knowledge.scripts import script_name
from jiankao_collector.knowledge.tool import ToolKind
from jiankao_collector.knowledge.wording import shown
from jiankao_collector.policy_learning import Did, Far, Learned, Way
from jiankao_proto.observations import Direction

FEW = 4
"""So many far ends of one program and port become entries; for more, a person names a network."""
_DIRECTIONS = {Direction.INBOUND: "inbound", Direction.OUTBOUND: "outbound"}
_PLAIN_NAME = re.compile(r"[^\\/*?\x00-\x1f\x7f]+")


def proposal(learned: Learned, exam_session: str, version: int, catalogue: Catalogue) -> str:
    """Return the text of a policy that allows what the rehearsal showed."""
    lines = [
        f"# 根据演练场次 {exam_session} 提出：{len(learned.seats)} 个座位，{learned.batches} 个数据批",
        "# 请逐条核对；签名后才生效",
        f"# Proposed from the rehearsal {exam_session}: {len(learned.seats)} seats, {learned.batches} batches.",
        "# Read every entry; nothing holds until it is signed: jiankao-collector policy sign FILE --key KEY",
    ]
    if learned.alerts:
        lines.append(
            f"# 演练中有 {len(learned.alerts)} 个告警！ | The rehearsal had {len(learned.alerts)} alert(s)!"
        )
    lines += [
        "[policy]",
        f"version = {version}",
        f"title = {_text(f'proposed from {exam_session}')}",
        'author = "fill in who signs"',
        "",
    ]
    for way in sorted(learned.connections, key=lambda w: (w[2].casefold(), w[1], w[0])):
        lines += _network(way, learned.connections[way])
    rest: list[str] = []
    for did in _by_identity(learned):
        entry = _program(did, catalogue)
        if entry:
            lines.append(entry)
        else:
            rest.append(shown(did.process.name))
    if rest:
        names = sorted(set(rest), key=str.casefold)
        lines += ["# 以下程序无需条目 | programs that need no entry:"]
        lines += [f"#   {', '.join(names[at : at + 8])}" for at in range(0, len(names), 8)]
    return "\n".join(lines) + "\n"


def _by_identity(learned: Learned) -> list[Did]:
    """Return the programs as a policy tells them apart, each once, with everything that any of its files did."""
    merged: dict[tuple[str, ...], Did] = {}
    for key in sorted(learned.programs, key=lambda k: (k[0].casefold(), k[3], k[2])):
        did = learned.programs[key]
        identity = tuple(_identity(did)) or (did.process.name,)
        known = merged.get(identity)
        if known is None:
            merged[identity] = did
            continue
        merged[identity] = replace(
            known,
            seats=known.seats | did.seats,
            windows=known.windows or did.windows,
            reads_screen=known.reads_screen or did.reads_screen,
            sends_input=known.sends_input or did.sends_input,
            far=known.far | did.far,
        )
    return list(merged.values())


def _network(way: Way, far: Far) -> list[str]:
    direction, port, program = way
    seats = f"{len(far.seats)} 个座位 | {len(far.seats)} seat(s)"
    said = f"{shown(program) or '?'} {direction.name.lower()} {port}"
    hosts = [("name", n) for n in sorted(far.names) if host_name(n)]
    hosts += [("address", a) for a in sorted(far.addresses) if read_address(a) is not None]
    if direction not in _DIRECTIONS or not _PLAIN_NAME.fullmatch(program):
        return [f"# 无法确定方向或程序 | direction or program not known: {said}, {seats}", ""]
    if not 0 < len(hosts) <= FEW:
        few = ", ".join(shown(host) for _, host in hosts[: 2 * FEW])
        return [
            f"# {len(hosts)} 个对端，请改写为网段 | {len(hosts)} far ends, name a network: {said}, {seats}: {few}",
            "",
        ]
    lines = []
    for key, host in hosts:
        lines += [
            f"# {seats}",
            "[[allow]]",
            f"{key} = {_text(host)}",
            f"port = {port}",
            f"direction = {_text(_DIRECTIONS[direction])}",
            f"program = {_text(program)}",
            "",
        ]
    return lines


def _program(did: Did, catalogue: Catalogue) -> str:
    """Return the entry of one program as text; empty when it needs none."""
    match = catalogue.find(did.process)
    kind = match.tool.kind if match is not None else None
    acts = did.windows or did.reads_screen or did.sends_input
    if not acts and (kind is None or kind is ToolKind.ASSISTIVE):
        return ""
    seats = ", ".join(sorted(did.seats)[:FEW])
    about = f"# {shown(did.process.name)}：{len(did.seats)} 个座位 | {len(did.seats)} seat(s): {shown(seats)}"
    identity = _identity(did)
    if not identity:
        return f"{about}\n# 无签名、无摘要，无法放行 | neither signer nor digest nor path: it cannot be allowed\n"
    if kind is ToolKind.ASSISTIVE:
        entry = [
            "# 照顾措施只给经批准的座位，请核对后去掉 # | only for approved seats; take the # away after checking",
            "# [[accommodation]]",
            '# what = "…"',
            *(f"# {line}" for line in identity),
            f"# seats = [{', '.join(_text(seat) for seat in sorted(did.seats))}]",
            '# reason = "…"',
        ]
    elif kind is ToolKind.CLASSROOM_CONTROL and did.far:
        hosts = ", ".join(_text(host) for host in sorted(did.far)[:FEW])
        entry = ["[[classroom]]", *identity, 'owner = "fill in"', f"hosts = [{hosts}]"]
    else:
        may = [
            m for m, does in (("input", did.sends_input), ("read_screen", did.reads_screen)) if does
        ]
        entry = ["[[program]]", *identity, 'owner = "fill in"', 'reason = "seen in the rehearsal"']
        if may:
            entry.append(f"may = [{', '.join(_text(m) for m in may)}]")
    return "\n".join((about, *entry, ""))


def _identity(did: Did) -> list[str]:
    process = did.process
    script = script_name(process.executable.rpartition("/")[2], process.command_line_masked)
    name = script or process.original_name or process.name
    named = [f"name = {_text(name)}"] if _PLAIN_NAME.fullmatch(name) else []
    if process.signer and process.signer.isprintable():
        return [f"signer = {_text(process.signer)}", *named]
    if process.executable_sha256 and (named or not script):
        return [f'sha256 = "{process.executable_sha256.hex()}"', *named]
    if process.executable.startswith("/") and process.executable.isprintable() and named:
        return [f"path = {_text(process.executable)}", *named]
    return []


def _text(text: str) -> str:
    """Return a TOML string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
