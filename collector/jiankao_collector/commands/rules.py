"""jiankao-collector rules."""

import argparse
import os
import sys
from pathlib import Path

from tqdm import tqdm

from jiankao_collector.audit.wording import Language, preferred_language
from jiankao_collector.commands.base import new_parser
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.rule_folder import read_files, rules_path
from jiankao_collector.sigma.compiling import compile_files
from jiankao_collector.sigma.from_observation import OBSERVED
from jiankao_collector.sigma.rules import Rule

_TEXTS = {
    Language.ZH: (
        "{good} 条规则可用，{bad} 处被拒绝（共 {files} 个文件）",
        "其中 {asleep} 条针对考试机不上报的日志，只能用于回看录制数据",
        "只要有一处被拒绝，整个文件夹都不会生效；请改正后重新检查",
    ),
    Language.EN: (
        "{good} rules can be used, {bad} refused ({files} files)",
        "{asleep} of them are about logs that workstations do not tell of; they judge recordings only",
        "with anything refused the whole folder stays out of force: correct it and check again",
    ),
}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "rules",
        "check Sigma rules",
        "Says which rules of a folder can be used, and names file, line and reason of every one that cannot. The "
        "collector reads the rules of DIR/rules/sigma when it starts.",
    )
    parser.add_argument("action", choices=("check",), help="what to do")
    parser.add_argument(
        "folder", nargs="?", type=Path, help="the rules; without it those of the data folder"
    )
    parser.add_argument(
        "--language",
        choices=[language.value for language in Language],
        default=preferred_language(os.environ).value,
        help="language of the text",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder: Path = arguments.folder or rules_path(arguments.data)
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no folder of rules")
    files = read_files(folder)
    if not files:
        raise ConfigurationError(f"{folder}: holds no rule files (*.yml)")
    compiled = compile_files(tqdm(files, unit=" files", delay=1, leave=False, disable=None))
    for error in compiled.refused:
        print(error, file=sys.stderr)
    rules = compiled.rules.rules
    counts, asleep, whole = _TEXTS[Language(arguments.language)]
    print(counts.format(good=len(rules), bad=len(compiled.refused), files=len(files)))
    sleeping = sum(not _is_observed(rule) for rule in rules)
    if sleeping:
        print(asleep.format(asleep=sleeping))
    if compiled.refused:
        print(whole)
    return 1 if compiled.refused else 0


def _is_observed(rule: Rule) -> bool:
    return any(rule.source.takes(source) for source in OBSERVED)
