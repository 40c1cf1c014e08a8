"""Starts that wait for a signer's name: told once and whole, or without and once more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.sensors.windows.signer_wait import (
    BASELINE_WAITS_S,
    START_WAITS_S,
    SignerWait,
    Telling,
)
from jiankao_proto.observations import Process

TOOL = Process(7, 1, "tool.exe", executable="tool.exe")
SIGNED = replace(TOOL, signer="Maker Ltd.")


def test_a_name_that_is_known_costs_no_wait() -> None:
    wait = SignerWait(lambda _: "Maker Ltd.")
    wait.meet(TOOL, 10.0, baseline=False)
    assert wait.settle(10.0) == [Telling(SIGNED, baseline=False)]
    assert not wait.holds
    assert wait.settle(11.0) == []


def test_a_name_that_comes_in_time_is_told_with_the_start() -> None:
    answers: dict[str, str] = {}
    wait = SignerWait(answers.get)
    wait.meet(TOOL, 10.0, baseline=False)
    assert wait.settle(10.1) == []
    assert wait.holds
    assert wait.is_held(7)
    answers["tool.exe"] = "Maker Ltd."
    assert wait.settle(10.2) == [Telling(SIGNED, baseline=False)]


@pytest.mark.parametrize(
    ("baseline", "waits_s"), [(False, START_WAITS_S), (True, BASELINE_WAITS_S)]
)
def test_a_name_that_comes_late_is_told_afterwards(waits_s: float, *, baseline: bool) -> None:
    answers: dict[str, str] = {}
    wait = SignerWait(answers.get)
    wait.meet(TOOL, 10.0, baseline=baseline)
    assert wait.settle(10.0 + waits_s - 0.01) == []
    assert wait.settle(10.0 + waits_s) == [Telling(TOOL, baseline=baseline)]
    assert not wait.holds
    assert wait.settle(20.0) == []
    answers["tool.exe"] = "Maker Ltd."
    assert wait.settle(30.0) == [Telling(SIGNED, baseline=True)]


def test_that_nobody_signed_it_is_no_news_afterwards() -> None:
    answers: dict[str, str] = {}
    wait = SignerWait(answers.get)
    wait.meet(TOOL, 10.0, baseline=False)
    wait.settle(11.0)
    answers["tool.exe"] = ""
    assert wait.settle(12.0) == []


def test_an_end_is_never_told_before_its_start() -> None:
    wait = SignerWait(lambda _: None)
    wait.meet(TOOL, 10.0, baseline=False)
    assert wait.part(7) == [Telling(TOOL, baseline=False)]
    assert wait.part(7) == []
    wait.meet(TOOL, 10.0, baseline=False)
    wait.settle(11.0)
    assert wait.part(7) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["meet", "settle", "part", "answer"]),
            st.integers(1, 3),
            st.floats(0, 100),
            st.sampled_from(["", "Maker"]),
        ),
        max_size=40,
    )
)
def test_every_process_is_told_as_started_exactly_once(
    steps: list[tuple[str, int, float, str]],
) -> None:
    answers: dict[str, str] = {}
    wait = SignerWait(answers.get)
    met: dict[int, int] = {}
    told: dict[int, int] = {}
    now_s = 0.0

    def count(tellings: list[Telling]) -> None:
        for telling in tellings:
            if not telling.baseline:
                pid = telling.process.pid
                told[pid] = told.get(pid, 0) + 1

    for step, pid, later_s, signer in steps:
        now_s += later_s
        if step == "meet":
            count(wait.part(pid))
            wait.meet(Process(pid, 1, "x", executable=str(pid)), now_s, baseline=False)
            met[pid] = met.get(pid, 0) + 1
        elif step == "settle":
            count(wait.settle(now_s))
        elif step == "part":
            count(wait.part(pid))
        else:
            answers[str(pid)] = signer
    for pid in met:
        count(wait.part(pid))
    assert told == met
