"""The scores at which a seat turns to a warning or an alert, and those at which it turns back.

Turning back is asked for at a lower score than turning: a seat whose score lies at a threshold must not flicker.
"""

from dataclasses import dataclass

from jiankao_collector.knowledge.checked_table import Table

HIGHEST = 99
"""A threshold above it would never be reached for certain: 100 is rounded."""
FIELDS = ("warning", "warning_falls", "alert", "alert_falls")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores, 0..99; each `falls` is below its own threshold, and `warning` not above `alert`."""

    warning: int
    warning_falls: int
    alert: int
    alert_falls: int


def read(table: Table, otherwise: Thresholds | None = None) -> Thresholds:
    """Read thresholds from a table; what is wrong with them is noted there.

    `otherwise`: what counts where one is not named; a `falls` that is not named is half of its threshold then.
    Without it all four have to be there.
    """

    def one(key: str, usual: int, lowest: int) -> int:
        if otherwise is not None and not table.has(key):
            return usual
        return table.number(key, lowest, HIGHEST)

    usual = otherwise or Thresholds(1, 0, 1, 0)
    warning = one("warning", usual.warning, 1)
    alert = one("alert", usual.alert, 1)
    found = Thresholds(
        warning=warning,
        warning_falls=one(
            "warning_falls", usual.warning_falls if not table.has("warning") else warning // 2, 0
        ),
        alert=alert,
        alert_falls=one(
            "alert_falls", usual.alert_falls if not table.has("alert") else alert // 2, 0
        ),
    )
    if table.failed:
        return found
    if found.warning > found.alert:
        table.wrong(
            "warning",
            f"须不高于 alert（{found.alert}）",
            f"must not be above alert ({found.alert}): a warning comes first",
        )
    for falls, rises, low, high in (
        ("warning_falls", "warning", found.warning_falls, found.warning),
        ("alert_falls", "alert", found.alert_falls, found.alert),
    ):
        if low >= high:
            table.wrong(
                falls,
                f"须低于 {rises}（{high}）",
                f"must be below {rises} ({high}): else it flickers",
            )
    return found
