"""Policies: made, signed, checked, put in force, changed; each step recorded, a refused one too."""

from hashlib import sha256
from pathlib import Path

import pytest

from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.envelope import POLICY_TYPE, key_id, open_envelope
from jiankao_proto.records import ExamSessionOpened, PolicyChanged, PolicyRefused, RecordBody
from tests.support.collector import problem_of
from tests.support.commands import Command
from tests.support.policies import FULL, NETWORK, TITLE

CHANGED = FULL.replace("version = 3", "version = 4")


def bodies(folder: DataFolder) -> list[RecordBody]:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        return [record.body for record in reader.records(2)]
    finally:
        reader.close()


def written(folder: Path, text: str, name: str = "policy.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def key(tmp_path: Path, command: Command) -> Path:
    """A private key."""
    path = tmp_path / "office.key"
    assert "[[policy_key]]" in command("policy", "keygen", path).out
    return path


def public_of(key: Path, command: Command, tmp_path: Path) -> str:
    """Register nothing; return the key's public half, as keygen prints it."""
    other = tmp_path / "again.key"
    said = command("policy", "keygen", other).out
    key.write_bytes(other.read_bytes())
    return said.partition('public_key = "')[2].partition('"')[0]


def test_a_key_signs_and_is_not_overwritten(tmp_path: Path, key: Path, command: Command) -> None:
    assert "nothing was overwritten" in command("policy", "keygen", key).failed()
    assert key.stat().st_mode & 0o077 == 0
    public = public_of(key, command, tmp_path)
    path = written(tmp_path, FULL)
    said = command("policy", "sign", path, "--key", key).out
    signed = tmp_path / "policy.toml.signed"
    assert open_envelope(signed.read_bytes(), POLICY_TYPE, bytes.fromhex(public)) == FULL.encode()
    digest = sha256(FULL.encode()).hexdigest()[:12]
    holds = f"version 3, 1 network, 1 program, 1 classroom, 2 accommodation, 3 forbidden, digest {digest}"
    assert said == f"{signed}: {holds}, signed by key {key_id(bytes.fromhex(public))}\n"
    assert command("policy", "check", path).out == f"{path}: {holds}, unsigned\n"
    assert "by whom was not checked" in command("policy", "check", signed).out
    assert (
        f"signed by key {key_id(bytes.fromhex(public))}"
        in command("policy", "check", signed, "--public-key", public).out
    )
    assert "does not hold" in command("policy", "check", signed, "--public-key", "aa" * 32).failed()
    assert "is not signed" in command("policy", "check", path, "--public-key", public).failed()
    assert "is signed already" in command("policy", "sign", signed, "--key", key).failed()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (NETWORK, "a signed policy needs version, title and author"),
        (TITLE + "[[deny]]\n", "line 5, column 1: unknown key 'deny'"),
    ],
)
def test_only_a_whole_policy_is_signed(
    tmp_path: Path, key: Path, command: Command, text: str, says: str
) -> None:
    assert says in command("policy", "sign", written(tmp_path, text), "--key", key).failed()
    assert not (tmp_path / "policy.toml.signed").exists()


def test_a_policy_is_signed_with_a_key_of_its_own_kind(tmp_path: Path, command: Command) -> None:
    path = written(tmp_path, FULL)
    assert "no private key" in command("policy", "sign", path, "--key", path).failed()
    assert "cannot be read" in command("policy", "sign", path, "--key", tmp_path / "x").failed()
    assert "cannot be read" in command("policy", "check", tmp_path / "x").failed()


def test_check_tells_every_mistake_in_both_languages(tmp_path: Path, command: Command) -> None:
    done = command("policy", "check", written(tmp_path, TITLE + "[[program]]\n[[deny]]\n"))
    lines = done.err.splitlines()
    assert [line.partition(", ")[2][:17] for line in lines[:-1]] == [
        "line 5, column 1:",
        "line 5, column 1:",
        "line 5, column 1:",
        "line 6, column 1:",
    ]
    assert all(" | " in line for line in lines)
    assert "4 mistake(s)" in lines[-1]


def test_an_exam_session_takes_a_signed_policy_and_changes_it(
    tmp_path: Path, folder: DataFolder, key: Path, command: Command
) -> None:
    public = public_of(key, command, tmp_path)
    with folder.settings.open("a", encoding="utf-8") as settings:
        settings.write(f'[[policy_key]]\nname = "office"\npublic_key = "{public}"\n')
    old, new = written(tmp_path, FULL), written(tmp_path, CHANGED, "new.toml")
    command("policy", "sign", old, "--key", key)
    command("policy", "sign", new, "--key", key)
    opening = ("exam-session", "open", "--room", "101", "--data", folder.root)
    assert "not signed" in command(*opening, "--policy", old).failed()
    done = command(*opening, "--policy", f"{old}.signed")
    assert "version 3, signed by key" in done.err
    (opened,) = (b for b in bodies(folder) if isinstance(b, ExamSessionOpened))
    assert opened.policy_toml == FULL.encode()
    assert opened.policy_envelope == Path(f"{old}.signed").read_bytes()
    assert (opened.policy_public_key.hex(), opened.policy_version) == (public, 3)

    changing = ("exam-session", "policy", "--data", folder.root)
    assert "needs --policy FILE" in command(*changing).failed()
    assert "the former policy stays in force" in command(*changing, "--policy", new).failed()
    (refused,) = (b for b in bodies(folder) if isinstance(b, PolicyRefused))
    assert "not signed" in refused.reason
    assert "version 4, signed" in command(*changing, "--policy", f"{new}.signed").out
    (changed,) = (b for b in bodies(folder) if isinstance(b, PolicyChanged))
    assert (changed.policy_version, changed.exam_session_id) == (4, opened.exam_session_id)
    assert "a version never goes back" in command(*changing, "--policy", f"{old}.signed").failed()
    assert problem_of(folder.root) is None
    command("exam-session", "close", "--data", folder.root)
    assert "a version never goes back" in command(*opening, "--policy", f"{old}.signed").failed()


def test_an_unsigned_policy_says_so(tmp_path: Path, folder: DataFolder, command: Command) -> None:
    done = command(
        "exam-session",
        "open",
        "--room",
        "101",
        "--policy",
        written(tmp_path, NETWORK),
        "--data",
        folder.root,
    )
    assert "no version, unsigned" in done.err
