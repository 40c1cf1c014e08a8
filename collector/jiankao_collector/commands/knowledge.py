"""jiankao-collector knowledge."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue import check, shipped
from jiankao_collector.knowledge.catalogue_file import SourceFile


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = subparsers.add_parser(
        "knowledge",
        help="check the catalogue of known programs",
        description="Check the catalogue of known programs: every mistake is one line with file, line and reason, in "
        "Chinese and in English. A catalogue with one mistake is refused whole.",
    )
    parser.add_argument("action", choices=("check",), help="what to do")
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="files of entries, checked together with those that ship; one of the same name takes a shipped "
        "one's place (none: check what ships)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    sources = {source.name: source for source in shipped()}
    for path in arguments.files:
        sources[path.name] = SourceFile(path.name, _read(path))
    catalogue, mistakes = check(sources.values())
    for mistake in mistakes:
        print(f"{mistake.file}:{mistake.line}: {mistake.zh} | {mistake.en}", file=sys.stderr)
    if catalogue is None:
        raise ConfigurationError(
            f"{len(mistakes)} mistake(s); nothing of this catalogue would be used"
            f" | {len(mistakes)} 处错误；整个目录都不会被采用"
        )
    kinds = Counter(tool.kind.value for tool in catalogue.tools)
    print(f"{catalogue.version}: {len(catalogue.tools)} tools, digest {catalogue.digest.hex()}")
    for kind, count in sorted(kinds.items()):
        print(f"  {kind}: {count}")
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
