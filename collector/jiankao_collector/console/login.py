"""Logging in and out, and choosing the language."""

import asyncio
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jiankao_collector.console.context import ConsoleContext
from jiankao_collector.console.passwords import LONGEST, password_fits
from jiankao_collector.console.protection import (
    check_form_token,
    check_origin,
    local_path,
    read_form,
)
from jiankao_collector.console.refusals import RefusalError
from jiankao_collector.console.rendering import Renderer
from jiankao_collector.console.throttle import Throttle
from jiankao_collector.console.visitors import (
    drop_web_session,
    keep_language,
    keep_web_session,
    peer_of,
    viewer_of,
    words_for,
)
from jiankao_collector.console.wording import Language
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.writer import Appended
from jiankao_proto.records import OperatorAction, RecordBody

_HASHES_AT_ONCE = 2
"""Each takes 64 MiB and a core for tens of milliseconds: a flood of log-ins waits in line."""
_LONGEST_NAME = 64


class LogIn:
    """The pages before and after a web session."""

    def __init__(self, console: ConsoleContext, renderer: Renderer) -> None:
        self._console = console
        self._renderer = renderer
        self._throttle = Throttle()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def form(self, request: Request) -> Response:
        """GET /login."""
        path = local_path(request.query_params.get("next", "/"))
        if viewer_of(self._console, request):
            return RedirectResponse(path, status_code=303)
        error = "login.expired" if "expired" in request.query_params else ""
        return self._form(request, 200, path, error=error)

    async def log_in(self, request: Request) -> Response:
        """POST /login. Every try is a record, before it has an effect: nobody enters unrecorded."""
        check_origin(request)
        fields = await read_form(request)
        path = local_path(fields.get("next", "/"))
        name, password = fields.get("name", "").strip()[:_LONGEST_NAME], fields.get("password", "")
        peer, now_us = peer_of(request), self._console.clock()
        stored = self._console.access.stored_hash(name)
        # Only names that exist are written down: people type passwords into the wrong field.
        known = name if stored is not None else ""
        refused = self._throttle.begin(name, peer, now_us)
        if refused is not None:
            if refused.first:
                await record(self._console, OperatorAction(known, "log-in-blocked", "", peer))
            seconds = refused.wait_us // 1_000_000 + 1
            answer = self._form(request, 429, path, error="login.wait", name=name, n=seconds)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        async with self._hashing:
            fits = await asyncio.to_thread(password_fits, stored, password[: LONGEST + 1])
        if not fits:
            await record(self._console, OperatorAction(known, "log-in-refused", "", peer))
            return self._form(request, 401, path, error="login.wrong", name=name)
        await record(self._console, OperatorAction(name, "log-in", "", peer))
        self._throttle.succeeded(name, peer)
        token = self._console.access.start_web_session(name, self._console.clock())
        response = RedirectResponse(path, status_code=303)
        keep_web_session(self._console, response, token)
        return response

    async def log_out(self, request: Request) -> Response:
        """POST /logout. The web session ends even when the log cannot be written."""
        check_origin(request)
        fields = await read_form(request)
        viewer = viewer_of(self._console, request)
        response = RedirectResponse("/login", status_code=303)
        if viewer is None:
            return response
        check_form_token(request, fields, viewer.form_token)
        self._console.access.end_web_session(viewer.token)
        drop_web_session(self._console, response)
        await record(
            self._console, OperatorAction(viewer.user.name, "log-out", "", peer_of(request))
        )
        return response

    async def language(self, request: Request) -> Response:
        """POST /language: from here on, this browser and this user read that language."""
        check_origin(request)
        fields = await read_form(request)
        if fields.get("language") not in tuple(Language):
            raise RefusalError(400, "error.malformed")
        viewer = viewer_of(self._console, request)
        if viewer is not None:
            check_form_token(request, fields, viewer.form_token)
            self._console.access.set_language(viewer.user.name, fields["language"])
        response = RedirectResponse(local_path(fields.get("back", "/")), status_code=303)
        keep_language(self._console, response, fields["language"])
        return response

    def _form(
        self,
        request: Request,
        status: int,
        path: str,
        *,
        error: str = "",
        name: str = "",
        **values: object,
    ) -> HTMLResponse:
        words = words_for(request, None)
        back = f"/login?{urlencode({'next': path})}" if path != "/" else "/login"
        html = self._renderer.render(
            "login.html",
            words,
            viewer=None,
            back=back,
            next=path,
            name=name,
            error=words(error, **values) if error else "",
        )
        return HTMLResponse(html, status_code=status)


async def record(console: ConsoleContext, body: RecordBody) -> Appended:
    """Append to the evidence log. Raises RefusalError when it cannot be written: then nothing is done."""
    try:
        return await console.record(body)
    except EvidenceLogError as error:
        raise RefusalError(503, "error.not_recorded") from error
