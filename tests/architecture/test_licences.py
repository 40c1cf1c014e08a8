"""What is installed to run jiankao can be given away with it: no GPL, and no LGPL unseen."""

import re
from importlib import metadata

import pytest
from packaging.markers import Marker

from tests.support.source_tree import ROOT

LOCK = (ROOT / "requirements" / "run.lock").read_text(encoding="utf-8")
LOCKED = re.findall(r"^([A-Za-z0-9._-]+)==\S+(?: ; (.+?))? \\$", LOCK, re.MULTILINE)
HERE = [name for name, marker in LOCKED if not marker or Marker(marker).evaluate()]

# Used as separate, replaceable modules that we neither change nor bundle (docs/adr/0007).
LESSER = {"pynput", "pysigma", "python-xlib"}
FREE = re.compile(r"MIT|BSD|Apache|MPL|Mozilla Public|PSF|Python Software Foundation|ISC")
COPYLEFT = re.compile(r"GPL|General Public|Affero", re.IGNORECASE)
LGPL = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)


def licences(name: str) -> list[str]:
    """What a distribution says of its licence, the most exact statement first."""
    said = metadata.metadata(name)
    stated = [said["License-Expression"] or "", said["License"] or ""]
    stated += [c for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    return [text for text in stated if text]


def test_the_lock_was_read() -> None:
    assert {"grpcio", "cryptography", "starlette", "psutil"} <= set(HERE)


@pytest.mark.parametrize("name", HERE)
def test_a_licence_lets_us_give_jiankao_away(name: str) -> None:
    stated = licences(name)
    assert stated, f"{name} does not say its licence: look it up and decide"
    if name in LESSER:
        assert all(LGPL.search(text) for text in stated), (name, stated)
    else:
        assert not any(COPYLEFT.search(text) for text in stated), (name, stated)
        assert any(FREE.search(text) for text in stated), f"{name}: an unknown licence {stated}"


def test_the_ones_left_out_stay_out() -> None:
    """No evdev (it needs a compiler), no pymerkle (GPL-3.0): docs/adr/0007."""
    assert {"evdev", "pymerkle"} & {name for name, _ in LOCKED} == set()
