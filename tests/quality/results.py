"""Everything a run of `make quality` found out, from which the page and the picture are made."""

from dataclasses import dataclass

from tests.quality.attacks import AnsweredPlay, Play
from tests.quality.by_tool import ByTool
from tests.quality.honest import HonestRoom
from tests.quality.recorded import Recorded

ASKED_S = 5.0
ASKED_RATE = 0.02
ASKED_HOURS = 1000.0


@dataclass(frozen=True, slots=True)
class Programs:
    """Real programs in docs/real-programs.md: how many were seen of those tried, by variant."""

    seen: dict[str, int]
    tried: dict[str, int]


@dataclass(frozen=True, slots=True)
class Results:
    """Of every part; `recorded` is None when no folder of recordings was named."""

    rules: str
    plays: tuple[Play, ...]
    varied: tuple[Play, ...]
    aids: tuple[Play, ...]
    rings: tuple[Play, ...]
    answered: tuple[AnsweredPlay, ...]
    rooms: tuple[HonestRoom, ...]
    recorded: tuple[Recorded, ...] | None
    programs: Programs
    tools: ByTool | None = None

    @property
    def hours(self) -> float:
        """Return the honest candidate-hours that were played."""
        return sum(sum(room.hours.values()) for room in self.rooms)


def read_programs(page: str) -> Programs:
    """Read the table of docs/real-programs.md: a row a program, a column a variant; `–` is not possible."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| ")
    ]
    if not rows or len(rows[0]) < 3:
        raise ValueError("docs/real-programs.md holds no table of programs: run make test-programs")
    variants = rows[0][2:]
    seen = dict.fromkeys(variants, 0)
    tried = dict.fromkeys(variants, 0)
    for row in rows[1:]:
        for variant, cell in zip(variants, row[2:], strict=True):
            if cell and cell != "–":
                tried[variant] += 1
                seen[variant] += " ms" in cell
    return Programs(seen, tried)
