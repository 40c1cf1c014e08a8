"""Windows command lines taken apart as Windows does."""

import pytest

from jiankao_collector.recordings.command_lines import masked, split


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("", []),
        ("a.exe", ["a.exe"]),
        (
            r'"C:\Program Files\a.exe" --x "two words"  y',
            [r"C:\Program Files\a.exe", "--x", "two words", "y"],
        ),
        (r'a.exe "say \"hi\"" c:\dir\ ""', ["a.exe", 'say "hi"', "c:\\dir\\", ""]),
        (r'a.exe "ends in a backslash\\" b', ["a.exe", "ends in a backslash\\", "b"]),
        ('a.exe "never closed', ["a.exe", "never closed"]),
    ],
)
def test_arguments(line: str, arguments: list[str]) -> None:
    assert split(line) == arguments


def test_secrets_are_masked_as_at_a_workstation() -> None:
    assert (
        masked(r"C:\x\tvnserver.exe -password geheim7 -run")
        == r"C:\x\tvnserver.exe -password *** -run"
    )
