"""Users, their passwords, and web sessions that outlive the collector."""

import re
import sqlite3
import stat
from pathlib import Path

import pytest

from jiankao_collector.console.access import WEB_SESSION_US, Access, Role
from jiankao_collector.console.passwords import first_run_password, password_fits
from jiankao_collector.errors import ConfigurationError

GOOD = "a long enough one"


def test_a_user_is_kept_with_an_argon2id_hash_and_no_password(
    access: Access, tmp_path: Path
) -> None:
    access.add_user("li.na", GOOD, "proctor")
    stored = access.stored_hash("li.na")
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert password_fits(stored, GOOD)
    assert not password_fits(stored, GOOD + "x")
    assert GOOD.encode() not in b"".join(p.read_bytes() for p in tmp_path.glob("users.sqlite*"))


def test_nobody_has_no_password_that_fits() -> None:
    assert not password_fits(None, GOOD)
    assert not password_fits("not a hash", GOOD)


def test_users_are_listed_by_name(access: Access) -> None:
    access.add_user("wang", GOOD, "chief")
    access.add_user("李娜", GOOD, "proctor")
    access.add_user("auditor", GOOD, "auditor")
    assert [(u.name, u.role) for u in access.list_users()] == [
        ("auditor", Role.AUDITOR),
        ("wang", Role.CHIEF),
        ("李娜", Role.PROCTOR),
    ]


@pytest.mark.parametrize(
    ("name", "password", "role", "says"),
    [
        ("", GOOD, "proctor", "1 to 64 letters"),
        ("a b", GOOD, "proctor", "1 to 64 letters"),
        ("x" * 65, GOOD, "proctor", "1 to 64 letters"),
        ("li.na", "short", "proctor", "choose one of 10 to 256"),
        ("li.na", "x" * 257, "proctor", "choose one of 10 to 256"),
        ("li.na", GOOD, "teacher", "not one of proctor, chief, auditor"),
        ("taken", GOOD, "proctor", "already there"),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_one_line(
    access: Access, name: str, password: str, role: str, says: str
) -> None:
    access.add_user("taken", GOOD, "proctor")
    with pytest.raises(ConfigurationError, match=re.escape(says)) as caught:
        access.add_user(name, password, role)
    assert "\n" not in str(caught.value)
    assert [u.name for u in access.list_users()] == ["taken"]


def test_a_new_password_ends_the_web_sessions(access: Access) -> None:
    access.add_user("li.na", GOOD, "proctor")
    token = access.start_web_session("li.na", 0)
    access.set_password("li.na", GOOD + " 2")
    assert access.user_of(token, 1) is None
    assert password_fits(access.stored_hash("li.na"), GOOD + " 2")


def test_a_password_of_nobody_is_refused(access: Access) -> None:
    with pytest.raises(ConfigurationError, match="user nobody: there is none"):
        access.set_password("nobody", GOOD)


def test_web_sessions_survive_a_restart_expire_and_end(access: Access, tmp_path: Path) -> None:
    access.add_user("li.na", GOOD, "proctor")
    token = access.start_web_session("li.na", 1000)
    again = Access(tmp_path / "users.sqlite")
    try:
        user = again.user_of(token, 1001)
        assert user is not None
        assert user.name == "li.na"
        assert again.user_of(token, 1000 + WEB_SESSION_US) is None
        assert again.user_of(token + "x", 1001) is None
        again.end_web_session(token)
        assert again.user_of(token, 1001) is None
    finally:
        again.close()


def test_the_file_gives_no_token_away_and_is_its_owners(access: Access, tmp_path: Path) -> None:
    access.add_user("li.na", GOOD, "proctor")
    token = access.start_web_session("li.na", 0)
    for path in tmp_path.glob("users.sqlite*"):
        assert token.encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be read as one" * 20, None]
)
def test_a_file_that_is_not_ours_is_left_untouched(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "access.sqlite"
    if content is None:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
        other.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="left untouched"):
        Access(path)
    assert path.read_bytes() == before


def test_first_run_passwords_are_readable_long_and_differ() -> None:
    made = {first_run_password() for _ in range(200)}
    assert len(made) == 200
    assert all(
        re.fullmatch(r"[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{5}", p)
        for p in made
    )
