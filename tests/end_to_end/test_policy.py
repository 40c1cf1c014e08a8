"""A signed policy on its way: opened, pushed to a real agent, named in its batches, changed, audited."""

import subprocess
from hashlib import sha256
from pathlib import Path

from jiankao_collector.commands.up import ROOM
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.batch import Batch
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.records import EnvelopeAdmitted
from tests.end_to_end.test_all_in_one import audit, up
from tests.support.exam_room import BIN, until
from tests.support.policies import FULL


def collector(*words: str | Path) -> str:
    done = subprocess.run(
        [BIN / "jiankao-collector", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def batches(data: Path) -> list[Batch]:
    reader = EvidenceLogReader(data / "evidence.sqlite")
    try:
        bodies = [record.body for record in reader.of_kinds(("envelope_admitted",))]
    finally:
        reader.close()
    return [
        read_batch(read_envelope(body.envelope)[1])
        for body in bodies
        if isinstance(body, EnvelopeAdmitted)
    ]


def digests(data: Path) -> list[bytes]:
    return [batch.header.policy_digest for batch in batches(data)]


def signed(folder: Path, version: int) -> tuple[Path, bytes]:
    """Write and sign a version of the policy; return the signed file and the digest of the text."""
    text = FULL.replace("version = 3", f"version = {version}")
    path = folder / f"{version}.toml"
    path.write_text(text, encoding="utf-8")
    collector("policy", "sign", path, "--key", folder / "office.key")
    return Path(f"{path}.signed"), sha256(text.encode()).digest()


def test_a_signed_policy_reaches_a_workstation_and_stands_in_its_batches(tmp_path: Path) -> None:
    data = tmp_path / "data"
    collector("init", "--data", data)
    said = collector("policy", "keygen", tmp_path / "office.key")
    with (data / "collector.toml").open("a", encoding="utf-8") as settings:
        settings.write(said.partition("\n\n")[2])
    first, first_digest = signed(tmp_path, 3)
    second, second_digest = signed(tmp_path, 4)
    collector("exam-session", "open", "--room", ROOM, "--policy", first, "--data", data)
    with up(data, ""):
        until("the policy in a batch", lambda: first_digest in digests(data))
        collector("exam-session", "policy", "--policy", second, "--data", data)
        until("the changed policy in a batch", lambda: digests(data)[-1] == second_digest)
    enrolment = (data / "this-workstation" / "enrolment.json").read_text(encoding="utf-8")
    assert '"policy_public_keys": [\n' in enrolment
    stages = [
        observation.fact.stage
        for batch in batches(data)
        for observation in batch.observations
        if isinstance(observation.fact, AgentLifecycle)
    ]
    assert LifecycleStage.POLICY_REFUSED not in stages
    assert stages.count(LifecycleStage.POLICY_APPLIED) >= 2
    audit("verify", data)
    audit("replay", data)
