"""Whose policies a room takes: the public keys in collector.toml.

[[policy_key]]
name = "Exam centre, technical office"
public_key = "…"          # 64 hexadecimal digits, as `policy keygen` prints them
rooms = ["101", "102"]    # without it: every room
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_proto.envelope import key_id

_FIELDS = {"name", "public_key", "rooms"}
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """A trusted key, 32 bytes of Ed25519. `rooms`: where it counts; empty: everywhere."""

    name: str
    public_key: bytes
    rooms: frozenset[str] = frozenset()

    @property
    def key_id(self) -> str:
        """What names the key in an envelope."""
        return key_id(self.public_key)

    def counts_in(self, room: str) -> bool:
        """Tell whether policies of a room may be signed with it."""
        return not self.rooms or room in self.rooms


def keys_of(keys: Iterable[PolicyKey], room: str) -> tuple[PolicyKey, ...]:
    """Return the keys that count in a room."""
    return tuple(key for key in keys if key.counts_in(room))


def read_policy_keys(folder: DataFolder) -> tuple[PolicyKey, ...]:
    """Read the trusted keys of a data folder. Raises ConfigurationError."""
    try:
        settings = tomllib.loads(folder.settings.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{folder.settings}: cannot be read: {error}") from error
    rows = settings.get("policy_key", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{folder.settings}: policy_key is written as [[policy_key]]")
    keys: dict[bytes, PolicyKey] = {}
    for number, row in enumerate(rows, 1):
        key = _key(row, f"{folder.settings}: policy_key {number}")
        if key.public_key in keys:
            raise ConfigurationError(
                f"{folder.settings}: policy_key {number}: the same key stands there already; give it all its rooms once"
            )
        keys[key.public_key] = key
    return tuple(keys.values())


def _key(row: dict[str, object], where: str) -> PolicyKey:
    unknown = sorted(set(row) - _FIELDS)
    if unknown:
        raise ConfigurationError(
            f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(_FIELDS))}"
        )
    name, text, rooms = row.get("name"), row.get("public_key"), row.get("rooms", [])
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(f"{where}: name is missing: say whose key it is")
    try:
        public_key = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        public_key = b""
    if len(public_key) != _KEY_BYTES:
        raise ConfigurationError(
            f"{where}: public_key must be 64 hexadecimal digits, as jiankao-collector policy keygen prints them"
        )
    if not isinstance(rooms, list) or not all(isinstance(room, str) and room for room in rooms):
        raise ConfigurationError(f'{where}: rooms must be a list of rooms: ["101", "102"]')
    return PolicyKey(name, public_key, frozenset(rooms))
