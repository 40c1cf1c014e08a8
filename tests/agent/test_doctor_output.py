"""The readmes show what `jiankao-agent doctor` prints now."""

import pytest

from tests.agent.doctor_output import READMES, blocks, shown_in
from tests.support.hosts import why_not


def test_the_readmes_show_what_doctor_prints() -> None:
    if reason := why_not():
        pytest.skip(reason)
    for language, block in blocks().items():
        shown = shown_in(READMES[language].read_text(encoding="utf-8"))
        assert shown == block, f"{READMES[language].name} is old: make doctor-output"
