"""What guards every request: headers, the size of what is sent, where it was sent from."""

import hmac
from hashlib import sha256
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiankao_collector.console.refusals import RefusalError

LARGEST_FORM = 16 * 1024
"""Bytes of the largest form: a note of 500 characters, percent-encoded, with room to spare."""
_MOST_FIELDS = 12

_HEADERS = {
    # Nothing inline, nothing from elsewhere, nobody frames us.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: that would turn the Origin of our own forms into "null" (Fetch, 3.2).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Puts the security headers on every answer. Plain ASGI: a stream passes through unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Pages show who sits where: no copy of them stays behind. Style and script are no secret.
        cache = "no-cache" if scope["path"].startswith("/static/") else "no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = cache
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises RefusalError: too large, or not a form.

    The size is counted as it arrives: a wrong or missing Content-Length gains nothing.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise RefusalError(413, "error.too_large")
    try:
        fields = parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise RefusalError(400, "error.malformed") from None
    return {name: values[-1] for name, values in fields.items()}


def check_origin(request: Request) -> None:
    """Refuse what another site's page sent. Raises RefusalError.

    Browsers say where a request comes from (Sec-Fetch-Site where the address is trustworthy, Origin for every POST);
    a client that says neither is no browser, and has no cookies of ours that it was not given.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise RefusalError(403, "error.forged")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host', '')}":
        raise RefusalError(403, "error.forged")


def form_token(web_session_token: str) -> str:
    """Return the token that the forms of one web session carry. Only who holds the cookie can know it."""
    return hmac.new(web_session_token.encode(), b"jiankao console form", sha256).hexdigest()


def check_form_token(request: Request, fields: dict[str, str], expected: str) -> None:
    """Refuse a POST that does not carry its web session's token. Raises RefusalError."""
    given = request.headers.get("x-form-token") or fields.get("form_token", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusalError(403, "error.forged")


def local_path(path: str) -> str:
    """Return a path of this console; `/` where the text leads elsewhere: two slashes, a backslash, a scheme."""
    plain = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if plain and "\\" not in path else "/"
