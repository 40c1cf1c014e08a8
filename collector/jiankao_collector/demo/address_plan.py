"""The simulated exam network: who has which address.

Private and documentation ranges only (RFC 1918, RFC 5737).
"""

from jiankao_proto.observations import Endpoint

EXAM_SERVER = Endpoint("10.20.0.10", 443)
PRINT_SERVER = Endpoint("10.20.0.20", 9100)
UPDATE_SERVER = Endpoint("10.20.0.30", 8530)

STRANGER_ON_THE_LAN = "10.20.7.66"
TEACHER = "10.20.0.2"
EXPERTS_ROOM = "10.20.9.50"
PHONE_NETWORK = "100.72.14.9"
COPYING_MACHINE = "10.20.7.80"
RELAY = Endpoint("203.0.113.77", 443)
SOLVER = Endpoint("198.51.100.23", 8443)


def on_this_machine(address: str) -> str:
    """Return the loopback address that stands for one of the exam network, as the collector is to see it."""
    return "127." + address.partition(".")[2]


def seat_address(number: int) -> str:
    """Return the address of the seat with this number, 1..250."""
    return f"10.20.1.{number}"


def _allow(remote: Endpoint, program: str) -> str:
    return (
        f'[[allow]]\naddress = "{remote.address}"\nport = {remote.port}\n'
        f'direction = "outbound"\nprogram = "{program}"\n'
    )


POLICY_TOML = "\n".join(
    (
        _allow(EXAM_SERVER, "ExamBrowser.exe"),
        _allow(PRINT_SERVER, "spoolsv.exe"),
        _allow(UPDATE_SERVER, "svchost.exe"),
    )
)
"""The network policy of the simulated exam session: what honest seats do, and nothing else."""


def permitting(*entries: str) -> str:
    """Return the policy with more entries, such as permit something at a seat or in the room."""
    head = '[policy]\nversion = 1\ntitle = "simulated room"\nauthor = "jiankao"\n'
    return "\n".join((head, POLICY_TOML, *dict.fromkeys(entries)))
