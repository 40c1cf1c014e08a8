"""Secrets in command lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_proto.masking import MAX_LENGTH, mask_command_line

SECRET = "Zq9-geheim"


@pytest.mark.parametrize(
    ("arguments", "masked"),
    [
        (("x11vnc", "-passwd", SECRET, "-forever"), "x11vnc -passwd *** -forever"),
        (("x11vnc", "-rfbauth", "/root/.vnc/passwd"), "x11vnc -rfbauth /root/.vnc/passwd"),
        (("x11vnc", "-usepw", "-display", ":0"), "x11vnc -usepw -display :0"),
        (("x11vnc", "-passwdfile", "/etc/vnc.pw"), "x11vnc -passwdfile /etc/vnc.pw"),
        (("tool", f"--password={SECRET}", "x"), "tool --password=*** x"),
        (("tool", "--api-key", SECRET), "tool --api-key ***"),
        (("env", f"VNC_PASSWORD={SECRET}", "tool"), "env VNC_PASSWORD=*** tool"),
        (("tool", "-p", SECRET), "tool -p ***"),
        (
            ("ssh", "-p", "2222", "-R", "5900:localhost:5900", "u@h"),
            "ssh -p 2222 -R 5900:localhost:5900 u@h",
        ),
        (("/usr/bin/mysql", f"-p{SECRET}", "-u", "root"), "/usr/bin/mysql -p*** -u root"),
        ((r"C:\Tools\MySQL.exe", f"-p{SECRET}"), r"C:\Tools\MySQL.exe -p***"),
        (("xfreerdp", "/u:me", f"/p:{SECRET}", "/v:host"), "xfreerdp /u:me /p:*** /v:host"),
        (("curl", "-u", f"me:{SECRET}", "http://h/"), "curl -u *** http://h/"),
        (("curl", f"https://me:{SECRET}@h/a"), "curl https://***@h/a"),
        (("curl", f"https://h/a?q=1&token={SECRET}#x"), "curl https://h/a?q=1&token=***#x"),
        (("curl", "-H", f"Authorization: Bearer {SECRET}"), "curl -H Authorization: *** ***"),
        (
            ("sh", "-c", f"exec x11vnc -passwd '{SECRET} b' -display :0"),
            "sh -c exec x11vnc -passwd *** -display :0",
        ),
        (("sh", "-c", f"tool --password='{SECRET} b' -x"), "sh -c tool --password=*** -x"),
        (("tool", "0123456789abcdef0123456789ABCDEF"), "tool ***"),
        (("tool", "dGhpcyBpcyBhIHNlY3JldCB2YWx1ZQ=="), "tool ***"),
        (("chrome", "--disable-background-timer-throttling-for-tests"), None),
        (
            ("/usr/lib/x86_64-linux-gnu/some/long/path/to/a/program-with-a-name", "--port=5900"),
            None,
        ),
        ((), ""),
        (("a\x1b[31m\nb",), "a [31m b"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(
    arguments: tuple[str, ...], masked: str | None
) -> None:
    assert mask_command_line(arguments) == (" ".join(arguments) if masked is None else masked)


SECRETS = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="\"'@/:;&#?"),
    min_size=8,
    max_size=40,
).map(lambda text: "Zq" + text)


@given(
    SECRETS,
    st.sampled_from(
        [
            ("-passwd", "{}"),
            ("--password={}",),
            ("--token", "{}"),
            ("-p", "{}"),
            ("DB_PASSWORD={}",),
            ("https://user:{}@host/path",),
            ("sh", "-c", "vnc -passwd '{}' -forever"),
            ("sh", "-c", 'vnc --password="{} more" -forever'),
        ]
    ),
)
def test_no_secret_survives(secret: str, shape: tuple[str, ...]) -> None:
    line = mask_command_line(("tool", *(part.replace("{}", secret) for part in shape), "-last"))
    assert secret not in line
    assert line.endswith(("-last", "***"))


@given(st.lists(st.text(max_size=80), max_size=12))
def test_any_command_line_becomes_one_short_printable_line(arguments: list[str]) -> None:
    line = mask_command_line(arguments)
    assert len(line) <= MAX_LENGTH
    assert "\n" not in line
    assert "\0" not in line
    line.encode("utf-8")


def test_a_long_command_line_is_cut() -> None:
    line = mask_command_line(("tool", *["word"] * 1000))
    assert len(line) == MAX_LENGTH
    assert line.endswith("…")
