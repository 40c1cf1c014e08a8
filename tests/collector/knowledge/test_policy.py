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
            "p.toml: not valid TOML: Expected ']]' at the end of an array declaration (at line 1, column 8)",
        ),
        ("\ndeny = 1\n", "p.toml, line 2: unknown key 'deny'; a policy has [[allow]] entries only"),
        ("allow = 3", "p.toml, line 1: allow must be written as [[allow]]"),
        (
            ENTRY + "\n" + ENTRY + 'comment = "x"',
            "p.toml, line 12: comment: unknown key; an entry has address, port, direction, program",
        ),
        (
            '[[allow]]\naddress = "10.0.0.5"',
            "p.toml, line 1: port: missing; an address alone allows nothing",
        ),
        (
            "[[allow]]\nport = 443",
            "p.toml, line 1: address: missing; an entry says with whom, by address or by name",
        ),
        (
            ENTRY + 'name = "exam.example"',
            "p.toml, line 6: name: an entry has an address or a name, not both; write two entries",
        ),
        (
            NAMED.replace("exam.example", "10.0.0.5"),
            "p.toml, line 2: name: '10.0.0.5' is no full name of a host",
        ),
        (
            NAMED.replace("exam.example", "*.example"),
            "p.toml, line 2: name: '*.example' is no full name of a host",
        ),
        (
            '[[allow]]\nname = "exam.example"',
            "p.toml, line 1: port: missing; a name alone allows nothing",
        ),
        (
            ENTRY + ENTRY.replace("10.0.0.5", "exam.example"),
            "p.toml, line 7: address: 'exam.example' does not appear to be an IPv4 or IPv6 network",
        ),
        (
            ENTRY.replace("10.0.0.5", "10.0.0.5/24"),
            "p.toml, line 2: address: 10.0.0.5/24 has host bits set",
        ),
        (ENTRY.replace("443", '"443"'), "p.toml, line 3: port: '443' is no port from 1 to 65535"),
        (ENTRY.replace("443", "true"), "p.toml, line 3: port: True is no port from 1 to 65535"),
        (
            ENTRY.replace("outbound", "both"),
            'p.toml, line 4: direction: \'both\' is neither "inbound" nor "outbound"',
        ),
        (
            ENTRY.replace("exam.exe", "C:/exam.exe"),
            "p.toml, line 5: program: 'C:/exam.exe' is no file name; name the program alone, or \"*\" for any",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_file_line_and_key(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(text, "p.toml")
    assert str(raised.value) == message
