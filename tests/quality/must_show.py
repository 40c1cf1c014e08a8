"""In which families of findings each case must show: written from what was done there, not from what is found.

Answer times are judged in rooms of their own, so `hands` is not here; `ring` is asked for of several seats.
"""

from jiankao_collector.detectors.base import Family

_DRIVEN = frozenset({Family.SOFTWARE, Family.NETWORK, Family.INPUT})
_TAMPERED = frozenset({Family.TAMPER})

MUST_SHOW = {
    # A remote-control program, its far end, and somebody else's hand.
    "zhejiang-2021": _DRIVEN,
    "fangchenggang-2024": _DRIVEN,
    "jaipur-2018": _DRIVEN,
    "meerut-2024": _DRIVEN,
    "guoluo-2019": _DRIVEN,
    "jaipur-2025": _DRIVEN,
    # A program nobody knows; what shows is the hand and the far end.
    "dhanbad-2025": frozenset({Family.INPUT, Family.NETWORK}),
    # Only looked at: no hand.
    "shijiazhuang": frozenset({Family.SOFTWARE, Family.NETWORK, Family.SESSION}),
    # A stick, a classroom-control program from it, a peer that is not the room's.
    "beijing-2019": frozenset({Family.DEVICE, Family.SOFTWARE, Family.NETWORK}),
    # The exam's own files and the way to the network changed, then a driven seat.
    "neetpg-2016": _DRIVEN | _TAMPERED,
    # A phone's network, a program through it, somebody else's hand; and the cable was out.
    "phone-tether": _DRIVEN | _TAMPERED,
    "pulled-plug": _TAMPERED,
    "killed-agent": _TAMPERED,
    "blinded-sensor": _TAMPERED,
    "clock-turned-back": _TAMPERED,
}
