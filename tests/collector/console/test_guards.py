"""What is refused, in which words, and what every answer carries."""

import httpx
import pytest

from jiankao_collector.console.protection import LARGEST_FORM
from jiankao_proto.records import OperatorAction
from tests.support.console_server import PASSWORD, ConsoleServer
from tests.support.full_room import REMOTE, fill
from tests.support.pages import form_token, tags_of, text_of
from tests.support.scripted_live import alert


def actions(console: ConsoleServer) -> list[tuple[str, str]]:
    return [
        (r.body.user, r.body.action)
        for r in console.records()
        if isinstance(r.body, OperatorAction)
    ]


def log_in(client: httpx.Client, password: str, name: str = "li.na") -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password})


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: httpx.Client) -> None:
    cookie = log_in(stranger, PASSWORD).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_over_tls_the_cookie_travels_over_tls_only_and_to_this_host_only(
    console: ConsoleServer, stranger: httpx.Client
) -> None:
    console.stop()
    console.secure_cookies = True
    console.start()
    cookie = log_in(stranger, PASSWORD).headers["set-cookie"]
    assert cookie.startswith("__Host-jiankao=")
    assert "; Secure" in cookie
    assert "Path=/;" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("path", ["/login", "/", "/nothing-here", "/static/console.js", "/stream"])
def test_every_answer_carries_the_security_headers(stranger: httpx.Client, path: str) -> None:
    headers = stranger.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "server" not in headers


def test_no_page_has_inline_script_or_style_or_anything_from_elsewhere(
    console: ConsoleServer, proctor: httpx.Client
) -> None:
    fill(console.live, console.now_us())
    for path in ("/", "/login", "/seat?room=三楼 301&seat=07"):
        for tag, attributes in tags_of(proctor.get(path)):
            assert tag != "style"
            assert tag != "script" or attributes["src"].startswith("/static/")
            assert not [a for a in attributes if a == "style" or a.startswith("on")]
            links = [attributes[a] for a in ("src", "href", "action") if a in attributes]
            assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links)


POSTS = ("/logout", "/acknowledge", "/language")


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_is_refused(
    console: ConsoleServer, proctor: httpx.Client, path: str
) -> None:
    console.live.raise_alert(alert(1, "01", REMOTE))
    for token in ({}, {"form_token": "0" * 64}):
        answer = proctor.post(path, data={"alert": "alert-0001", "language": "en", **token})
        assert answer.status_code == 403
        assert "did not come from a page you opened" in text_of(answer)
    assert actions(console) == []


@pytest.mark.parametrize("path", [*POSTS, "/login"])
@pytest.mark.parametrize(
    "header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_another_site_sends_is_refused(
    proctor: httpx.Client, path: str, header: dict[str, str]
) -> None:
    fields = {
        "form_token": form_token(proctor),
        "language": "en",
        "name": "li.na",
        "password": PASSWORD,
    }
    assert proctor.post(path, data=fields, headers=header).status_code == 403
    assert proctor.get("/alive").status_code == 204


def test_an_oversized_form_is_refused_in_plain_words(proctor: httpx.Client) -> None:
    answer = proctor.post("/acknowledge", content=b"note=" + b"x" * LARGEST_FORM)
    assert answer.status_code == 413
    assert "too long" in text_of(answer)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"just words", b"&".join(b"a%d=1" % i for i in range(50))]
)
def test_a_form_that_is_none_is_refused_in_plain_words(proctor: httpx.Client, body: bytes) -> None:
    answer = proctor.post("/acknowledge", content=body)
    assert answer.status_code == 400
    assert "could not be read" in text_of(answer)


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/seat?room=A&seat=99", 404, "There is no such seat: A 99"),
        ("GET", "/seat", 404, "There is no such seat"),
        ("GET", "/acknowledge?alert=none", 404, "There is no such alert: none"),
        ("GET", "/acknowledge?alert=%00%3Cb%3E", 404, "There is no such alert"),
        ("GET", "/wp-admin", 404, "There is no such page"),
        ("PUT", "/login", 405, "not supported here"),
        ("GET", "/static/../app.py", 404, "There is no such page"),
    ],
)
def test_what_is_not_there_is_said_in_plain_words(
    proctor: httpx.Client, method: str, path: str, status: int, words: str
) -> None:
    answer = proctor.request(method, path)
    assert answer.status_code == status
    assert words in text_of(answer)
