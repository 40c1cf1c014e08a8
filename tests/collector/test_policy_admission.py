"""Which policy a room takes: by whom it is signed, and that its version never goes back."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.policy_admission import Former, admit, former_policies, text_of
from jiankao_collector.policy_keys import PolicyKey, read_policy_keys
from jiankao_proto.envelope import BATCH_TYPE, POLICY_TYPE, seal
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.records import ExamSessionOpened, PolicyChanged, Record, RecordBody
from tests.support.policies import FULL, NETWORK, TITLE

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
TRUSTED = PolicyKey("office", KEY.public_key().public_bytes_raw())
IN_102 = PolicyKey("office", TRUSTED.public_key, frozenset({"102"}))
TEXT = FULL.encode()
SIGNED = seal(POLICY_TYPE, TEXT, KEY).data


def test_a_signed_policy_is_taken_with_its_very_bytes() -> None:
    taken = admit(SIGNED, "p", ["101"], (TRUSTED,), {})
    assert (taken.toml, taken.envelope, taken.public_key) == (TEXT, SIGNED, TRUSTED.public_key)
    assert (taken.version, taken.policy.title.version) == (3, 3)
    assert f"signed by key {TRUSTED.key_id}" in taken.said()


def test_an_unsigned_policy_is_taken_where_no_key_is_registered_and_says_so() -> None:
    assert admit(TEXT, "p", ["101"], (IN_102,), {}).said().endswith("version 3, unsigned")
    assert admit(NETWORK.encode(), "p", ["101"], (), {}).version == 0


@pytest.mark.parametrize(
    ("data", "keys", "former", "says"),
    [
        (TEXT, (TRUSTED,), {}, "not signed, and room 101 takes policies signed by office only"),
        (SIGNED, (), {}, "holds under no trusted key; trusted in collector.toml: none"),
        (seal(POLICY_TYPE, TEXT, OTHER).data, (TRUSTED,), {}, "holds under no trusted key"),
        (SIGNED.replace(b"osk.exe", b"abc.exe"), (TRUSTED,), {}, "holds under no trusted key"),
        (SIGNED, (IN_102,), {}, "whose key does not count in room 101"),
        (seal(POLICY_TYPE, b"deny = 1", KEY).data, (TRUSTED,), {}, "p, line 1, column 1: unknown"),
        (seal(BATCH_TYPE, TEXT, KEY).data, (TRUSTED,), {}, "p, line "),
        (SIGNED, (TRUSTED,), {"101": Former(4, b"")}, "version 3, and room 101 has had version 4"),
        (SIGNED, (TRUSTED,), {"101": Former(3, b"")}, "version 3 was in force in room 101 with"),
        (NETWORK.encode(), (), {"101": Former(1, b"")}, "a version never goes back"),
        (TEXT.replace(b'"veyon"', b'"epoptes"'), (), {}, "knows neither signer nor sure folder"),
    ],
)
def test_a_policy_that_is_not_taken_is_refused_in_one_line(
    data: bytes, keys: tuple[PolicyKey, ...], former: dict[str, Former], says: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        admit(data, "p", ["101"], keys, former)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_another_room_s_version_does_not_matter() -> None:
    assert admit(SIGNED, "p", ["101"], (TRUSTED,), {"102": Former(9, b"")}).version == 3


def test_the_newest_policy_of_each_room_is_remembered() -> None:
    session, other = ExamSessionId("e1"), ExamSessionId("e2")
    bodies: list[RecordBody] = [
        ExamSessionOpened(session, "n", ("101", "102"), TEXT, "by", policy_version=3),
        ExamSessionOpened(other, "n", ("102",), b"", "by"),
        PolicyChanged(session, b"x", "by", policy_version=4),
        PolicyChanged(other, b"y", "by", policy_version=2),
        PolicyChanged(ExamSessionId("unknown"), b"z", "by", policy_version=9),
    ]
    records = [Record(n, bytes(32), n, body) for n, body in enumerate(bodies)]
    newest = former_policies(records)
    assert {room: former.version for room, former in newest.items()} == {"101": 4, "102": 4}


def test_text_and_envelope_are_told_apart() -> None:
    assert text_of(TEXT) == (TEXT, b"")
    assert text_of(SIGNED) == (TEXT, SIGNED)
    assert text_of(b"\xff\x00") == (b"\xff\x00", b"")


def test_keys_are_read_from_the_collectors_settings(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert read_policy_keys(folder) == ()
    public = TRUSTED.public_key.hex()
    row = f'[[policy_key]]\nname = "office"\npublic_key = "{public}"\n'
    folder.settings.write_text(row, encoding="utf-8")
    assert read_policy_keys(folder) == (TRUSTED,)
    folder.settings.write_text(row + 'rooms = ["102"]\n', encoding="utf-8")
    assert read_policy_keys(folder) == (IN_102,)
    for wrong, says in (
        (row + row, "stands there already"),
        (row + "colour = 1", "unknown key 'colour'"),
        (row.replace("name =", "# "), "name is missing"),
        (row.replace(public, public[:-2]), "64 hexadecimal digits"),
        (row.replace(public, "x" * 64), "64 hexadecimal digits"),
        (row + "rooms = 101", "must be a list of rooms"),
        ("policy_key = 1", "written as [[policy_key]]"),
        ("policy_key = ", "cannot be read"),
        (TITLE, ""),
    ):
        folder.settings.write_text(wrong, encoding="utf-8")
        if not says:
            assert read_policy_keys(folder) == ()
            continue
        with pytest.raises(ConfigurationError) as raised:
            read_policy_keys(folder)
        assert says in str(raised.value)
