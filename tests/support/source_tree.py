"""The repository as a reader sees it: our modules and texts, nothing generated or installed."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    ROOT / "proto" / "jiankao_proto",
    ROOT / "agent" / "jiankao_agent",
    ROOT / "collector" / "jiankao_collector",
)
_GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$")
_NOT_OURS = {
    ".git",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "__pycache__",
}
_NOT_OURS_AT_TOP = {"data", "output", "dist", "build"}


@dataclass(frozen=True)
class Module:
    """One Python file of ours."""

    path: Path

    @property
    def place(self) -> str:
        """Its path from the root of the repository, with forward slashes."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def name(self) -> str:
        """The name it is imported by, for a module of one of the three packages."""
        package = next(p for p in PACKAGES if self.path.is_relative_to(p))
        parts = self.path.relative_to(package.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        """What it says."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """What it says, parsed."""
        return ast.parse(self.text, self.place)


def files() -> Iterator[Path]:
    """Every file of the repository that is not installed, cached or produced by running it."""

    def walk(folder: Path) -> Iterator[Path]:
        for entry in sorted(folder.iterdir()):
            top = folder == ROOT and entry.name in _NOT_OURS_AT_TOP
            if entry.name in _NOT_OURS or top or entry.name.endswith(".egg-info"):
                continue
            if entry.is_dir():
                yield from walk(entry)
            else:
                yield entry

    return walk(ROOT)


def modules(*folders: Path) -> list[Module]:
    """Every module of ours below `folders` (everywhere when none is named) that a person wrote."""
    within = folders or (ROOT,)
    return [
        Module(path)
        for path in files()
        if path.suffix == ".py"
        and not _GENERATED.search(path.name)
        and any(path.is_relative_to(folder) for folder in within)
    ]
