"""The command line: complete help, one clear line for every error."""

import re
import tomllib
from pathlib import Path

import pytest

from jiankao_agent.config import VERSION
from tests.agent.conftest import command

OPTIONS = {
    "enrol": [
        "--collector", "--ticket", "--telemetry-port", "--enrolment-port", "--state", "--again",
    ],
    "run": ["--state", "--collector", "--telemetry-port", "--spool-limit", "--verbose"],
    "doctor": ["--json", "--language"],
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
async def test_help_explains_every_option_and_its_default(name: str) -> None:
    code, output, errors = await command(name, "--help")
    assert (code, errors) == (0, "")
    listed = output.split("options:")[1]
    entries = re.split(r"\n  (?=-)", listed)
    options = {e.split()[0]: " ".join(e.split()) for e in entries if e.strip().startswith("--")}
    assert list(options) == OPTIONS[name]
    for text in options.values():
        assert "(default: " in text or "(required)" in text, text


async def test_help_names_every_command() -> None:
    code, output, _ = await command("--help")
    assert code == 0
    for name in OPTIONS:
        assert re.search(rf"^    {name}\s+\w", output, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "COMMAND"),
        (("enrol",), "--collector, --ticket"),
        (("enrol", "--collector", "h", "--ticket", "t", "--enrolment-port", "0"), "not a port"),
        (("run", "--spool-limit", "none"), "not a size"),
        (("fly",), "invalid choice"),
    ],
)
async def test_wrong_usage_is_2(arguments: tuple[str, ...], said: str) -> None:
    code, output, errors = await command(*arguments)
    assert (code, output) == (2, "")
    assert said in errors


async def test_run_without_an_enrolment_says_what_to_do(tmp_path: Path) -> None:
    code, output, errors = await command("run", "--state", str(tmp_path / "none"))
    assert (code, output) == (1, "")
    assert errors == (
        f"jiankao-agent: {tmp_path / 'none'}: this computer is not enrolled; "
        "run jiankao-agent enrol first\n"
    )


async def test_doctor_answers_in_json() -> None:
    code, output, _ = await command("doctor", "--json")
    assert code in (0, 1)
    assert output.startswith("{")


def test_the_version_it_tells_is_the_distributions() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert pyproject["project"]["version"] == VERSION
