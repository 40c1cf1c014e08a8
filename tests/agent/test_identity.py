"""Keys, the enrolment file and the folder they lie in."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from jiankao_agent import identity
from jiankao_agent.config import (
    Address,
    Enrolment,
    StateFolder,
    load_enrolment,
    pin_policy_keys,
    save_enrolment,
)
from jiankao_agent.durable_files import make_folder
from jiankao_agent.errors import ConfigurationError
from jiankao_agent.keystore import FilePermissions, load_keys, make_keys, save_keys
from jiankao_agent.state_lock import StateLock
from jiankao_proto.ids import WorkstationId

ENROLMENT = Enrolment(
    WorkstationId("w-1"), Address("::1", 7443), bytes(32), b"g" * 32, "101考场", "7", 123
)


def new_identity() -> identity.Identity:
    return identity.Identity(ENROLMENT, make_keys(), b"authority", b"certificate")


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "state")
    make_folder(folder.path)
    return folder


def test_keys_come_back_as_they_were_and_only_for_their_owner(state: StateFolder) -> None:
    keys = make_keys()
    save_keys(state, keys, FilePermissions())
    again = load_keys(state, FilePermissions())
    assert again.identity.private_bytes_raw() == keys.identity.private_bytes_raw()
    assert again.tls_pem == keys.tls_pem
    for path in (state.identity_key, state.tls_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(p.name for p in state.path.iterdir()) == ["identity.key", "tls.key"]


def test_keys_stay_out_of_every_representation() -> None:
    shown = repr(new_identity())
    assert "PRIVATE" not in shown
    assert "key=<" not in shown
    assert "Keys()" in shown


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(state: StateFolder, mode: int) -> None:
    save_keys(state, make_keys(), FilePermissions())
    state.identity_key.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"others can get at it.*chmod 600"):
        load_keys(state, FilePermissions())


def test_a_folder_that_others_can_enter_is_refused(state: StateFolder) -> None:
    save_keys(state, make_keys(), FilePermissions())
    state.path.chmod(0o750)
    with pytest.raises(ConfigurationError, match=r"others can get at it.*chmod 700"):
        load_keys(state, FilePermissions())
    with pytest.raises(ConfigurationError, match="others can get at it"):
        identity.prepare(state, again=True)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nx\n", b"\xff" * 40])
def test_a_broken_key_is_refused_without_quoting_it(state: StateFolder, content: bytes) -> None:
    save_keys(state, make_keys(), FilePermissions())
    state.tls_key.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"tls.key: not a usable private key; enrol again"):
        load_keys(state, FilePermissions())


def test_keys_in_each_others_place_are_refused(state: StateFolder) -> None:
    save_keys(state, make_keys(), FilePermissions())
    state.identity_key.write_bytes(state.tls_key.read_bytes())
    with pytest.raises(ConfigurationError, match="not an Ed25519 key"):
        load_keys(state, FilePermissions())


def test_an_enrolment_comes_back_as_it_was(state: StateFolder) -> None:
    save_enrolment(state.enrolment, ENROLMENT)
    assert load_enrolment(state) == ENROLMENT
    assert str(ENROLMENT.telemetry) == "[::1]:7443"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format", 2, "format 2, this version reads 1"),
        ("workstation_id", "../etc", "not a valid identifier"),
        ("chain_genesis", "00", "genesis is not 32 bytes"),
        ("chain_genesis", "xyz", "hex"),
        ("telemetry", {"host": "h", "port": 0}, "address is not one"),
        ("telemetry", {"host": "h"}, "'port' is missing"),
        ("telemetry", None, "damaged"),
    ],
)
def test_a_damaged_enrolment_is_one_clear_line(
    state: StateFolder, field: str, value: object, said: str
) -> None:
    save_enrolment(state.enrolment, ENROLMENT)
    content = json.loads(state.enrolment.read_text(encoding="utf-8"))
    state.enrolment.write_text(json.dumps({**content, field: value}), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_enrolment(state)
    assert said in str(caught.value)
    assert "enrol again with a new ticket and --again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_an_enrolment_says_what_to_do(state: StateFolder) -> None:
    with pytest.raises(ConfigurationError, match="not enrolled; run jiankao-agent enrol first"):
        identity.load(state)


def test_an_identity_is_stored_whole(state: StateFolder) -> None:
    made = new_identity()
    identity.prepare(state, again=False)
    assert list(state.path.iterdir()) == []
    assert identity.store(state, made) is None
    assert identity.load(state).enrolment == ENROLMENT
    assert {p.name for p in state.path.iterdir()} == {
        "identity.key",
        "tls.key",
        "certificate.pem",
        "ca.pem",
        "enrolment.json",
    }


def test_a_second_identity_needs_again_and_keeps_the_first_aside(state: StateFolder) -> None:
    first, second = new_identity(), new_identity()
    identity.store(state, first)
    make_folder(state.spool)
    (state.spool / "batch").write_bytes(b"not delivered yet")
    with pytest.raises(ConfigurationError, match="enrolled already; --again"):
        identity.prepare(state, again=False)
    identity.prepare(state, again=True)
    aside = identity.store(state, second)
    assert aside is not None
    assert aside.parent == state.path
    assert identity.load(state).keys.tls_pem == second.keys.tls_pem
    assert identity.load(StateFolder(aside)).keys.tls_pem == first.keys.tls_pem
    assert (aside / "spool" / "batch").read_bytes() == b"not delivered yet"
    assert not state.spool.exists()


def test_what_a_crash_left_of_an_enrolment_is_cleared_away(state: StateFolder) -> None:
    left = state.path / ".new-identity"
    make_folder(left)
    (left / "identity.key").write_bytes(b"half")
    identity.prepare(state, again=False)
    identity.store(state, new_identity())
    assert not left.exists()
    assert identity.load(state).enrolment == ENROLMENT


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match=r"cannot be written.*--state"):
        identity.prepare(StateFolder(tmp_path / "file" / "state"), again=False)


def test_the_lock_is_for_one_and_free_again_afterwards(state: StateFolder) -> None:
    with StateLock(state.lock):  # noqa: SIM117 - the inner one is what fails
        with pytest.raises(ConfigurationError, match="another jiankao-agent uses this folder"):
            StateLock(state.lock).__enter__()
    with StateLock(state.lock):
        pass


def test_keys_that_are_pinned_later_count_unless_the_enrolment_names_some(
    state: StateFolder,
) -> None:
    save_enrolment(state.enrolment, ENROLMENT)
    pin_policy_keys(state, (b"k" * 32, b"l" * 32))
    assert load_enrolment(state).policy_public_keys == (b"k" * 32, b"l" * 32)
    assert stat.S_IMODE(state.policy_keys.stat().st_mode) == 0o600
    save_enrolment(state.enrolment, replace(ENROLMENT, policy_public_keys=(b"e" * 32,)))
    assert load_enrolment(state).policy_public_keys == (b"e" * 32,)


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "null"),
        '{"format": 1}',
        '{"format": 1, "policy_public_keys": []}',
        '{"format": 1, "policy_public_keys": ["00"]}',
        '{"format": 1, "policy_public_keys": [7]}',
        f'{{"format": 2, "policy_public_keys": ["{"00" * 32}"]}}',
    ],
)
def test_damaged_pinned_keys_are_one_clear_line_and_never_no_keys(
    state: StateFolder, content: str
) -> None:
    save_enrolment(state.enrolment, ENROLMENT)
    state.policy_keys.write_text(content)
    with pytest.raises(ConfigurationError, match=r"policy-keys\.json: damaged .*; enrol again"):
        load_enrolment(state)


def test_a_new_enrolment_puts_pinned_keys_aside_with_the_rest(state: StateFolder) -> None:
    identity.store(state, new_identity())
    pin_policy_keys(state, (b"k" * 32,))
    aside = identity.store(state, new_identity())
    assert aside is not None
    assert (aside / state.policy_keys.name).exists()
    assert load_enrolment(state).policy_public_keys == ()
