"""The checked-in generated code is what the schema generates."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

SCHEMAS = sorted((ROOT / "proto/jiankao_proto/v1").glob("*.proto"))


def generate(schema: Path, into: Path) -> None:
    """Generate one schema's code as CONTRIBUTING says; the service's stubs belong to transport."""
    stubs = [f"--grpc_python_out={into}"] if schema.stem == "transport" else []
    outputs = [f"--python_out={into}", f"--pyi_out={into}", *stubs]
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", *outputs, schema],
        check=True,
    )


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.stem)
def test_generated_code_is_fresh(schema: Path, tmp_path: Path) -> None:
    generate(schema, tmp_path)
    fresh = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.rglob(f"{schema.stem}_pb2*")}
    there = {
        p.name: p.read_text(encoding="utf-8") for p in schema.parent.glob(f"{schema.stem}_pb2*")
    }
    assert sorted(fresh) == sorted(there)
    for name, text in fresh.items():
        assert there[name] == text, f"{name} is stale; run 'make proto'"


def test_every_schema_is_looked_at() -> None:
    assert [s.stem for s in SCHEMAS] == ["envelope", "evidence", "telemetry", "transport"]
