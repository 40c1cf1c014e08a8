"""Names made to be taken for an allowed one, and honest names that must not be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_collector.knowledge.host_names import host_name
from jiankao_collector.knowledge.look_alike import Likeness, look_alike

ALLOWED = (
    "exam.example-safety.gov.cn",
    "cx.mem.gov.cn",
    "ks.jiankao.org",
    "exam.nta.ac.in",
    "login.certificates.com",
    "gz.gov.cn",
)
LOOKS, MISSPELT, SUFFIX, EMBEDDED = Likeness


@pytest.mark.parametrize(
    ("name", "allowed", "likeness"),
    [
        # letters that look alike
        ("exam.examp1e-safety.gov.cn", 0, LOOKS),
        ("exam.exarnple-safety.gov.cn", 0, LOOKS),
        ("www.exampIe-safety.gov.cn", 0, LOOKS),
        ("ехаmple-safety.com", 0, LOOKS),  # Cyrillic е, х, а
        ("xn--mple-safety-jyb25f.com", 0, None),  # decodes to something else entirely
        ("ks.j1ankao.org", 2, LOOKS),
        ("ks.jiankaо.org", 2, LOOKS),  # Cyrillic о
        (
            f"ks.xn--{'jiankaо'.encode('punycode').decode()}.org",
            2,
            LOOKS,
        ),  # the same, as it travels
        ("jıankao.cn", 2, LOOKS),  # dotless i
        ("jiánkao.org", 2, LOOKS),
        ("ｊｉａｎｋａｏ.org", 2, LOOKS),  # full width
        ("certificatos.com", 4, MISSPELT),
        ("certíficates.net", 4, LOOKS),
        ("cx.mern.gov.cn", 1, LOOKS),
        # a letter or two
        ("exam.exmaple-safety.gov.cn", 0, MISSPELT),
        ("exam.example-safty.gov.cn", 0, MISSPELT),
        ("exam.example-safetys.com.cn", 0, MISSPELT),
        ("exam.examplesafety.gov.cn", 0, MISSPELT),
        ("exam.example-sefaty.gov.cn", 0, MISSPELT),
        ("jiamkao.org", 2, MISSPELT),
        ("jiankoa.org", 2, MISSPELT),
        ("jiankaoo.top", 2, MISSPELT),
        ("certifcates.com", 4, MISSPELT),
        ("certificate.com", 4, MISSPELT),
        # the same, registered elsewhere
        ("exam.example-safety.com.cn", 0, SUFFIX),
        ("example-safety.cc", 0, SUFFIX),
        ("example-safety.top", 0, SUFFIX),
        ("cx.mem.com.cn", 1, SUFFIX),
        ("ks.jiankao.com", 2, SUFFIX),
        ("nta.co.in", 3, SUFFIX),
        # the whole name inside another one
        ("exam.example-safety.gov.cn.evil.top", 0, EMBEDDED),
        ("cx.mem.gov.cn.cdn.evil.cc", 1, EMBEDDED),
        ("www.example-safety-gov-cn.com", 0, EMBEDDED),
        ("examplesafetygovcn.com", 0, EMBEDDED),
        ("login-certificates-com.net", 4, EMBEDDED),
        ("ks.jiankao.org.cn", 2, SUFFIX),
    ],
)
def test_made_to_be_taken_for_another(name: str, allowed: int, likeness: Likeness | None) -> None:
    found = look_alike(name, ALLOWED)
    if likeness is None:
        assert found is None
        return
    assert found is not None
    assert (found.allowed, found.likeness) == (ALLOWED[allowed], likeness)


@pytest.mark.parametrize(
    "name",
    [
        # the owner's own
        *ALLOWED,
        "EXAM.Example-Safety.GOV.CN.",
        "www.example-safety.gov.cn",
        "cdn.static.example-safety.gov.cn",
        "examp1e.example-safety.gov.cn",
        "mem.gov.cn",
        "www.certificates.com",
        # content delivery under the customer's name
        "exam.example-safety.gov.cn.edgekey.net",
        "exam.example-safety.gov.cn.cdn.dnsv1.com",
        "login.certificates.com.cdn.cloudflare.net",
        "exam.example-safety.gov.cn.w.kunlunsl.com",
        # other offices with short names, other people
        "gd.gov.cn",
        "zj.gov.cn",
        "www.gov.cn",
        "moe.gov.cn",
        "mee.gov.cn",
        "nic.ac.in",
        "ntb.ac.in",
        "www.baidu.com",
        "update.microsoft.com",
        "ctldl.windowsupdate.com",
        "safety.gov.cn",
        "example.gov.cn",
        "jiangsu.gov.cn",
        "jiankang.org",
        "tiankong.org",
        "certification.org",
        "notificates.example",
        # no names of hosts
        "",
        ".",
        "localhost",
        "seat-07",
        "10.0.0.5",
        "::1",
        "5.0.0.10.in-addr.arpa",
        "printer.local",
        "_ldap._tcp.dc._msdcs.exam",
        "a..b",
        "-x.example",
        "x" * 300 + ".example",
        "gov.cn",
        "cn",
    ],
)
def test_honest_names(name: str) -> None:
    assert look_alike(name, ALLOWED) is None


def test_nothing_is_like_nothing() -> None:
    assert look_alike("examp1e.gov.cn", ()) is None


@pytest.mark.parametrize(
    ("text", "label", "suffix"),
    [
        ("exam.example.gov.cn", "example", "gov.cn"),
        ("example.cn", "example", "cn"),
        ("www.gz.gov.cn", "gz", "gov.cn"),
        ("a.b.bj.cn", "b", "bj.cn"),
        ("exam.example.co.uk", "example", "co.uk"),
        ("exam.example.top", "example", "top"),
        ("考试.example.中国", "example", "中国"),
    ],
)
def test_what_was_registered(text: str, label: str, suffix: str) -> None:
    host = host_name(text)
    assert host is not None
    assert (host.label, host.suffix, host.registered) == (label, suffix, f"{label}.{suffix}")


@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    assert look_alike(text, ALLOWED) is None or host_name(text) is not None
