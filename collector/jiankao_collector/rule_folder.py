"""The Sigma rules of the data folder: read at start, whole or not at all.

`rules/sigma/` is the operator's to change. What last compiled without an error is kept beside it in one file; when the
folder does not compile, that one stays in force and the complaint says why. A crash while it is written leaves the
former one.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jiankao_collector.config import DataFolder, write_private
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.sigma.rules import RuleSet

_MOST_FILES = 20_000
_ENDS = (".yml", ".yaml")
_SETTINGS = "sigma.toml"


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules that judge, and why they are not those of the folder; empty when they are."""

    rules: RuleSet
    complaint: str = ""


def rules_path(root: Path) -> Path:
    """Return where the rules of a data folder are."""
    return root / "rules" / "sigma"


def rules_in_force(folder: DataFolder) -> InForce:
    """Return the rules of a data folder. Raises nothing for a bad rule: the last good ones stay in force."""
    rules = rules_path(folder.root)
    kept = _kept(folder.root)
    try:
        files = read_files(rules) if rules.is_dir() else []
        found = compile_whole(files)
    except ConfigurationError as error:
        last = _last_good(kept)
        number = len(last.rules)
        return InForce(last, f"{error}; the last good rules ({number}) stay in force")
    if files or kept.exists():
        texts = {name: content.decode("utf-8") for name, content in files}
        stored = json.dumps(texts, ensure_ascii=False).encode()
        if not kept.exists() or kept.read_bytes() != stored:
            write_private(kept, stored)
    return InForce(found)


def rules_to_replay(data: Path, sigma: Path | None) -> RuleSet:
    """Return the rules a replay judges with: of a folder when one is named, else those that last judged in `data`.

    Nothing is written. Raises ConfigurationError when a named folder does not compile.
    """
    if sigma is not None:
        return compile_whole(read_files(sigma))
    return _last_good(_kept(data))


def rules_of(folders: Sequence[Path]) -> RuleSet:
    """Compile the rules of some folders, together. Raises ConfigurationError when one cannot be used whole.

    The settings of one of them hold for all.
    """
    files: list[tuple[str, bytes]] = []
    for folder in dict.fromkeys(folders):
        if not folder.is_dir():
            raise ConfigurationError(f"{folder}: no folder of rules")
        found = read_files(folder)
        if not found:
            raise ConfigurationError(f"{folder}: holds no rule files (*.yml)")
        # In one folder alone the names are those a collector knows them by, so that the digests are the same.
        files += [
            (name if len(folders) == 1 or name == _SETTINGS else str(folder / name), content)
            for name, content in found
        ]
    if sum(name == _SETTINGS for name, _ in files) > 1:
        raise ConfigurationError(f"{_SETTINGS} stands in more than one of the folders of rules")
    files.sort(key=lambda file: file[0] != _SETTINGS)
    try:
        return compile_whole(files)
    except ConfigurationError as error:
        if len(folders) > 1:
            raise
        raise ConfigurationError(f"{folders[0]}: {error}") from error


def read_files(folder: Path) -> list[tuple[str, bytes]]:
    """Return (name below the folder, content) of its rule files, settings first. Raises ConfigurationError."""
    try:
        paths = sorted(p for p in folder.rglob("*") if p.suffix in _ENDS and p.is_file())
        if len(paths) > _MOST_FILES:
            raise ConfigurationError(f"{folder}: more than {_MOST_FILES} rule files")
        settings = folder / _SETTINGS
        if settings.is_file():
            paths.insert(0, settings)
        return [(p.relative_to(folder).as_posix(), p.read_bytes()) for p in paths]
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or folder}: cannot be read ({error.strerror})"
        ) from error


def compile_whole(files: Iterable[tuple[str, bytes]]) -> RuleSet:
    """Compile files to rules. Raises ConfigurationError naming the first rule refused and how many are."""
    files = list(files)
    if not files:
        return RuleSet()
    from jiankao_collector.sigma.compiling import compile_files  # noqa: PLC0415 - pySigma takes a while to import

    compiled = compile_files(files)
    if compiled.refused:
        more = len(compiled.refused) - 1
        others = f" (and {more} more: jiankao-collector rules check)" if more else ""
        raise ConfigurationError(f"{compiled.refused[0]}{others}")
    return compiled.rules


def _kept(root: Path) -> Path:
    return root / "rules" / "sigma.last-good.json"


def _last_good(kept: Path) -> RuleSet:
    try:
        texts = json.loads(kept.read_text(encoding="utf-8"))
        return compile_whole((name, text.encode()) for name, text in texts.items())
    except (OSError, ValueError, AttributeError, ConfigurationError):
        # None was ever good, or it was by another version's lights: then no rule is in force, and the complaint
        # says how many are.
        return RuleSet()
