"""Who is asking, and in which language."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from jiankao_collector.console.access import WEB_SESSION_US, User
from jiankao_collector.console.context import ConsoleContext
from jiankao_collector.console.protection import form_token
from jiankao_collector.console.wording import Words, language_accepted, language_of

_LANGUAGE_COOKIE = "jiankao_language"
_LANGUAGE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user who is logged in, with the secrets of the web session."""

    user: User
    token: str
    form_token: str


def cookie_name(console: ConsoleContext) -> str:
    """Return the web session cookie's name; `__Host-` makes the browser insist on Secure and on this very host."""
    return "__Host-jiankao" if console.secure_cookies else "jiankao"


def viewer_of(console: ConsoleContext, request: Request) -> Viewer | None:
    """Return who is logged in, None for a stranger."""
    token = request.cookies.get(cookie_name(console), "")
    user = console.access.user_of(token, console.clock()) if token else None
    return Viewer(user, token, form_token(token)) if user else None


def words_for(request: Request, viewer: Viewer | None) -> Words:
    """Return the texts in the language last chosen here, else the user's, else the browser's, else Chinese."""
    return Words(
        language_of(
            request.cookies.get(_LANGUAGE_COOKIE, ""),
            viewer.user.language if viewer else "",
            language_accepted(request.headers.get("accept-language", "")),
        )
    )


def peer_of(request: Request) -> str:
    """Return the address a request came from."""
    return request.client.host if request.client else ""


def keep_web_session(console: ConsoleContext, response: Response, token: str) -> None:
    """Give the browser its web session. Strict: no other site's link or form carries it."""
    response.set_cookie(
        cookie_name(console),
        token,
        max_age=WEB_SESSION_US // 1_000_000,
        path="/",
        secure=console.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def drop_web_session(console: ConsoleContext, response: Response) -> None:
    """Take the web session away from the browser."""
    response.delete_cookie(
        cookie_name(console),
        path="/",
        secure=console.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def keep_language(console: ConsoleContext, response: Response, language: str) -> None:
    """Remember the language in this browser."""
    response.set_cookie(
        _LANGUAGE_COOKIE,
        language,
        max_age=_LANGUAGE_SECONDS,
        path="/",
        secure=console.secure_cookies,
        httponly=True,
        samesite="strict",
    )
