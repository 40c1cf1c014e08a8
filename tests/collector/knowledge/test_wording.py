"""Names from a workstation are shown on one line, printable and short."""

import pytest

from jiankao_collector.knowledge.wording import endpoint, program, shown
from tests.support.judged import at, ref


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("x11vnc", "x11vnc"),
        ("远程助手.exe", "远程助手.exe"),
        ("a\nb\x1b[31m", "a\ufffdb\ufffd[31m"),
        ("exe.\u202egpj", "exe.\ufffdgpj"),
        ("x" * 100, "x" * 59 + "…"),
        ("", ""),
    ],
)
def test_a_name_cannot_break_the_sentence(name: str, seen: str) -> None:
    assert shown(name) == seen


def test_far_ends_read_as_people_write_them() -> None:
    assert endpoint(at("10.0.0.5:80")) == "10.0.0.5:80"
    assert endpoint(at("[::1]:80")) == "[::1]:80"
    assert endpoint(at("[::ffff:10.0.0.5]:80")) == "10.0.0.5:80"
    assert program(ref("")) == "?"
