"""Names of far ends out of the resolver's memory: found, bounded, and asked for seldom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.resolver_answers import AAAA, A, address_of, clean_name
from jiankao_agent.sensors.windows.remote_names import (
    ASK_AGAIN_US,
    LOOK_EVERY_US,
    MOST_ASKED,
    RemoteNames,
)
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Endpoint,
    ProcessRef,
    Transport,
)

RELAY = "203.0.113.9"


def to(address: str, direction: Direction = Direction.OUTBOUND) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, Endpoint("10.0.0.9", 5000), Endpoint(address, 443), direction, ProcessRef()
    )


class Resolver:
    """What it remembers, and how often it was asked."""

    def __init__(self, memory: dict[str, list[str]]) -> None:
        self.memory = memory
        self.listed, self.asked = 0, 0

    def names(self) -> list[tuple[str, int]]:
        self.listed += 1
        return [(name, A) for name in self.memory]

    def addresses(self, name: str, _kind: int) -> list[str]:
        self.asked += 1
        return self.memory[name]

    def follow(self) -> RemoteNames:
        return RemoteNames(self.names, self.addresses)


def test_a_far_end_has_the_name_it_was_looked_up_by() -> None:
    resolver = Resolver({"relay.example": [RELAY, "203.0.113.10"]})
    names = resolver.follow()
    assert names.named(to(RELAY), 0).remote_name == "relay.example"
    assert names.named(to("203.0.113.10"), 0).remote_name == "relay.example"
    assert names.named(to(f"::ffff:{RELAY}"), 0).remote_name == "relay.example"
    assert names.named(to("198.51.100.1"), 0) == to("198.51.100.1")
    assert (resolver.listed, resolver.asked) == (1, 1)


@pytest.mark.parametrize(
    "fact",
    [to(RELAY, Direction.INBOUND), to("127.0.0.1"), to("::1"), to("fe80::1%4"), to(""), to("x")],
)
def test_nobody_is_asked_about_these(fact: ConnectionOpened) -> None:
    resolver = Resolver({})
    assert resolver.follow().named(fact, 0) == fact
    assert resolver.asked == 0


def test_the_resolver_is_asked_seldom_and_again_after_a_while() -> None:
    resolver = Resolver({"a.example": ["198.51.100.7"]})
    names = resolver.follow()
    names.named(to(RELAY), 0)
    names.named(to(RELAY), LOOK_EVERY_US - 1)
    assert (resolver.listed, resolver.asked) == (1, 1)
    resolver.memory["relay.example"] = [RELAY]
    assert names.named(to(RELAY), LOOK_EVERY_US).remote_name == "relay.example"
    assert (resolver.listed, resolver.asked) == (2, 2)
    resolver.memory["a.example"] = ["198.51.100.8"]
    again = names.named(to("198.51.100.8"), ASK_AGAIN_US)
    assert again.remote_name == "a.example"


def test_a_large_memory_is_read_by_and_by() -> None:
    resolver = Resolver({f"n{i}.example": [f"198.51.{i // 250}.{i % 250}"] for i in range(200)})
    names = resolver.follow()
    looks = 0
    while not names.named(to("198.51.0.199"), looks * LOOK_EVERY_US).remote_name:
        looks += 1
        assert resolver.asked <= looks * MOST_ASKED
    assert looks == 199 // MOST_ASKED


@given(st.integers(0, 2**16), st.binary(max_size=20))
def test_records_of_garbage_are_an_address_or_nothing(kind: int, data: bytes) -> None:
    address = address_of(kind, data)
    assert address == "" or kind in {A, AAAA}


def test_addresses_in_records() -> None:
    assert address_of(A, bytes([203, 0, 113, 9])) == RELAY
    assert address_of(AAAA, bytes(15) + b"\1") == "::1"
    assert address_of(A, b"\1\2\3") == ""


@given(st.text(max_size=300))
def test_names_of_garbage_are_bounded(text: str) -> None:
    name = clean_name(text)
    assert len(name) <= 300
    assert name.isprintable()


@pytest.mark.parametrize(
    ("told", "name"),
    [("Relay.Example.", "relay.example"), ("", ""), ("a b", ""), ("a\n", ""), ("x" * 256, "")],
)
def test_names_are_written_one_way(told: str, name: str) -> None:
    assert clean_name(told) == name
