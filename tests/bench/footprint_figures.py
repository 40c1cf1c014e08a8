"""Puts the figures of the agent's benches into the readmes and docs/footprint.md, so that nobody copies them by hand.

python -m tests.bench.footprint_figures (`make footprint` runs the benches and then this)

Reads what they printed from output/agent_footprint.json, output/detection_latency.json and output/agent_soak.json;
what is missing keeps its place in the texts as it is. Each table stands between two comments that name its bench.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "output"
_TEXTS = {"README.md": "en", "README.zh-CN.md": "zh", "docs/footprint.md": "en"}

Figures = Mapping[str, Any]


def footprint(figures: Figures, language: str) -> str:
    """Return the table of agent_footprint, beside the aims."""
    idle, busy = figures["idle"], figures["busy"]

    def row(name: str, of: Callable[[Any], object], aim: str) -> tuple[str, ...]:
        return name, str(of(idle)), str(of(busy)), aim

    rows: list[tuple[str, ...]]
    if language == "zh":
        rows = [
            ("", "空闲", "繁忙", "目标"),
            row("处理器（一个核心的 %）", _agent("cpu_percent"), "≤ 0.5 / ≤ 1.5"),
            row("每秒用 psutil 查一遍的程序", lambda part: part["psutil_loop"]["cpu_percent"], ""),
            row("常驻内存（MiB）", _agent("rss_mib"), "≤ 60"),
            row("写盘（MiB/小时）", _agent("written_mib_per_hour"), "空闲 ≤ 5"),
            row("网络（字节/秒，双向）", _agent("stream_bytes_per_s"), "≤ 2048"),
        ]
        said = f"各测 {figures['seconds']:.0f} 秒；整机处理器占用"
    else:
        rows = [
            ("", "idle", "busy", "aim"),
            row("processor, % of one core", _agent("cpu_percent"), "≤ 0.5 / ≤ 1.5"),
            row(
                "a loop that asks psutil once a second, the same",
                lambda part: part["psutil_loop"]["cpu_percent"],
                "",
            ),
            row("resident memory, MiB", _agent("rss_mib"), "≤ 60"),
            row("disk writes, MiB an hour", _agent("written_mib_per_hour"), "≤ 5 idle"),
            row("network, bytes a second, both ways", _agent("stream_bytes_per_s"), "≤ 2048"),
        ]
        said = f"{figures['seconds']:.0f} s of each; the whole machine's processors"
    machine = f"{idle['machine_cpu_percent']} % / {busy['machine_cpu_percent']} %"
    return f"{_table(rows)}\n\n{said}: {machine} ({figures['cores']} × 100 %)."


def latency(figures: Figures, language: str) -> str:
    """Return the table of detection_latency."""
    ways = figures["exec_to_observation_ms"], figures["exec_to_alert_ms"]
    names, head, aims = (
        (("看到程序启动", "记录警报"), ("毫秒", "次数"), ("p99 ≤ 50", "p99 ≤ 500"))
        if language == "zh"
        else (
            ("a program's start is observed", "its alert is in the log"),
            ("milliseconds", "trials"),
            ("p99 ≤ 50", "p99 ≤ 500"),
        )
    )
    shown = ("p50", "p90", "p99", "max")
    rows: list[tuple[str, ...]] = [(*head, *shown, "目标" if language == "zh" else "aim")]
    for name, way, aim in zip(names, ways, aims, strict=True):
        rows.append((name, str(figures["trials"]), *(str(way[part]) for part in shown), aim))
    load = "系统平均负载" if language == "zh" else "load average"
    return f"{_table(rows)}\n\n{load}: {figures['load_average']}."


def soak(figures: Figures, language: str) -> str:
    """Return one line of agent_soak."""
    resident, slope = figures["resident_mib"], figures["resident_slope_mib_per_hour"]
    between = f"{slope['low']} – {slope['high']}"
    half = figures["second_half_resident_slope_mib_per_hour"]
    later = f"{half['estimate']} ({half['low']} – {half['high']})"
    if language == "zh":
        return (
            f"持续繁忙 {figures['minutes']:.0f} 分钟：常驻内存 {resident['first']} → {resident['last']} MiB，"
            f"最多 {resident['most']}；趋势 {slope['estimate']} MiB/小时（95 %：{between}），后半段 {later}。"
        )
    return (
        f"{figures['minutes']:.0f} minutes of the busy desktop: resident memory {resident['first']} → "
        f"{resident['last']} MiB, at most {resident['most']}; "
        f"slope {slope['estimate']} MiB an hour (95 %: {between}), in the second half {later}."
    )


_BENCHES = {"agent_footprint": footprint, "detection_latency": latency, "agent_soak": soak}


def filled(text: str, bench: str, block: str) -> str:
    """Return a text with a bench's block put between its comments. Raises ValueError when they are not there."""
    begin, end = f"<!-- {bench}: filled from `make footprint` -->\n", f"\n<!-- /{bench} -->"
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"no place for the figures of {bench}")
    return before + begin + block + end + after


def main() -> None:
    """Fill the texts."""
    for bench, block in _BENCHES.items():
        source = OUTPUT / f"{bench}.json"
        if not source.exists():
            print(f"{source.relative_to(ROOT)} is not there: left as it is", file=sys.stderr)
            continue
        figures = json.loads(source.read_text(encoding="utf-8"))
        for name, language in _TEXTS.items():
            path = ROOT / name
            text = path.read_text(encoding="utf-8")
            path.write_text(filled(text, bench, block(figures, language)), encoding="utf-8")


def _agent(name: str) -> Callable[[Any], object]:
    return lambda part: part["agent"][name]


def _table(rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


if __name__ == "__main__":
    main()
