"""Folders: where a path is anchored, and which folder it lies in."""

import pytest

from jiankao_collector.knowledge.folders import FolderIndex, mistake_in, parts


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("C:\\Program Files\\X\\a.exe", ("%programfiles%", "x", "a.exe")),
        ("d:\\Program Files (x86)\\X", ("%programfiles%", "x")),
        ("C:\\Program Files Other\\X", ("c:", "program files other", "x")),
        ("C:\\ProgramData\\X\\", ("%programdata%", "x")),
        ("C:\\ProgramDataX\\X\\", ("c:", "programdatax", "x")),
        ("C:\\Users\\ann\\AppData\\Local\\Temp\\X", ("%temp%", "x")),
        ("C:\\Users\\ann\\AppData\\Local\\X", ("%localappdata%", "x")),
        ("C:\\Users\\ann\\AppData\\Roaming\\X", ("%appdata%", "x")),
        ("C:\\Users\\ann\\Downloads\\X", ("%userprofile%", "downloads", "x")),
        ("C:\\Users\\ann\\AppData\\Other", ("%userprofile%", "appdata", "other")),
        ("C:\\Windows\\Temp\\X", ("%temp%", "x")),
        ("C:\\Windows\\X", ("%systemroot%", "x")),
        ("\\SystemRoot\\System32\\x.sys", ("%systemroot%", "system32", "x.sys")),
        ("\\??\\E:\\X\\y.sys", ("c:", "x", "y.sys")),
        ("%ProgramFiles(x86)%\\X", ("%programfiles%", "x")),
        ("C:/Program Files/X/a.exe", ("%programfiles%", "x", "a.exe")),
        ('"C:\\X\\a.exe"', ("c:", "x", "a.exe")),
        ("%userprofile%\\AppData\\Local\\Temp\\X", ("%temp%", "x")),
        ("~/.x/y", ("~", ".x", "y")),
        ("/root/.x/y", ("~", ".x", "y")),
        ("/opt/x//y", ("/", "opt", "x", "y")),
        ("x.exe", ()),
        ("relative\\x.exe", ()),
        ("", ()),
    ],
)
def test_a_path_is_anchored_at_a_named_place(path: str, said: tuple[str, ...]) -> None:
    assert parts(path) == said


def test_the_deepest_known_folder_wins_and_parts_are_compared_whole() -> None:
    index = FolderIndex(
        [
            ("%programfiles%\\maker", 1),
            ("%programfiles%\\maker\\tool", 2),
            ("%programfiles%\\screenconnect client (*)", 3),
            ("/opt/tool", 4),
        ]
    )
    found = {
        "C:\\Program Files\\Maker\\a.exe": 1,
        "C:\\Program Files\\Maker\\Tool\\a.exe": 2,
        "C:\\Program Files\\Maker\\Tool2\\a.exe": 1,
        "C:\\Program Files\\Maker2\\a.exe": None,
        "C:\\Program Files (x86)\\ScreenConnect Client (ab12)\\a.exe": 3,
        "C:\\Program Files\\ScreenConnect Client\\a.exe": None,
        "C:\\Maker\\a.exe": None,
        "/opt/tool": 4,
        "/opt/tools/a": None,
    }
    assert {path: index.find(path) for path in found} == found


@pytest.mark.parametrize("folder", ["/home", "/usr/bin", "/opt/", "~", "%temp%"])
def test_a_folder_of_everybodys_is_no_fact(folder: str) -> None:
    assert mistake_in(folder) is not None


@pytest.mark.parametrize("folder", ["/opt/tool", "/usr/bin/tool", "~/.tool", "%temp%\\tool"])
def test_a_folder_of_ones_own_is_one(folder: str) -> None:
    assert mistake_in(folder) is None
