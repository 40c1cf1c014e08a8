"""Whatever is wrong in collector.toml is said in one line: where, then what, in Chinese and in English."""

import re

import pytest

from jiankao_collector.config import DataFolder
from tests.support.commands import Command

KEY = "ab" * 32


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("[addresses\n", "无法读取", "cannot be read"),
        ("\xff", "无法读取", "cannot be read"),
        ("[adresses]\n", "未知的设置项 'adresses'", "unknown setting 'adresses'; known: addresses"),
        ("addresses = 3\n", "须写成表：[addresses]", "addresses is a table: [addresses]"),
        ("[addresses]\nx = 'y:1'\n", "未知的地址 'x'", "unknown address 'x'; known: telemetry"),
        ("[addresses]\nconsole = 'x'\n", "'x' 不是“主机:端口”", "'x' is not HOST:PORT"),
        ("policy_key = 1\n", "须写成 [[policy_key]]", "is written as [[policy_key]]"),
        ("[[policy_key]]\nnam = 'x'\n", "policy_key 1: 未知的键 'nam'", "unknown key 'nam'"),
        ("[[policy_key]]\n", "policy_key 1: 缺少 name", "policy_key 1: name is missing"),
        ("[[policy_key]]\nname = 'x'\n", "64 位十六进制数", "64 hexadecimal digits"),
        (
            f"[[policy_key]]\nname = 'x'\npublic_key = '{KEY}'\nrooms = '101'\n",
            "rooms 须是考场列表",
            "rooms must be a list of rooms",
        ),
        (
            f"[[policy_key]]\nname = 'x'\npublic_key = '{KEY}'\n" * 2,
            "policy_key 2: 该公钥前面已写过",
            "policy_key 2: the same key stands there already",
        ),
    ],
)
def test_what_serve_says(folder: DataFolder, command: Command, text: str, zh: str, en: str) -> None:
    addresses = folder.settings.read_bytes() if "policy_key" in text else b""
    folder.settings.write_bytes(text.encode("latin-1") + addresses)
    _in_both(command("serve", "--data", folder.root).failed(), zh, en)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("[rooms.101]\nwarning = 'x'\n", ":2: ", "not 'x'"),
        ("rooms.101 = 3\n", "须写成", "must be written as"),
        ("[thresholds]\n\nalarm = 3\n", ":3: ", "alarm: no such field"),
        ("[thresholds\n", "不是合法的 TOML", "not valid TOML"),
    ],
)
def test_what_opening_an_exam_session_says_of_thresholds(
    folder: DataFolder, command: Command, text: str, zh: str, en: str
) -> None:
    folder.settings.write_text(text, encoding="utf-8")
    said = command("exam-session", "open", "--room", "101", "--data", folder.root).failed()
    _in_both(said, zh, en)


def test_an_address_on_the_command_line_too(folder: DataFolder, command: Command) -> None:
    said = command("serve", "--grpc", "here", "--data", folder.root).failed()
    _in_both(
        said.replace("jiankao-collector: ", "collector.toml: "), "不是“主机:端口”", "HOST:PORT"
    )


def _in_both(said: str, zh: str, en: str) -> None:
    chinese, between, english = said.partition(" | ")
    assert between
    assert zh in chinese
    assert "collector.toml" in chinese
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert en in english
    assert not re.search(r"[\u4e00-\u9fff]", english)
