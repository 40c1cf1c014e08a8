"""Draws the time to the first alert of each scene, as SVG: a dot a play, a stroke at the median."""

from collections.abc import Sequence
from math import log10
from statistics import median

from tests.quality.attacks import Play, by_scene
from tests.quality.results import ASKED_S

_WIDTH, _LEFT, _RIGHT, _HEAD, _BAND, _FOOT = 860, 170, 70, 50, 24, 40
_MARKS_S = (0, 1, 2, 5, 10, 30, 60, 120, 300, 600)


def picture(plays: Sequence[Play]) -> str:
    """Return the picture."""
    scenes = by_scene(plays)
    foot = _HEAD + _BAND * len(scenes)
    most_s = max((p.delay_s or 0.0 for p in plays), default=0.0)
    last = next((mark for mark in _MARKS_S if mark >= max(most_s, ASKED_S * 2)), _MARKS_S[-1])

    def x(seconds: float) -> float:
        share = log10(1 + min(seconds, last)) / log10(1 + last)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {foot + _FOOT}"'
            ' font-family="sans-serif" font-size="12">'
        ),
        '<rect width="100%" height="100%" fill="#fff"/>',
        (
            f'<text x="{_LEFT}" y="20">From the first visible sign to the first alert, seconds'
            f" (green: within {ASKED_S:g} s; red: later; right: plays without an alert)</text>"
        ),
        (
            f'<rect x="{_LEFT}" y="{_HEAD}" width="{x(ASKED_S) - _LEFT:.1f}" height="{foot - _HEAD}"'
            ' fill="#ecfdf5"/>'
        ),
    ]
    for mark in (m for m in _MARKS_S if m <= last):
        parts.append(f'<path d="M{x(mark):.1f} {_HEAD}V{foot}" stroke="#d1d5db"/>')
        parts.append(f'<text x="{x(mark):.1f}" y="{foot + 18}" text-anchor="middle">{mark}</text>')
    for row, (scene, ofit) in enumerate(scenes.items()):
        y = _HEAD + _BAND * row + _BAND / 2
        told = [p.delay_s for p in ofit if p.delay_s is not None]
        missed = len(ofit) - len(told)
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{scene}</text>')
        parts += [
            f'<circle cx="{x(s):.1f}" cy="{y + (n % 5 - 2) * 2:.1f}" r="3" fill-opacity=".5"'
            f' fill="{"#059669" if s <= ASKED_S else "#dc2626"}"/>'
            for n, s in enumerate(told)
        ]
        if told:
            at = x(median(told))
            parts.append(
                f'<path d="M{at:.1f} {y - 9:.1f}v18" stroke="#111" stroke-width="2" fill="none"/>'
            )
        if missed:
            parts.append(
                f'<text x="{_WIDTH - 10}" y="{y + 4:.1f}" text-anchor="end" fill="#dc2626">'
                f"{missed} of {len(ofit)}</text>"
            )
    return "\n".join([*parts, "</svg>\n"])
