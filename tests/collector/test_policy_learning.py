"""A rehearsal read from the evidence log becomes a policy that holds, allows it, and says what it left open."""

from collections.abc import Iterable

from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.permission import check_with
from jiankao_collector.knowledge.policy import Policy
from jiankao_collector.policy_learning import Learned, learn
from jiankao_collector.policy_proposal import proposal
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InjectionMethod,
    Process,
    ProcessRef,
    ProcessStarted,
    Transport,
    WindowFinding,
    WindowFindingKind,
)
from tests.support.judged import EXAM, JudgedLog, at

BROWSER = Process(
    1,
    1,
    "ExamBrowser.exe",
    "C:\\ExamBrowser.exe",
    signer="Exam Centre",
    original_name="ExamBrowser.exe",
)
VEYON = Process(
    2, 1, "veyon-server.exe", "C:\\Program Files\\Veyon\\veyon-server.exe", signer="Tobias Junghans"
)
ONBOARD = Process(
    3,
    1,
    "python3.11",
    "/usr/bin/python3.11",
    command_line_masked="/usr/bin/python3 /usr/bin/onboard",
    executable_sha256=b"s" * 32,
)
PANE = Process(4, 1, "pane", "/opt/pane")
GHOST = Process(5, 1, "ghost.exe", "C:\\ghost.exe")
SHELL = Process(6, 1, "bash", "/usr/bin/bash")


def ref(process: Process) -> ProcessRef:
    return ProcessRef(process.pid, process.name, process.executable)


def out(process: Process, remote: str, port: int = 443, name: str = "") -> ConnectionOpened:
    return ConnectionOpened(
        *(Transport.TCP, at("10.1.0.9:50001"), at(f"{remote}:{port}")),
        *(Direction.OUTBOUND, ref(process)),
        remote_name=name,
    )


def inbound(process: Process, remote: str) -> ConnectionOpened:
    return ConnectionOpened(
        *(Transport.TCP, at("10.1.0.9:11100"), at(f"{remote}:40000")),
        *(Direction.INBOUND, ref(process)),
    )


def rehearsed(*facts: Fact, seats: Iterable[str] = ("1",)) -> Learned:
    log = JudgedLog()
    there = [log.seat(name) for name in seats]
    log.opens(0)
    for seat in there:
        seat.connects(1)
        seat.sends(2, *facts)
    log.closes(5)
    for seat in there:
        seat.sends(6, out(GHOST, "203.0.113.9"))
    return learn(log.records, EXAM.value)


def policy_from(learned: Learned) -> tuple[Policy, str]:
    text = proposal(learned, EXAM.value, 4, load())
    policy, mistakes = check_with(load(), text)
    assert policy is not None, [(m.line, m.en) for m in mistakes] + [text]
    return policy, text


def test_connections_become_entries_by_name_or_address() -> None:
    facts = (
        ProcessStarted(BROWSER),
        out(BROWSER, "10.20.0.10"),
        out(BROWSER, "10.20.0.11", 8443, "exam.example.gov.cn"),
        inbound(VEYON, "10.20.0.2"),
        out(BROWSER, "127.0.0.1"),
        out(Process(0, 0, ""), "10.20.0.77"),
    )
    learned = rehearsed(*facts, seats=("1", "2"))
    policy, text = policy_from(learned)
    assert policy.title.version == 4
    assert len(policy.entries) == 3
    assert all(policy.allows(fact) for fact in facts[1:4] if isinstance(fact, ConnectionOpened))
    assert not policy.allows(out(GHOST, "203.0.113.9"))
    assert "2 seat(s)" in text
    assert "direction or program not known: ? outbound 443" in text
    assert policy.programs == ()


def test_many_far_ends_are_left_to_a_person() -> None:
    policy, text = policy_from(rehearsed(*(out(BROWSER, f"10.20.0.{n}") for n in range(1, 9))))
    assert policy.entries == ()
    assert "8 far ends, name a network: ExamBrowser.exe outbound 443" in text


def test_programs_that_did_something_are_named_by_signer_digest_or_path() -> None:
    learned = rehearsed(
        *(ProcessStarted(p) for p in (BROWSER, VEYON, ONBOARD, PANE, GHOST, SHELL)),
        WindowFinding(WindowFindingKind.SCREEN_READ, ref(BROWSER)),
        InjectedInput(InjectionMethod.INJECTION_REQUEST, requests=2, process=ref(BROWSER)),
        WindowFinding(WindowFindingKind.OVERLAY, ref(PANE)),
        WindowFinding(WindowFindingKind.OVERLAY, ref(GHOST)),
        WindowFinding(WindowFindingKind.OVERLAY, ref(ONBOARD)),
        inbound(VEYON, "10.20.0.2"),
    )
    policy, text = policy_from(learned)
    browser, pane = policy.programs
    assert (browser.identity.signer, browser.identity.name) == ("Exam Centre", "exambrowser.exe")
    assert {m.value for m in browser.may} == {"input", "read_screen"}
    assert (pane.identity.path, pane.identity.name) == ("/opt/pane", "pane")
    (room,) = policy.classroom
    assert room.identity is not None
    assert room.identity.signer == "Tobias Junghans"
    assert [str(host.network) for host in room.hosts] == ["10.20.0.2/32"]
    assert "# [[accommodation]]" in text
    assert f'# sha256 = "{(b"s" * 32).hex()}"\n# name = "onboard"\n# seats = ["101/1"]' in text
    assert "ghost.exe：1 个座位" in text
    assert "it cannot be allowed" in text
    assert "#   bash" in text


def test_one_program_in_two_files_is_one_entry() -> None:
    other = Process(
        9,
        1,
        "ExamBrowser.exe",
        "D:\\ExamBrowser.exe",
        signer="Exam Centre",
        original_name="ExamBrowser.exe",
    )
    learned = rehearsed(
        ProcessStarted(BROWSER),
        ProcessStarted(other),
        WindowFinding(WindowFindingKind.OVERLAY, ref(BROWSER)),
        WindowFinding(WindowFindingKind.SCREEN_READ, ref(other)),
    )
    policy, _ = policy_from(learned)
    assert len(policy.programs) == 1


def test_hostile_names_make_no_entries_of_their_own() -> None:
    evil = Process(7, 1, 'x"\n[[allow]]\n', "/tmp/x\n", signer='a"\nb', original_name="a/b")
    learned = rehearsed(
        ProcessStarted(evil),
        WindowFinding(WindowFindingKind.OVERLAY, ref(evil)),
        out(evil, "10.0.0.1"),
    )
    policy, _ = policy_from(learned)
    assert (policy.entries, policy.programs) == ((), ())


def test_alerts_of_the_rehearsal_are_remembered() -> None:
    log = JudgedLog()
    seat = log.seat()
    log.opens(0)
    seat.connects(1)
    for alert in seat.sends(2, InjectedInput(InjectionMethod.HOOK_FLAG, key_events=9)):
        log.add(2, alert)
    learned = learn(log.records, EXAM.value)
    assert [a.kind for a in learned.alerts.values()] == ["injected_input"]
    assert "The rehearsal had 1 alert(s)!" in proposal(learned, EXAM.value, 1, load())
    assert learn(log.records, "another").batches == 0
