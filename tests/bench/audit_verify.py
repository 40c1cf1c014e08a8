"""How fast a log is verified, next to the bare signature checks in it. Prints one JSON object.

python -m tests.bench.audit_verify [--records N] [--observations N]

Both figures come from the same run over the same bytes: a loop of Ed25519 verifications over the
envelopes of the log with everything else left out, and the whole verification as `jiankao-audit
verify` does it, file included. Peak memory is that of this process after each.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jiankao_collector.audit.rows import StoredRow
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verify import verify
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto import chain
from jiankao_proto.codec import read_envelope, read_record
from jiankao_proto.envelope import pre_authentication_encoding
from jiankao_proto.observations import InputSource, InputWindow
from jiankao_proto.records import EnvelopeAdmitted, RecordBody, WorkstationEnrolled
from tests.support.logs import STEP_US, LogBuilder, Workstation

if sys.platform != "win32":
    import resource

SEATS = 40
_AT_ONCE = 2000


def build(data: Path, envelopes: int, observations: int) -> int:
    """Build a log of a 40-seat room and return its size in bytes."""
    with LogBuilder(data) as log:
        stations = [log.enrol(f"seat-{n:02}", "101", f"{n:02}") for n in range(SEATS)]
        at_us, path = log.now_us, log.path
    fact = InputWindow(InputSource.LOCAL_DEVICE, "mouse", 1_000_000, 120, 934.5, 120.25, 4200.0, 7)
    writer = EvidenceLogWriter(path)
    bodies: list[RecordBody] = []
    for number in range(envelopes):
        bodies.append(_next(stations[number % SEATS], (fact,) * observations, at_us))
        if len(bodies) == _AT_ONCE:
            writer.append(bodies, at_us)
            bodies = []
        at_us += STEP_US // SEATS
    writer.append(bodies, at_us)
    writer.close()
    return path.stat().st_size


def _next(station: Workstation, facts: tuple[InputWindow, ...], at_us: int) -> EnvelopeAdmitted:
    sealed = station.seal(facts, at_us)
    body = EnvelopeAdmitted(station.id, station.head.next_sequence, sealed.data)
    station.head = chain.ChainHead(station.head.next_sequence + 1, sealed.digest)
    return body


def bare_signatures(data: Path) -> tuple[int, float]:
    """Return how many envelope signatures the log holds, and the seconds their bare checks take."""
    keys: dict[str, Ed25519PublicKey] = {}
    count, spent = 0, 0.0
    with StoredLog(data) as log:
        for row in log.rows():
            assert isinstance(row, StoredRow)
            assert isinstance(row.content, bytes)
            body = read_record(row.content).body
            if isinstance(body, WorkstationEnrolled):
                keys[body.workstation_id.value] = Ed25519PublicKey.from_public_bytes(
                    body.identity_public_key
                )
            elif isinstance(body, EnvelopeAdmitted):
                kind, payload, signature = read_envelope(body.envelope)
                key, signed = (
                    keys[body.workstation_id.value],
                    pre_authentication_encoding(kind, payload),
                )
                began = time.perf_counter()
                key.verify(signature, signed)
                spent += time.perf_counter() - began
                count += 1
    return count, spent


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000, help="envelopes in the log")
    parser.add_argument("--observations", type=int, default=3, help="observations in each")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        size = build(data, asked.records, asked.observations)
        signatures, bare_s = bare_signatures(data)
        before = _peak_mib()
        began = time.perf_counter()
        with StoredLog(data) as log:
            verdict = verify(log.rows())
        verify_s = time.perf_counter() - began
        assert verdict.intact
    print(
        json.dumps(
            {
                "records": verdict.records,
                "envelopes": signatures,
                "observations_per_envelope": asked.observations,
                "log_mib": round(size / 2**20, 1),
                "verify_records_per_s": round(verdict.records / verify_s),
                "bare_ed25519_per_s": round(signatures / bare_s),
                "verify_to_bare_time": round(verify_s / bare_s, 2),
                "peak_mib_before_verify": before,
                "peak_mib_after_verify": _peak_mib(),
            }
        )
    )


if sys.platform == "win32":

    def _peak_mib() -> float:
        return round(psutil.Process().memory_info().peak_wset / 2**20, 1)
else:

    def _peak_mib() -> float:
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1)


if __name__ == "__main__":
    main()
