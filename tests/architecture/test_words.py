"""What the texts say is so: modules, commands, targets, links; and no text speaks of one person's machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGES, ROOT, files

TEXTS = [p for p in files() if p.suffix == ".md"]
READ_BY_NEWCOMERS = [
    ROOT / name
    for name in (
        "README.md",
        "README.zh-CN.md",
        "CONTRIBUTING.md",
        "docs/deploy.md",
        "docs/deploy.zh-CN.md",
    )
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
PROGRAMS = ("jiankao-agent", "jiankao-collector", "jiankao-audit")


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code(text: str) -> list[str]:
    """The pieces of a text that are set as code, fenced or inline, a line each."""
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(
        r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    )
    lines = "\n".join(fenced).replace("\\\n", " ").splitlines() + inline
    return [line.partition(" #")[0] for line in lines]


def test_the_plan_of_the_house_is_the_house() -> None:
    """Every module at the top of a package, and every package inside it, stands in docs/architecture.md."""
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for package in PACKAGES:
        section = plan.split(f"## {place(package)}\n")[1].split("\n## ")[0]
        said = {
            name
            for row in section.splitlines()
            if row.startswith("| `")
            for name in re.findall(r"`([\w.]+)`", row.split("|")[1])
        }
        tops = {p.stem for p in package.glob("*.py")} - {"__init__"}
        inside = {
            ".".join(p.parent.relative_to(package).parts)
            for p in package.rglob("__init__.py")
            if p.parent != package
        }
        assert (said - tops - inside, (tops | inside) - said) == (set(), set()), place(package)


@pytest.mark.parametrize("text", TEXTS, ids=place)
def test_links_lead_somewhere(text: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text.read_text(encoding="utf-8"))
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]
    broken = [link for link in inside if not (text.parent / link.partition("#")[0]).exists()]
    assert broken == []


@pytest.mark.parametrize("text", READ_BY_NEWCOMERS, ids=place)
def test_make_knows_every_target_a_text_names(text: Path) -> None:
    named = {
        target
        for line in code(text.read_text(encoding="utf-8"))
        for target in re.findall(r"\bmake (?:-C \S+ )?([a-z-]+)", line)
    }
    assert named - TARGETS == set()
    assert named


@pytest.fixture(scope="module")
def helps() -> dict[tuple[str, str], str]:
    """What `--help` says, by program and command."""

    def shown(*command: str) -> str:
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run(
            [program, *command[1:], "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    found = {}
    for program in PROGRAMS:
        whole = shown(program)
        found[program, ""] = whole
        for command in re.findall(r"^    ([a-z][a-z-]*)(?:  |$)", whole, re.MULTILINE):
            found[program, command] = shown(program, command)
    return found


@pytest.mark.parametrize("text", READ_BY_NEWCOMERS, ids=place)
def test_the_programs_know_every_command_and_option_a_text_names(
    text: Path, helps: dict[tuple[str, str], str]
) -> None:
    unknown = []
    for line in code(text.read_text(encoding="utf-8")):
        for program, rest in re.findall(
            r"(?<![\w/])(jiankao-(?:agent|collector|audit))((?: [^|;&]+)?)", line
        ):
            words = rest.split()
            command = words[0] if words and re.fullmatch(r"[a-z][a-z-]*", words[0]) else ""
            if (program, command) not in helps:
                unknown.append(line)
                continue
            options = [w.partition("=")[0] for w in words if w.startswith("--")]
            unknown += [f"{line}: {o}" for o in options if o not in helps[program, command]]
    assert unknown == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("0*.md")), ids=place)
def test_a_decision_is_one_page_of_four_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]} ")
    assert len(text.splitlines()) <= 40
    assert "## What would change it" in text
    assert f"({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


def test_both_readmes_have_the_same_parts() -> None:
    """A translation that lags shows as a missing heading or command.

    What a command printed is in each reader's language; tests/agent/test_doctor_output.py compares it.
    """
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    assert english.count("\n## ") == chinese.count("\n## ")
    printed = re.compile(r"<!-- (doctor[^:]*): .*?<!-- /\1 -->", re.DOTALL)
    assert set(code(printed.sub("", english))) == set(code(printed.sub("", chinese)))
    assert english.count("\n|") == chinese.count("\n|")


def test_no_text_names_a_folder_of_one_machine() -> None:
    somebodys = re.compile(r"(?<![\w.~}$])/(?:home|root|work|Users|mnt|media)/\w")
    found = []
    for path in files():
        if path.suffix in {".png", ".bin", ".der"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{place(path)}:{number}"
            for number, line in enumerate(text.splitlines(), 1)
            if somebodys.search(line)
        ]
    assert found == []
