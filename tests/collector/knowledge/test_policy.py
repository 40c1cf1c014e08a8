"""The policy: what it allows, and what is refused with its line."""

import pytest

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.policy import Policy, parse
from jiankao_proto.observations import ConnectionOpened, Direction, Transport
from tests.support.judged import at, ref

ENTRY = (
    '[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "exam.exe"\n'
)
NAMED = ENTRY.replace('address = "10.0.0.5"', 'name = "exam.example"')


def out(
    remote: str,
    program: str = "exam.exe",
    direction: Direction = Direction.OUTBOUND,
    name: str = "",
) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, at("10.1.0.9:50001"), at(remote), direction, ref(program), remote_name=name
    )


@pytest.mark.parametrize(
    ("policy", "connection", "allowed"),
    [
        (ENTRY, out("10.0.0.5:443"), True),
        (ENTRY, out("10.0.0.5:443", "EXAM.exe"), True),
        (ENTRY, out("[::ffff:10.0.0.5]:443"), True),
        (ENTRY, out("10.0.0.5:443", direction=Direction.UNSPECIFIED), True),
        (ENTRY, out("10.0.0.5:80"), False),
        (ENTRY, out("10.0.0.6:443"), False),
        (ENTRY, out("10.0.0.5:443", "chrome.exe"), False),
        (ENTRY, out("10.0.0.5:443", direction=Direction.INBOUND), False),
        (ENTRY, out("nonsense:443"), False),
        (NAMED, out("203.0.113.9:443", name="Exam.Example."), True),
        (NAMED, out("203.0.113.9:443", name="www.exam.example"), False),
        (NAMED, out("203.0.113.9:443"), False),
        (NAMED, out("203.0.113.9:80", name="exam.example"), False),
        (ENTRY, out("203.0.113.9:443", name="10.0.0.5"), False),
        (ENTRY.replace("10.0.0.5", "10.0.0.0/24"), out("10.0.0.77:443"), True),
        (ENTRY.replace("10.0.0.5", "fe80::/10"), out("[fe80::1%eth0]:443"), True),
        (ENTRY.replace("exam.exe", "*"), out("10.0.0.5:443", "dns"), True),
        (
            ENTRY.replace("443", "50001").replace("outbound", "inbound"),
            out("10.0.0.5:9", direction=Direction.INBOUND),
            True,
        ),
    ],
)
def test_an_entry_allows_what_fits_it_in_every_part(
    policy: str, connection: ConnectionOpened, allowed: bool
) -> None:
    assert parse(policy).allows(connection) is allowed


def test_an_empty_policy_allows_nothing() -> None:
    assert parse("") == Policy(())
    assert not parse("").allows(out("10.0.0.5:443"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[[allow]",
            "line 1, column 8: not valid TOML: Expected ']]' at the end of an array declaration (at line 1, column 8)",
        ),
        (
            "\ndeny = 1\n",
            (
                "line 2, column 1: unknown key 'deny'; a policy has: policy, allow, program, classroom, accommodation, "
                "forbidden"
            ),
        ),
        ("allow = 3", "line 1, column 1: allow: must be written as [[allow]]"),
        (
            ENTRY + "\n" + ENTRY + '  comment = "x"',
            "line 12, column 3: allow 2, comment: no such field; known: address, direction, name, port, program",
        ),
        (
            '[[allow]]\naddress = "10.0.0.5"\nport = 1\ndirection = "inbound"',
            "line 1, column 1: allow 1, program: missing; an address alone allows nothing",
        ),
        (
            ENTRY.replace('address = "10.0.0.5"\n', ""),
            (
                "line 1, column 1: allow 1, address: an entry has an address or a name, and only one of them; for both "
                "write two entries"
            ),
        ),
        (
            ENTRY + 'name = "exam.example"',
            (
                "line 6, column 1: allow 1, name: an entry has an address or a name, and only one of them; for both "
                "write two entries"
            ),
        ),
        (
            NAMED.replace("exam.example", "10.0.0.5"),
            "line 2, column 8: allow 1, name: '10.0.0.5' is no full name of a host",
        ),
        (
            NAMED.replace("exam.example", "*.example"),
            "line 2, column 8: allow 1, name: '*.example' is no full name of a host",
        ),
        (
            ENTRY + ENTRY.replace("10.0.0.5", "exam.example"),
            "line 7, column 1: allow 2, address: 'exam.example' does not appear to be an IPv4 or IPv6 network",
        ),
        (
            ENTRY.replace("10.0.0.5", "10.0.0.5/24"),
            "line 2, column 1: allow 1, address: 10.0.0.5/24 has host bits set",
        ),
        (
            ENTRY.replace("443", '"443"'),
            "line 3, column 1: allow 1, port: '443' is no port from 1 to 65535",
        ),
        (
            ENTRY.replace("443", "true"),
            "line 3, column 1: allow 1, port: True is no port from 1 to 65535",
        ),
        (
            ENTRY.replace("outbound", "both"),
            "line 4, column 1: allow 1, direction: 'both' is none of: inbound, outbound",
        ),
        (
            ENTRY.replace("exam.exe", "C:/exam.exe"),
            (
                "line 5, column 1: allow 1, program: 'C:/exam.exe' is no file name; name the program alone, or "
                '"*" for any'
            ),
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_file_line_column_and_key(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(text, "p.toml")
    assert str(raised.value) == f"p.toml, {message}"
