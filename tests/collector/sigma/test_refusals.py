"""What is no rule, or asks what no single event can answer, is refused: one line with file, line and reason."""

from collections.abc import Iterable

import pytest

from jiankao_collector.sigma.compiling import compile_files

HEAD = "title: A rule\nlogsource:\n  category: process_creation\n"


def _detection(selection: str, condition: str = "selection") -> str:
    return f"{HEAD}detection:\n  selection:\n    {selection}\n  condition: {condition}\n"


REFUSED: list[tuple[str, str, int | None, str]] = [
    ("no YAML", "title: [a\n", 2, "not YAML"),
    ("a tab", "title: a\n\tb: c\n", 2, "not YAML"),
    ("a key twice", HEAD + "title: b\n", 4, "stands here twice"),
    ("a field twice", _detection("Image: a\n    Image: b"), 7, "'Image' stands here twice"),
    ("an impossible date", HEAD + "date: 2026-99-99\n", 1, "month must be in"),
    ("empty", "", None, "holds no rule"),
    ("a list", "- a\n- b\n", 1, "not a rule"),
    ("a text", "hello\n", 1, "not a rule"),
    ("no title", "logsource:\n  category: x\ndetection:\n  a: [b]\n  condition: a\n", 1, "title"),
    ("no log source", "title: a\ndetection:\n  a: [b]\n  condition: a\n", 1, "log source"),
    ("an empty log source", "title: a\nlogsource: {}\ndetection:\n  a: [b]\n  condition: a\n", 2, "empty"),
    ("no detection", HEAD, 1, "detection"),
    ("no condition", HEAD + "detection:\n  a:\n    b: c\n", 4, "condition"),
    ("a bad id", "id: 17\n" + _detection("Image: a"), 1, ""),
    ("a bad level", "level: urgent\n" + _detection("Image: a"), 1, "level"),
    ("a bad status", "\nstatus: done\n" + _detection("Image: a"), 2, "status"),
    ("another taxonomy", "taxonomy: mine\n" + _detection("Image: a"), 1, "taxonomy"),
    ("an unknown modifier", _detection("User: x\n    Image|nearly: a"), 7, "nearly"),
    ("a bad regular expression", _detection("Image|re: '(a'"), 6, "invalid"),
    ("look-ahead", _detection("Image|re: 'a(?=b)'"), 6, "invalid"),
    ("a bad network", _detection("Image|cidr: 10.0.0.1/8"), 6, "host bits"),
    ("a number that is none", _detection("Image|lt: x"), 6, "incompatible"),
    ("base64 of wildcards", _detection("Image|base64: 'a*'"), 6, "wildcards"),
    ("a part of a time", _detection("Time|hour: 3"), 4, "part of a time"),
    ("a map in a map", _detection("Image: {a: b}"), 6, "Unsupported type"),
    ("a date as a value", _detection("Image: 2026-01-01"), 6, "Unsupported type"),
    ("no values for a placeholder", _detection("Image|expand: '%rooms%'"), 4, "placeholder %rooms%"),
    ("null keyword", _detection("'|contains': null"), 6, ""),
    ("half a surrogate pair", _detection('Image: "\\ud800"'), None, ""),
    ("an unknown name", _detection("Image: a", "other"), 7, "other"),
    ("an empty selector", _detection("Image: a", "1 of other*"), 7, "doesn't match any"),
    ("an unfinished condition", _detection("Image: a", "selection and"), 7, "condition"),
    ("a number as condition", _detection("Image: a", "5"), 7, "condition"),
    ("counting", _detection("Image: a", "selection | count() > 5"), 7, "pipe"),
    ("a timeframe", HEAD + "detection:\n  a: [b]\n  timeframe: 5m\n  condition: a\n", 6, "timeframe"),
    ("a correlation", "title: a\ncorrelation:\n  type: event_count\n", 2, "correlation"),
    ("a filter", "title: a\nfilter:\n  rules: []\n", 2, "filter"),
    ("an old collection", "action: global\ntitle: a\n", 1, "action"),
    ("a bad second rule", _detection("Image: a") + "---\n" + _detection("Image|nearly: a"), 14, "nearly"),
    ("nested too deeply", "title: " + "[" * 5000, None, ""),
    ("nested in itself", "title: a\ndetection: &x\n  a: *x\n", 1, ""),
]  # fmt: skip


def _lines(files: Iterable[tuple[str, bytes]]) -> list[str]:
    return [str(error) for error in compile_files(files).refused]


@pytest.mark.parametrize(("what", "text", "line", "reason"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(what: str, text: str, line: int | None, reason: str) -> None:
    del what
    lines = _lines([("dir/bad.yml", text.encode())])
    assert len(lines) == 1
    assert lines[0].startswith("dir/bad.yml: ")
    assert line is None or lines[0].startswith(f"dir/bad.yml: line {line}: ")
    assert reason in lines[0]
    assert "\n" not in lines[0]


def test_aliases_that_grow_without_end_are_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    lines = _lines([("bomb.yml", (bomb + HEAD + "date: *y\n").encode())])
    assert len(lines) == 1
    assert "alias" in lines[0]


def test_bytes_that_are_no_text() -> None:
    assert "not YAML in UTF-8" in _lines([("a.yml", b"\xff\xfe\x00title")])[0]


def test_a_file_too_large() -> None:
    assert "larger than" in _lines([("a.yml", b"#" * 1_000_001)])[0]


def test_an_id_stands_once() -> None:
    rule = f"id: 6f3e2987-db24-4c78-a860-b4f4095a7095\n{_detection('Image: a')}".encode()
    lines = _lines([("a.yml", rule), ("b.yml", rule)])
    assert lines == [
        "b.yml: line 1: its id 6f3e2987-db24-4c78-a860-b4f4095a7095 is that of a.yml, line 1"
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("licence = ", "not TOML"),
        ("licence = 5", "licence is a text"),
        ("colour = 5", "unknown setting 'colour'"),
        ("[placeholders]\na = 'b'", "list of texts"),
        ("[placeholders]\na = [5]", "list of texts"),
    ],
)
def test_settings(text: str, reason: str) -> None:
    lines = _lines([("sigma.toml", text.encode())])
    assert len(lines) == 1
    assert reason in lines[0]


def test_what_a_rule_says_of_itself() -> None:
    text = (
        "id: 6f3e2987-db24-4c78-a860-b4f4095a7095\nauthor: A. Author\nlevel: high\n"
        f"tags: [attack.t1219.002]\n{_detection('Image: a')}"
    )
    (rule,) = compile_files([("a.yml", text.encode())]).rules.rules
    assert (rule.title, rule.author, rule.level.name) == ("A rule", "A. Author", "HIGH")
    assert rule.id == "6f3e2987-db24-4c78-a860-b4f4095a7095"
    assert rule.licence == "Detection Rule License 1.1"
    assert rule.tags == ("attack.t1219.002",)
    (own,) = compile_files(
        [("sigma.toml", b'licence = "CC0-1.0"'), ("a.yml", _detection("Image: a").encode())]
    ).rules.rules
    assert own.licence == "CC0-1.0"
    (named,) = compile_files(
        [("a.yml", f"license: MIT\n{_detection('Image: a')}".encode())]
    ).rules.rules
    assert named.licence == "MIT"


def test_the_digest_is_of_names_contents_and_settings() -> None:
    rule = _detection("Image|expand: '%a%'").encode()
    place = b'[placeholders]\na = ["x"]'
    digests = {
        compile_files(files).rules.digest
        for files in (
            [],
            [("sigma.toml", place), ("a.yml", rule)],
            [("sigma.toml", place), ("b.yml", rule)],
            [("sigma.toml", place), ("a.yml", rule + b"# more\n")],
            [("sigma.toml", place + b"\n"), ("a.yml", rule)],
        )
    }
    assert len(digests) == 5
    assert b"" in digests
