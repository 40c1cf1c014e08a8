"""Ruling on an alert: a page of its own, so that nobody rules by a slip, one alert at a time.

The form names the revision that was on the screen. When something new has come since, nothing is recorded and the page
comes back with the alert as it is now and what was typed.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiankao_collector.console.access import Role
from jiankao_collector.console.context import ConsoleContext
from jiankao_collector.console.login import record
from jiankao_collector.console.pages import Pages
from jiankao_collector.console.painter import MOST_FINDINGS
from jiankao_collector.console.protection import check_form_token, check_origin, read_form
from jiankao_collector.console.standing import AlertShown
from jiankao_collector.console.visitors import Viewer
from jiankao_collector.rulings import LONGEST_REASON, SHORTEST_REASON, about_whom, reason_fits
from jiankao_proto.records import AlertRuled, Ruling

CHOICES = (Ruling.CONFIRMED, Ruling.UNFOUNDED, Ruling.UNDETERMINED)
_LONGEST_REVISION = 10


class RulingPages:
    """What a person rules on one alert."""

    def __init__(self, console: ConsoleContext, pages: Pages) -> None:
        self._console, self._pages = console, pages

    async def form(self, request: Request) -> Response:
        """GET /ruling?alert=: the alert in full, who ruled what on it, and the form."""
        viewer, _ = self._pages.enter(request)
        shown = self._pages.alert(request.query_params.get("alert", ""))
        return self._form(request, viewer, shown)

    async def rule(self, request: Request) -> Response:
        """POST /ruling: a record in the evidence log, with a reason."""
        check_origin(request)
        viewer, _ = self._pages.enter(request)
        fields = await read_form(request)
        check_form_token(request, fields, viewer.form_token)
        shown = self._pages.alert(fields.get("alert", ""))
        alert, reason = shown.alert, fields.get("reason", "").strip()
        ruling, seen = _chosen(fields.get("ruling", "")), _revision(fields.get("revision", ""))

        def again(status: int, error: str) -> Response:
            return self._form(
                request, viewer, shown, status=status, error=error, chosen=ruling, reason=reason
            )

        if why := may_not_rule(viewer, shown):
            return again(403, why)
        if ruling is None:
            return again(400, "error.ruling_choice")
        if not reason_fits(reason):
            return again(400, "error.ruling_reason")
        if seen < self._console.live.rulings().news(alert.alert_id):
            return again(409, "error.ruling_outdated")
        seen = min(seen, alert.revision)
        await record(
            self._console, AlertRuled(alert.alert_id, seen, ruling, viewer.user.name, reason)
        )
        return RedirectResponse(f"/ruling?alert={alert.alert_id.value}", status_code=303)

    def _form(
        self,
        request: Request,
        viewer: Viewer,
        shown: AlertShown,
        *,
        status: int = 200,
        error: str = "",
        chosen: Ruling | None = None,
        reason: str = "",
    ) -> Response:
        findings = sorted(shown.alert.findings, key=lambda f: (-f.points, -f.last_us))
        answer = self._pages.page(
            request,
            "ruling.html",
            None,
            shown=shown,
            findings=findings[:MOST_FINDINGS],
            choices=CHOICES,
            chosen=chosen,
            reason=reason,
            error=error,
            refused=may_not_rule(viewer, shown),
            mine=shown.ruling is not None
            and any(s.user == viewer.user.name for s in shown.ruling.said),
            shortest_reason=SHORTEST_REASON,
            longest_reason=LONGEST_REASON,
        )
        answer.status_code = status
        return answer


def may_not_rule(viewer: Viewer, shown: AlertShown) -> str:
    """Return the key of why this person does not rule on this alert, empty when nothing is against it."""
    if viewer.user.role is Role.AUDITOR:
        return "error.ruling_role"
    return "error.about_you" if viewer.user.name in about_whom(shown.alert) else ""


def _chosen(text: str) -> Ruling | None:
    return next((ruling for ruling in CHOICES if text == str(ruling.value)), None)


def _revision(text: str) -> int:
    fits = text.isascii() and text.isdigit() and len(text) <= _LONGEST_REVISION
    return int(text) if fits else 0
