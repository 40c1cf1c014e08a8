"""What enrolment leaves in the state folder: put in its place, all of it or none, and read back.

Everything is written into a folder of its own first. Then the old files move into a dated sub-folder and
the new ones take their place, `enrolment.json` last: a crash in between leaves a folder that is not
enrolled, with the old identity whole in its sub-folder.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from jiankao_agent.config import Enrolment, StateFolder, load_enrolment, save_enrolment
from jiankao_agent.durable_files import make_folder, sync_folder, write_file
from jiankao_agent.errors import ConfigurationError
from jiankao_agent.keystore import Keys, check_private, default_protection, load_keys, save_keys

_NEW = ".new-identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this workstation is, and what proves it."""

    enrolment: Enrolment
    keys: Keys
    authority_pem: bytes
    certificate_pem: bytes


def load(state: StateFolder) -> Identity:
    """Read the identity. Raises ConfigurationError: none, damaged, or open to others."""
    enrolment = load_enrolment(state)
    keys = load_keys(state, default_protection())
    return Identity(enrolment, keys, _read_pem(state.authority), _read_pem(state.certificate))


def prepare(state: StateFolder, *, again: bool) -> None:
    """Make the state folder fit for an enrolment, before the collector is asked for anything.

    Raises ConfigurationError: enrolled already and not `again`, not writable, or open to others.
    """
    try:
        make_folder(state.path)
        check_private(state.path)
        if any(p.exists() for p in _files(state)) and not again:
            raise ConfigurationError(
                f"{state.path}: this computer is enrolled already; "
                "--again makes a new identity and keeps the old one aside"
            )
        _remove(state.path / _NEW)
        make_folder(state.path / _NEW)
        (state.path / _NEW).rmdir()
    except OSError as error:
        raise _cannot(state.path, error) from error


def store(state: StateFolder, identity: Identity) -> Path | None:
    """Store a new identity; return the folder in which the old one is kept, if there was one.

    Raises ConfigurationError; a failure before the exchange leaves everything as it was.
    """
    fresh = StateFolder(state.path / _NEW)
    try:
        try:
            make_folder(fresh.path)
            save_keys(fresh, identity.keys, default_protection())
            write_file(fresh.certificate, identity.certificate_pem)
            write_file(fresh.authority, identity.authority_pem)
            save_enrolment(fresh.enrolment, identity.enrolment)
        except OSError:
            _remove(fresh.path)
            raise
        aside = _put_aside(state, identity.enrolment.enrolled_at_us)
        for source, target in zip(_files(fresh), _files(state), strict=True):
            if source.exists():
                source.replace(target)
        sync_folder(state.path)
        _remove(fresh.path)
    except OSError as error:
        raise _cannot(state.path, error) from error
    return aside


def _put_aside(state: StateFolder, now_us: int) -> Path | None:
    present = [p for p in _files(state) if p.exists()]
    if not present:
        return None
    stamp = dt.datetime.fromtimestamp(now_us / 1e6, dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = state.path / f"previous-{stamp}"
    make_folder(aside)
    # The other way round: what says "enrolled" goes first.
    for path in reversed(present):
        path.replace(aside / path.name)
    sync_folder(aside)
    sync_folder(state.path)
    return aside


def _files(state: StateFolder) -> tuple[Path, ...]:
    """Return what makes up an identity, in the order in which it is put in place."""
    return (
        state.spool,
        state.identity_key,
        state.tls_key,
        state.certificate,
        state.authority,
        state.policy_keys,
        state.enrolment,
    )


def _read_pem(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: {error.strerror}; enrol again with a new ticket and --again"
        ) from error


def _remove(folder: Path) -> None:
    # Not at the top: only an enrolment removes anything, and it brings the compression libraries along.
    import shutil  # noqa: PLC0415 - see above

    if folder.exists():
        shutil.rmtree(folder)


def _cannot(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: cannot be written ({error.strerror or error}); "
        "run as root, or name another folder with --state"
    )
