"""The collector's container file: without an engine, what it names is checked here."""

import re
import tomllib

import pytest

from jiankao_collector.config import CONSOLE_PORT
from jiankao_proto.meeting import ENROLMENT_PORT, TELEMETRY_PORT
from tests.support.source_tree import ROOT

FOLDER = ROOT / "deploy" / "container"
TEXT = (FOLDER / "Containerfile").read_text(encoding="utf-8")
STEPS = re.findall(r"^([A-Z]+) +(.+(?:\\\n.+)*)", TEXT.replace("\\\n", " "), re.MULTILINE)
COPIED = [
    source
    for step, rest in STEPS
    if step == "COPY" and not rest.startswith("--from")
    for source in rest.split()[:-1]
]


@pytest.mark.parametrize("source", COPIED)
def test_what_it_copies_is_there_and_let_in(source: str) -> None:
    let_in = (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / source).exists()
    assert f"!{source}" in let_in


def test_the_build_gets_every_file_the_wheel_needs() -> None:
    """Hatchling reads the readme and the licence while building; without them the build stops."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {project["readme"], *project["license-files"], "pyproject.toml"} <= set(COPIED)


def test_it_installs_by_hash_only() -> None:
    installs = [rest for step, rest in STEPS if step == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    for install in installs:
        assert "--no-deps" in install
        assert "--require-hashes -r requirements/run.lock" in install or install.rstrip(
            "."
        ).endswith("--no-build-isolation ")


def test_it_does_not_run_as_root() -> None:
    users = [rest for step, rest in STEPS if step == "USER"]
    order = [step for step, _ in STEPS]
    assert users == ["10631:10631"]
    assert order.index("USER") < order.index("ENTRYPOINT")


def test_it_opens_the_collectors_ports_and_keeps_its_data() -> None:
    said = dict(STEPS)
    assert said["EXPOSE"].split() == [
        str(p) for p in (TELEMETRY_PORT, ENROLMENT_PORT, CONSOLE_PORT)
    ]
    assert said["VOLUME"] == "/var/lib/jiankao"
    assert said["ENTRYPOINT"] == '["jiankao-collector"]'
    assert said["CMD"] == '["serve", "--data", "/var/lib/jiankao"]'
