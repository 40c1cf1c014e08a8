"""`jiankao-audit assess`: its command line and its progress bars; what it does is in `recordings`."""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from jiankao_collector.audit.wording import Language, preferred_language, text
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.recordings.assessing import Assessed, Progress, assess
from jiankao_collector.recordings.formats import Format
from jiankao_collector.recordings.ordering import Timed

WHAT = text(
    "用同一套规则评判别处录下的数据（本系统的观测，或 Sysmon / Windows 事件的 JSON）",
    "judge telemetry recorded elsewhere by the same rules",
)
_DESCRIPTION = text(
    "用与实时监考相同的规则评判录下的数据：本系统的观测（protobuf JSON），或 Sysmon / Windows 事件的 JSON"
    "（1、3、5、6、11–14、22、4624、4688、4697、4778/4779、6416、7045、1149）。",
    "Judge recorded telemetry by the rules that judge live: our own observations as protobuf JSON, or Sysmon or "
    "Windows events as JSON (1, 3, 5, 6, 11-14, 22, 4624, 4688, 4697, 4778/4779, 6416, 7045, 1149).",
)
_EPILOG = text(
    """\
exit codes / 退出码：
  0  已评判，不论有无告警
  2  文件、策略或规则无法使用，文件里没有可用的记录，或命令行有误

FILE 可以是 JSON 行、JSON 数组或逐条排列的对象，可用 gzip 或 xz 压缩。每台电脑视为一个座位，
考试从第一条记录开始到最后一条记录结束；停顿超过 6 小时算另一场。无法使用的行会计数并列出前 20 条。
""",
    """\
exit codes:
  0  judged, whether or not there were alerts
  1  (not used by this command)
  2  the file, the policy or a rule cannot be used, nothing in the file can be, or the command line is wrong
  3  (not used by this command)

FILE holds JSON lines, a JSON array or objects one after the other; it may be packed with gzip or xz. Every
computer is a seat; the exam session is open from the first record to the last, and a pause of more than six hours
begins another. Records that cannot be used are counted, and the first 20 listed.
""",
)
_FILE = text("录下的数据", "the recording (DATA)")
_FROM = text(
    "数据的格式；不指定则自动判断并显示", "what it is of (default: a guess, which is printed)"
)
_POLICY = text("按此网络策略评判连接和域名", "judge connections and names by this network policy")
_RULES = text(
    "并用此文件夹中的 Sigma 规则评判（可重复）；只要有一条规则不能用，整个文件夹都被拒绝",
    "judge by the Sigma rules of this folder too (may be repeated); one rule that cannot be used refuses it whole",
)
_JSON = text("输出一个 JSON 对象", "print JSON, one object, instead of text")
_LANGUAGE = text(
    "文字的语言（默认按系统：%(default)s）",
    "language of the text (default: from the locale, now %(default)s)",
)
_READING, _JUDGING = text("读取", "reading"), text("评判", "judging")


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> argparse.ArgumentParser:
    """Add the command to the program's parser and return its own; its help is in the language of the locale."""
    language = preferred_language(os.environ)
    command = commands.add_parser(
        "assess",
        help=WHAT[language],
        description=_DESCRIPTION[language],
        epilog=_EPILOG[language],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", metavar="FILE", type=Path, help=_FILE[language])
    command.add_argument(
        "--from", dest="format", choices=[f.value for f in Format], help=_FROM[language]
    )
    command.add_argument("--policy", metavar="TOML", type=Path, help=_POLICY[language])
    command.add_argument(
        "--rules",
        metavar="FOLDER",
        type=Path,
        action="append",
        default=[],
        help=_RULES[language],
    )
    command.add_argument("--json", action="store_true", help=_JSON[language])
    command.add_argument(
        "--language",
        choices=[known.value for known in Language],
        default=language.value,
        help=_LANGUAGE[language],
    )
    return command


def run(asked: argparse.Namespace) -> Assessed:
    """Judge the file that was asked for. Raises ConfigurationError."""
    from jiankao_collector.assessment import load_rules  # noqa: PLC0415 - the other commands need no rules
    from jiankao_collector.knowledge import policy  # noqa: PLC0415
    from jiankao_collector.rule_folder import rules_of  # noqa: PLC0415

    language = Language(asked.language)
    policy_toml = b""
    if asked.policy is not None:
        try:
            policy_toml = asked.policy.read_bytes()
            policy.parse(policy_toml.decode("utf-8"), str(asked.policy))
        except OSError as error:
            raise ConfigurationError(f"{asked.policy}: {error.strerror}: no policy") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{asked.policy}: not UTF-8: no policy") from None
    rules = load_rules(rules_of(asked.rules) if asked.rules else None)
    try:
        size = asked.file.stat().st_size
    except OSError:
        size = 0  # opening it will say why
    with tqdm(
        total=size,
        unit="B",
        unit_scale=True,
        desc=_READING[language],
        delay=1,
        leave=False,
        disable=None,
        file=sys.stderr,
    ) as bar:

        def judging(records: Iterable[Timed], total: int) -> Iterable[Timed]:
            bar.close()
            return tqdm(
                records,
                total=total,
                unit=" records",
                desc=_JUDGING[language],
                delay=1,
                leave=False,
                disable=None,
                file=sys.stderr,
            )

        return assess(
            asked.file,
            Format(asked.format) if asked.format else None,
            rules,
            policy_toml,
            Progress(bar.update, judging),
        )
