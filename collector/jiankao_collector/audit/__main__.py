"""jiankao-audit: what an evidence log proves, says, and gives when it is judged again; other recordings judged too."""

import argparse
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from jiankao_collector.audit import assess_command
from jiankao_collector.audit.alerts import alert_json, alert_lines, collect
from jiankao_collector.audit.assess_report import assessed_json, assessed_lines
from jiankao_collector.audit.comparison_report import comparison_json, comparison_lines
from jiankao_collector.audit.findings import NotedHead
from jiankao_collector.audit.reading import records
from jiankao_collector.audit.replay import Outcome, replay
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verdict_report import verdict_json, verdict_lines
from jiankao_collector.audit.verify import verify
from jiankao_collector.audit.wording import Language, preferred_language
from jiankao_collector.errors import AlteredEvidenceError
from jiankao_proto.errors import JiankaoError
from jiankao_proto.ids import DIGEST_SIZE

INTACT, ALTERED, UNREADABLE, OTHER_RULES = range(4)
_STOPPED = 130

_EPILOG = """\
exit codes:
  0  intact (verify), listed (alerts), equal (replay), judged (assess)
  1  evidence altered or incomplete; replay: different alerts
  2  the input cannot be read, or the command line is wrong
  3  replay only: other rules judged the log, so that its alerts cannot be compared

DATA is the collector's data folder, running or stopped, or a copy of it, also on read-only media.
Nothing in it is changed, and no collector, network or private key is needed. assess reads a recording instead.
"""

T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 wherever it goes; a terminal that lacks a character shows a question mark.
        sys.stdout.reconfigure(encoding="utf-8" if asked.json else None, errors="replace")
    try:
        code: int = asked.run(asked)
        sys.stdout.flush()
    except JiankaoError as error:
        print(f"jiankao-audit: {error}", file=sys.stderr)
        return ALTERED if isinstance(error, AlteredEvidenceError) else UNREADABLE
    except BrokenPipeError:
        # Whoever reads our output has seen enough; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _STOPPED
    except KeyboardInterrupt:
        print("jiankao-audit: stopped; nothing was changed", file=sys.stderr)
        return _STOPPED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jiankao-audit",
        description="Check an evidence log, list its alerts, judge it again, or judge another recording.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, what in (
        ("verify", _verify, "check every signature, digest and chain; name the first bad record"),
        ("alerts", _alerts, "list the alerts the log holds, as it holds them"),
        ("replay", _replay, "judge the log again and compare with the alerts recorded live"),
    ):
        command = commands.add_parser(
            name,
            help=what,
            description=what[0].upper() + what[1:] + ".",
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument("data", metavar="DATA", type=Path, help="the collector's data folder")
        shape = "one object a line" if name == "alerts" else "one object"
        command.add_argument(
            "--json", action="store_true", help=f"print JSON, {shape}, instead of text"
        )
        command.add_argument(
            "--language",
            choices=[language.value for language in Language],
            default=preferred_language(os.environ).value,
            help="language of the text (default: from the locale, now %(default)s)",
        )
        if name == "verify":
            command.add_argument(
                "--noted",
                metavar="RECORD:DIGEST",
                type=_noted_head,
                help="a head noted down earlier, which this log must still contain; "
                "without one a cut-off tail goes unseen",
            )
        command.set_defaults(run=run)
    assess_command.add_to(commands).set_defaults(run=_assess)
    return parser


def _noted_head(value: str) -> NotedHead:
    number, _, digest = value.partition(":")
    try:
        head = NotedHead(int(number), bytes.fromhex(digest))
    except ValueError:
        head = None
    if head is None or head.record < 0 or len(head.digest) != DIGEST_SIZE:
        raise argparse.ArgumentTypeError(
            f"{value!r:.100} is not RECORD:DIGEST as verify prints it (64 hex digits)"
        )
    return head


def _verify(asked: argparse.Namespace) -> int:
    with StoredLog(asked.data) as log:
        verdict = verify(_progress(log.rows(), log), asked.noted)
    if asked.json:
        _print_json(verdict_json(verdict))
    else:
        _print(verdict_lines(verdict, Language(asked.language)))
    return INTACT if verdict.intact else ALTERED


def _alerts(asked: argparse.Namespace) -> int:
    with StoredLog(asked.data) as log:
        found = collect(records(_progress(log.rows(), log)))
    if asked.json:
        for recorded in found:
            _print_json(alert_json(recorded))
    else:
        _print(alert_lines(found, Language(asked.language)))
    return INTACT


def _replay(asked: argparse.Namespace) -> int:
    from jiankao_collector.assessment import Assessment, load_rules  # noqa: PLC0415 - verify and alerts need no rules

    rules = load_rules()
    with StoredLog(asked.data) as log:
        comparison = replay(
            records(_progress(log.rows(), log)), rules.digest, lambda: Assessment(rules)
        )
    if asked.json:
        _print_json(comparison_json(comparison, rules.version, rules.digest))
    else:
        _print(comparison_lines(comparison, rules.version, rules.digest, Language(asked.language)))
    codes = {
        Outcome.EQUAL: INTACT,
        Outcome.DIFFERENT_ALERTS: ALTERED,
        Outcome.DIFFERENT_RULES: OTHER_RULES,
    }
    return codes[comparison.outcome]


def _assess(asked: argparse.Namespace) -> int:
    done = assess_command.run(asked)
    if asked.json:
        _print_json(assessed_json(done))
    else:
        _print(assessed_lines(done, Language(asked.language)))
    return INTACT


def _progress(rows: Iterable[T], log: StoredLog) -> Iterator[T]:
    """Pass rows on, with a bar on the terminal once it takes more than a moment."""
    yield from tqdm(
        rows, total=log.expected_records(), unit=" records", delay=1, leave=False, disable=None
    )


def _print(lines: list[str]) -> None:
    print("\n".join(lines))


def _print_json(value: dict[str, object]) -> None:
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    sys.exit(main())
