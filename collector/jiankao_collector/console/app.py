"""The console as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from jiankao_collector.console.context import ConsoleContext
from jiankao_collector.console.feed import Feed
from jiankao_collector.console.login import LogIn
from jiankao_collector.console.pages import Pages, Stranger, wants_json
from jiankao_collector.console.protection import SecurityHeaders
from jiankao_collector.console.refusals import RefusalError
from jiankao_collector.console.rendering import Renderer
from jiankao_collector.console.ruling import RulingPages
from jiankao_collector.console.visitors import viewer_of, words_for

__all__ = ["UVICORN_SETTINGS", "ConsoleContext", "close_streams", "create_app"]

UVICORN_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "proxy_headers": False,  # X-Forwarded-For would let a log-in choose whom its failures count against
        "server_header": False,
        "access_log": False,
        "lifespan": "on",
        "timeout_graceful_shutdown": 3,
        "h11_max_incomplete_event_size": 64 * 1024,
    }
)
"""What uvicorn.Config needs besides addresses and certificates: `Config(app, **UVICORN_SETTINGS)`."""

_STATIC = Path(__file__).parent / "static"


def create_app(console: ConsoleContext) -> Starlette:
    """Build the console. It follows the live side from start-up to shutdown of the application."""
    renderer = Renderer(console.rules_complaint)
    feed = Feed(console.live, console.clock, console.heartbeat_seconds)
    log_in, pages = LogIn(console, renderer), Pages(console, renderer, feed)
    ruling = RulingPages(console, pages)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(feed.follow(), name="console feed")
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    async def stranger(request: Request, _: Exception) -> Response:
        if wants_json(request) or request.url.path == "/stream":
            return JSONResponse(
                {"error": words_for(request, None)("login.expired")}, status_code=401
            )
        query = f"?{request.url.query}" if request.url.query else ""
        came_from = request.url.path + query if request.method == "GET" else "/"
        where = f"?{urlencode({'next': came_from})}" if came_from != "/" else ""
        return RedirectResponse(f"/login{where}", status_code=303)

    async def refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusalError)
        return refuse(request, error)

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        key = {404: "error.not_found", 405: "error.method"}.get(
            error.status_code, "error.malformed"
        )
        return refuse(request, RefusalError(error.status_code, key))

    async def fault(request: Request, _: Exception) -> Response:
        # Starlette raises the error again after this answer, so that the server logs it in full.
        return refuse(request, RefusalError(500, "error.internal"))

    def refuse(request: Request, error: RefusalError) -> Response:
        viewer = viewer_of(console, request)
        words = words_for(request, viewer)
        line = words(error.key, **error.values)
        if wants_json(request):
            return JSONResponse({"error": line}, status_code=error.status)
        html = renderer.render("error.html", words, viewer=viewer, back="/", line=line)
        return HTMLResponse(html, status_code=error.status)

    app = Starlette(
        routes=[
            Route("/", pages.room),
            Route("/seat", pages.seat),
            Route("/stream", pages.stream),
            Route("/alive", pages.alive),
            Route("/acknowledge", pages.acknowledge_form),
            Route("/acknowledge", pages.acknowledge, methods=["POST"]),
            Route("/ruling", ruling.form),
            Route("/ruling", ruling.rule, methods=["POST"]),
            Route("/login", log_in.form),
            Route("/login", log_in.log_in, methods=["POST"]),
            Route("/logout", log_in.log_out, methods=["POST"]),
            Route("/language", log_in.language, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={
            Stranger: stranger,
            RefusalError: refusal,
            HTTPException: http_error,
            Exception: fault,
        },
        lifespan=lifespan,
    )
    app.state.feed = feed
    return app


def close_streams(app: Starlette) -> None:
    """End the event streams; call it before telling uvicorn to stop, which otherwise waits for them."""
    feed = app.state.feed
    assert isinstance(feed, Feed)
    feed.close()
