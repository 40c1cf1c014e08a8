"""Whose policies a room takes: the public keys in collector.toml.

[[policy_key]]
name = "Exam centre, technical office"
public_key = "…"          # 64 hexadecimal digits, as `policy keygen` prints them
rooms = ["101", "102"]    # without it: every room
"""

import tomllib
from collections.abc import Container, Iterable
from dataclasses import dataclass

from jiankao_collector.config import DataFolder, unreadable, wrong
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
        raise unreadable(folder, error) from error
    rows = settings.get("policy_key", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise wrong(
            folder, "policy_key 须写成 [[policy_key]]", "policy_key is written as [[policy_key]]"
        )
    keys: dict[bytes, PolicyKey] = {}
    for number, row in enumerate(rows, 1):
        try:
            key = _key(row, keys)
        except _Wrong as what:
            where = f"policy_key {number}: "
            raise wrong(folder, where + what.zh, where + what.en) from None
        keys[key.public_key] = key
    return tuple(keys.values())


class _Wrong(Exception):  # noqa: N818 - says what, in both languages; where is said by who knows
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def _key(row: dict[str, object], before: Container[bytes]) -> PolicyKey:
    unknown = sorted(set(row) - _FIELDS)
    if unknown:
        known = ", ".join(sorted(_FIELDS))
        raise _Wrong(
            f"未知的键 {unknown[0]!r}；可用的有：{known}",
            f"unknown key {unknown[0]!r}; known: {known}",
        )
    name, text, rooms = row.get("name"), row.get("public_key"), row.get("rooms", [])
    if not isinstance(name, str) or not name.strip():
        raise _Wrong("缺少 name：请写明是谁的公钥", "name is missing: say whose key it is")
    try:
        public_key = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        public_key = b""
    if len(public_key) != _KEY_BYTES:
        raise _Wrong(
            "public_key 须是 64 位十六进制数，即 jiankao-collector policy keygen 打印的内容",
            "public_key must be 64 hexadecimal digits, as jiankao-collector policy keygen prints them",
        )
    if public_key in before:
        raise _Wrong(
            "该公钥前面已写过；请只写一次，把它的考场都列在一起",
            "the same key stands there already; give it all its rooms once",
        )
    if not isinstance(rooms, list) or not all(isinstance(room, str) and room for room in rooms):
        raise _Wrong(
            'rooms 须是考场列表：["101", "102"]', 'rooms must be a list of rooms: ["101", "102"]'
        )
    return PolicyKey(name, public_key, frozenset(rooms))
