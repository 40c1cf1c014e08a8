"""Keys under Windows's own protection, and one agent per folder."""

import sys
from pathlib import Path

import pytest

from jiankao_agent import dpapi
from jiankao_agent.config import StateFolder
from jiankao_agent.errors import ConfigurationError
from jiankao_agent.keystore import default_protection, load_keys, make_keys, save_keys
from jiankao_agent.state_lock import StateLock

assert sys.platform == "win32"


def test_keys_come_back_and_are_not_readable_on_the_disk(tmp_path: Path) -> None:
    state, keys = StateFolder(tmp_path), make_keys()
    save_keys(state, keys, default_protection())
    again = load_keys(state, default_protection())
    assert again.tls_pem == keys.tls_pem
    assert again.identity.public_key() == keys.identity.public_key()
    for path in (state.identity_key, state.tls_key):
        assert b"PRIVATE KEY" not in path.read_bytes()


@pytest.mark.parametrize("stored", [b"", b"-----BEGIN PRIVATE KEY-----", b"\0" * 300])
def test_a_key_of_another_computer_or_a_damaged_one_is_one_clear_line(
    tmp_path: Path, stored: bytes
) -> None:
    state = StateFolder(tmp_path)
    save_keys(state, make_keys(), default_protection())
    state.identity_key.write_bytes(stored)
    with pytest.raises(ConfigurationError, match=r"cannot be read here \(DPAPI.*enrol again"):
        load_keys(state, default_protection())


def test_what_is_protected_for_another_purpose_is_refused() -> None:
    protected = dpapi.protect(b"secret", b"one")
    assert dpapi.unprotect(protected, b"one") == b"secret"
    with pytest.raises(OSError, match=r"."):
        dpapi.unprotect(protected, b"another")


def test_a_second_agent_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with StateLock(lock), pytest.raises(ConfigurationError, match="another jiankao-agent"):
        StateLock(lock).__enter__()
    with StateLock(lock):
        pass
