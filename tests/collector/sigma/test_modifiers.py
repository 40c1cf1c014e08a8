"""Every modifier and condition: what matches and what does not, and the plain evaluator says the same."""

from typing import Any

import pytest
import yaml

from jiankao_collector.sigma.compiling import compile_files
from jiankao_collector.sigma.events import Event
from tests.support.naive_sigma import naive_match

RULE = """\
title: A rule
logsource:
  category: process_creation
  product: windows
detection:
{detection}
"""
PLACES = {"rooms": ["A-*", "B-1"], "none": []}
SETTINGS = b'[placeholders]\nrooms = ["A-*", "B-1"]\nnone = []\n'

MASK = "CommandLine"
YES, NO = True, False
CASES: list[tuple[str, str, dict[str, Any], bool]] = [
    # ---- values ----
    ("whole value, any case", "Image: 'C:\\A.EXE'", {"image": "c:\\a.exe"}, YES),
    ("whole value is no part", "Image: a", {"Image": "ab"}, NO),
    ("no field", "Image: a", {"User": "a"}, NO),
    ("case of other scripts", "Image: 'ÄΣ'", {"Image": "äς"}, YES),
    ("sharp s", "Image|contains: 'strasse'", {"Image": "C:\\Straße\\a"}, YES),
    ("one of a list", "Image: [a, b]", {"Image": "B"}, YES),
    ("none of a list", "Image: [a, b]", {"Image": "c"}, NO),
    ("all fields of a map", "{Image: a, User: b}", {"Image": "a", "User": "b"}, YES),
    ("one field of a map fails", "{Image: a, User: b}", {"Image": "a", "User": "c"}, NO),
    ("list of maps", "[{Image: a}, {Image: b, User: c}]", {"Image": "b", "User": "c"}, YES),
    ("list of maps, none", "[{Image: a}, {Image: b, User: c}]", {"Image": "b"}, NO),
    ("number", "Port: 3389", {"Port": 3389}, YES),
    ("number as text", "Port: 3389", {"Port": "3389"}, YES),
    ("text as number", "Port: '3389'", {"Port": 3389}, YES),
    ("another number", "Port: 3389", {"Port": "33890"}, NO),
    ("negative number", "Port: -1", {"Port": "-1"}, YES),
    ("bool", "Initiated: true", {"Initiated": True}, YES),
    ("bool as text", "Initiated: true", {"Initiated": "True"}, YES),
    ("text as bool", "Initiated: 'False'", {"Initiated": False}, YES),
    ("other bool", "Initiated: true", {"Initiated": "false"}, NO),
    ("null, no field", "Image: null", {}, YES),
    ("null, no value", "Image: null", {"Image": None}, YES),
    ("null, a value", "Image: null", {"Image": ""}, NO),
    ("null among texts", "Image: [null, a]", {}, YES),
    ("empty text", "Image: ''", {"Image": ""}, YES),
    ("empty text, no field", "Image: ''", {}, NO),
    ("empty text, another", "Image: ''", {"Image": "a"}, NO),
    ("empty list is null", "Image: []", {}, YES),
    # ---- wildcards ----
    ("star at the end", "Image: 'a*'", {"Image": "abc"}, YES),
    ("star at the start", "Image: '*c'", {"Image": "abc"}, YES),
    ("star in the middle", "Image: 'a*c'", {"Image": "abbc"}, YES),
    ("star takes nothing", "Image: 'a*c'", {"Image": "ac"}, YES),
    ("parts may not overlap", "Image: 'ab*ba'", {"Image": "aba"}, NO),
    ("star takes lines", "Image: 'a*c'", {"Image": "a\nc"}, YES),
    ("many stars", "Image: '*a*b*c*'", {"Image": "xaxbxc"}, YES),
    ("many stars, wrong order", "Image: '*a*b*c*'", {"Image": "cba"}, NO),
    ("only a star", "Image: '*'", {"Image": ""}, YES),
    ("only a star, no field", "Image: '*'", {}, NO),
    ("question mark", "Image: 'a?c'", {"Image": "abc"}, YES),
    ("question mark is one", "Image: 'a?c'", {"Image": "ac"}, NO),
    ("question marks and stars", "Image: '?b*?d'", {"Image": "abxxcd"}, YES),
    ("escaped star", r"Image: 'a\*c'", {"Image": "a*c"}, YES),
    ("escaped star is no wildcard", r"Image: 'a\*c'", {"Image": "abc"}, NO),
    ("escaped question mark", r"Image: 'a\?c'", {"Image": "abc"}, NO),
    ("escaped backslash, then star", r"Image: 'a\\*'", {"Image": "a\\bc"}, YES),
    ("backslash before a letter", r"Image: 'a\b'", {"Image": "a\\b"}, YES),
    ("two backslashes are one", r"Image: 'a\\b'", {"Image": "a\\b"}, YES),
    ("four backslashes are two", r"Image: '\\\\host'", {"Image": "\\\\host"}, YES),
    ("backslash at the end", "Image|contains: '\\Temp\\'", {"Image": "C:\\temp\\x"}, YES),
    # ---- text modifiers ----
    ("contains", "Image|contains: b", {"Image": "aBc"}, YES),
    ("contains not", "Image|contains: d", {"Image": "abc"}, NO),
    ("contains with a wildcard", "Image|contains: 'b?d'", {"Image": "abcde"}, YES),
    ("startswith", "Image|startswith: ab", {"Image": "ABC"}, YES),
    ("startswith not", "Image|startswith: bc", {"Image": "abc"}, NO),
    ("endswith", "Image|endswith: '\\todesk.exe'", {"Image": "C:\\x\\ToDesk.exe"}, YES),
    ("endswith with its separator", "Image|endswith: '\\todesk.exe'", {"Image": "C:\\autodesk.exe"}, NO),
    ("endswith as the author wrote it", "Image|endswith: 'todesk.exe'", {"Image": "C:\\autodesk.exe"}, YES),
    ("endswith a folder", "Image|endswith: '\\x\\a.exe'", {"Image": "C:\\y\\a.exe"}, NO),
    ("endswith on Linux", "Image|endswith: '/x11vnc'", {"Image": "/usr/bin/x11vnc"}, YES),
    ("all", "CommandLine|contains|all: [a, b]", {MASK: "b a"}, YES),
    ("all, one lacks", "CommandLine|contains|all: [a, b]", {MASK: "b"}, NO),
    ("cased", "Image|cased: Ab", {"Image": "Ab"}, YES),
    ("cased, another case", "Image|cased: Ab", {"Image": "ab"}, NO),
    ("cased contains", "Image|contains|cased: Ab", {"Image": "xAby"}, YES),
    ("cased contains, another case", "Image|contains|cased: Ab", {"Image": "xaby"}, NO),
    ("neq", "Image|neq: a", {"Image": "b"}, YES),
    ("neq, equal", "Image|neq: a", {"Image": "A"}, NO),
    ("windash", "CommandLine|contains|windash: ' -connect'", {MASK: "x /connect"}, YES),
    ("windash, en dash", "CommandLine|contains|windash: ' -connect'", {MASK: "x –connect"}, YES),
    ("windash, inner dash stays", "CommandLine|windash: '-a-b'", {MASK: "/a/b"}, NO),
    ("windash and all", "CommandLine|contains|windash|all: ['-a', '-b']", {MASK: "/a –b"}, YES),
    ("windash and all, one lacks", "CommandLine|contains|windash|all: ['-a', '-b']", {MASK: "/a"}, NO),
    ("base64, another", "CommandLine|base64: 'x'", {MASK: "eB=="}, NO),
    ("base64 of the value", "CommandLine|base64|contains: 'foobar'", {MASK: "x Zm9vYmFy y"}, YES),
    ("base64offset 0", "CommandLine|base64offset|contains: 'foobar'", {MASK: "Zm9vYmFy"}, YES),
    ("base64offset 1", "CommandLine|base64offset|contains: 'foobar'", {MASK: "eGZvb2Jhcg=="}, YES),
    ("base64offset 2", "CommandLine|base64offset|contains: 'foobar'", {MASK: "eHhmb29iYXI="}, YES),
    ("base64offset not", "CommandLine|base64offset|contains: 'foobar'", {MASK: "Zm9vYmFa"}, NO),
    ("wide base64offset", "CommandLine|wide|base64offset|contains: 'net'", {MASK: "bgBlAHQA"}, YES),
    ("utf16le is wide", "CommandLine|utf16le|base64offset|contains: 'net'", {MASK: "bgBlAHQA"}, YES),
    ("utf16be", "CommandLine|utf16be|base64|contains: 'net'", {MASK: "AG4AZQB0"}, YES),
    ("utf16 with its mark", "CommandLine|utf16|base64|contains: 'net'", {MASK: "//5uAGUAdAA="}, YES),
    ("wide alone", "CommandLine|wide: 'ab'", {MASK: "a\0b\0"}, YES),
    # ---- regular expressions ----
    ("re finds anywhere", "CommandLine|re: 'b+c'", {MASK: "abbcd"}, YES),
    ("re minds case", "CommandLine|re: 'B'", {MASK: "b"}, NO),
    ("re with inline flag", "CommandLine|re: '(?i)B'", {MASK: "b"}, YES),
    ("re anchored", "CommandLine|re: '^b$'", {MASK: "abc"}, NO),
    ("re i", "CommandLine|re|i: 'B'", {MASK: "b"}, YES),
    ("re m", "CommandLine|re|m: '^b$'", {MASK: "a\nb\nc"}, YES),
    ("re without m", "CommandLine|re: '^b$'", {MASK: "a\nb\nc"}, NO),
    ("re s", "CommandLine|re|s: 'a.c'", {MASK: "a\nc"}, YES),
    ("re without s", "CommandLine|re: 'a.c'", {MASK: "a\nc"}, NO),
    ("re escapes", r"CommandLine|re: 'a\*\\b'", {MASK: "a*\\b"}, YES),
    ("re of a list", "CommandLine|re: ['x', 'b']", {MASK: "abc"}, YES),
    # ---- addresses, numbers, fields ----
    ("cidr", "DestinationIp|cidr: 10.0.0.0/8", {"DestinationIp": "10.200.1.1"}, YES),
    ("cidr not", "DestinationIp|cidr: 10.0.0.0/8", {"DestinationIp": "11.0.0.1"}, NO),
    ("cidr v6", "DestinationIp|cidr: 'fe80::/10'", {"DestinationIp": "FE80:0:0:0:1::1"}, YES),
    ("cidr, other version", "DestinationIp|cidr: '::/0'", {"DestinationIp": "1.2.3.4"}, NO),
    ("cidr, no address", "DestinationIp|cidr: '0.0.0.0/0'", {"DestinationIp": "-"}, NO),
    ("cidr of a list", "DestinationIp|cidr: [127.0.0.0/8, '::1/128']", {"DestinationIp": "::1"}, YES),
    ("lt", "Port|lt: 1024", {"Port": "1023"}, YES),
    ("lt, equal", "Port|lt: 1024", {"Port": 1024}, NO),
    ("lte", "Port|lte: 1024", {"Port": "1024"}, YES),
    ("gt", "Port|gt: 1024", {"Port": "1024"}, NO),
    ("gte", "Port|gte: 1024", {"Port": 1024}, YES),
    ("gt, no number", "Port|gt: 0", {"Port": "-"}, NO),
    ("gt, float", "Port|gt: 0.5", {"Port": "0.75"}, YES),
    ("fieldref", "Image|fieldref: ParentImage", {"Image": "A", "ParentImage": "a"}, YES),
    ("fieldref, different", "Image|fieldref: ParentImage", {"Image": "A", "ParentImage": "b"}, NO),
    ("fieldref, neither", "Image|fieldref: ParentImage", {}, NO),
    ("fieldref startswith", "Image|fieldref|startswith: User", {"Image": "ab", "User": "a"}, YES),
    ("fieldref endswith", "Image|fieldref|endswith: User", {"Image": "ab", "User": "a"}, NO),
    ("fieldref contains", "Image|fieldref|contains: User", {"Image": "xay", "User": "a"}, YES),
    ("exists", "Image|exists: true", {"Image": ""}, YES),
    ("exists without a value", "Image|exists: true", {"Image": None}, YES),
    ("exists not", "Image|exists: true", {}, NO),
    ("not exists", "Image|exists: false", {}, YES),
    ("expand", "Computer|expand: '%rooms%'", {"Computer": "a-17"}, YES),
    ("expand, second value", "Computer|expand: '%rooms%'", {"Computer": "b-1"}, YES),
    ("expand, none of them", "Computer|expand: '%rooms%'", {"Computer": "b-2"}, NO),
    ("expand inside", "Computer|expand: 'x%rooms%y'", {"Computer": "xB-1y"}, YES),
    ("expand to nothing", "Computer|expand: '%none%'", {"Computer": "a"}, NO),
    # ---- keywords ----
    ("keyword", "[foo, bar]", {"Image": "a Bar b"}, YES),
    ("keyword in no field", "[foo, bar]", {"Image": "ba", "User": "r"}, NO),
    ("keyword with a wildcard", "['f*o']", {"Image": "x fro y"}, YES),
    ("keyword number", "[4624]", {"Id": 4624}, YES),
    ("all keywords", "{'|all': [foo, bar]}", {"Image": "foo", "User": "bar"}, YES),
    ("all keywords, one lacks", "{'|all': [foo, bar]}", {"Image": "foo"}, NO),
    ("keyword re", "{'|re': 'fo+$'}", {"Image": "a foo"}, YES),
]  # fmt: skip

SELECTIONS = """\
  selection_a:
    Image: a
  selection_b:
    User: b
  filter_c:
    Company: c
  _hidden:
    Image: z
"""
CONDITIONS = [
    ("selection_a and selection_b", {"Image": "a", "User": "b"}, YES),
    ("selection_a and selection_b", {"Image": "a"}, NO),
    ("selection_a or selection_b", {"User": "b"}, YES),
    ("1 of selection_*", {"User": "b"}, YES),
    ("any of selection_*", {"User": "b"}, YES),
    ("1 of selection_*", {"Company": "c"}, NO),
    ("all of selection_*", {"Image": "a", "User": "b"}, YES),
    ("all of selection_*", {"Image": "a"}, NO),
    ("1 of them", {"Company": "c"}, YES),
    ("1 of them", {"Image": "z"}, NO),
    ("all of them", {"Image": "a", "User": "b", "Company": "c"}, YES),
    ("all of them", {"Image": "a", "User": "b"}, NO),
    ("not selection_a", {}, YES),
    ("not selection_a", {"Image": "a"}, NO),
    ("selection_a and not filter_c", {"Image": "a"}, YES),
    ("selection_a and not filter_c", {"Image": "a", "Company": "c"}, NO),
    ("selection_a and not 1 of filter_*", {"Image": "a", "Company": "c"}, NO),
    ("not all of selection_*", {"Image": "a"}, YES),
    ("not all of selection_*", {"Image": "a", "User": "b"}, NO),
    ("(selection_a or selection_b) and filter_c", {"User": "b", "Company": "c"}, YES),
    ("selection_a or selection_b and filter_c", {"Image": "a"}, YES),
    ("not (selection_a or selection_b)", {"Image": "x"}, YES),
    ("not not selection_a", {"Image": "a"}, YES),
]  # fmt: skip


def _check(rule: str, fields: dict[str, Any], *, expected: bool) -> None:
    compiled = compile_files([("sigma.toml", SETTINGS), ("rule.yml", rule.encode())])
    assert [str(error) for error in compiled.refused] == []
    matched = compiled.rules.matches(Event("process_creation", fields=fields))
    assert bool(matched) is expected
    assert naive_match(yaml.safe_load(rule), fields, PLACES) is expected


@pytest.mark.parametrize(
    ("what", "selection", "fields", "expected"), CASES, ids=[c[0] for c in CASES]
)
def test_a_value(what: str, selection: str, fields: dict[str, Any], expected: bool) -> None:
    del what
    rule = RULE.format(detection=f"  selection:\n    {selection}\n  condition: selection")
    _check(rule, fields, expected=expected)


@pytest.mark.parametrize(("condition", "fields", "expected"), CONDITIONS)
def test_a_condition(condition: str, fields: dict[str, Any], expected: bool) -> None:
    rule = RULE.format(detection=f"{SELECTIONS}  condition: {condition}")
    _check(rule, fields, expected=expected)


def test_one_of_several_conditions_is_enough() -> None:
    rule = RULE.format(detection=f"{SELECTIONS}  condition: [selection_a, selection_b]")
    _check(rule, {"User": "b"}, expected=True)
    _check(rule, {"Company": "c"}, expected=False)
