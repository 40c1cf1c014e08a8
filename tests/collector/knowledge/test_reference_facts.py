"""What a reference list calls generic or somebody else's leads to nobody.

The list is not part of this repository: JIANKAO_REFERENCE_DATA names a folder with `lolrmm.jsonl` (LOLRMM's entries as
JSON lines). That every other fact of it is found is tested in tests/quality/test_by_tool.py.
"""

import os
from pathlib import Path

import pytest

from jiankao_collector.knowledge.catalogue import load
from jiankao_proto.observations import Process
from tests.collector.knowledge.reference_names import entry_of
from tests.quality.reference_facts import rows

FOLDER = os.environ.get("JIANKAO_REFERENCE_DATA", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="JIANKAO_REFERENCE_DATA does not name the folder of reference lists"
)


def test_what_the_lists_call_generic_or_somebody_elses_is_not_matched_alone() -> None:
    """A generic file name leads nowhere, a suspect signer to nobody but the tool it really belongs to."""
    catalogue = load()
    wrong = []
    for row in rows(Path(FOLDER), "lolrmm.jsonl"):
        wrong += [
            (row["name"], name)
            for name in row["executables_generic"]
            if catalogue.find(Process(1, 1, name)) is not None
        ]
        for signer in row["signers_suspect"]:
            match = catalogue.find(Process(1, 1, "a.exe", signer=signer))
            if match and entry_of(row["name"]) in {tool.id for tool in match.tools}:
                wrong.append((row["name"], signer))
    assert wrong == []
