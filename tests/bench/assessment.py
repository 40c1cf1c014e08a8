"""What judging costs, next to bare decoding of the same envelopes. Prints one JSON object.

python -m tests.bench.assessment [--seats N ...] [--batches N] [--observations N]

One line for each number of seats, in processor time. The figures of a line come from one run over the same records:
reading every envelope into a batch with everything else left out, and the whole assessment, which reads them too. One
seat in forty is driven from elsewhere. What happens once a seat (its enrolment, the opening of the exam session, its
first batch) is measured apart, a seat at a time; all else is an observation's share of the batches that follow. The
last figure is what the assessment adds to the decoding.
"""

import argparse
import json
import time

from jiankao_collector.assessment import Assessment
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InjectionMethod,
    InputSource,
    InputWindow,
    ListenerOpened,
    ProcessStarted,
    Transport,
)
from jiankao_proto.records import EnvelopeAdmitted, Record
from tests.support.judged import JudgedLog, at, process, ref, rules


def facts(batch: int, count: int, *, driven: bool) -> list[Fact]:
    """Return what a seat at work observes: mostly its mouse, some programs and connections."""
    mixed: list[Fact] = [
        InputWindow(InputSource.LOCAL_DEVICE, "mouse", 1_000_000, 120, 934.5, 120.25, 4200.0, 7),
        ProcessStarted(process(f"program-{batch % 50}.exe", 1000 + batch)),
        ConnectionOpened(
            Transport.TCP,
            at("10.1.0.9:50000"),
            at("10.0.0.5:443"),
            Direction.OUTBOUND,
            ref("exam.exe"),
        ),
        ListenerOpened(Transport.TCP, at("127.0.0.1:9000"), ref("exam.exe")),
    ]
    if driven:
        mixed[1] = InjectedInput(
            InjectionMethod.XTEST_DEVICE, "Virtual core XTEST pointer", motion_events=40
        )
        mixed[2] = ConnectionOpened(
            Transport.TCP,
            at("10.1.0.9:5900"),
            at("10.1.0.66:40000"),
            Direction.INBOUND,
            ref("x11vnc"),
        )
    return [mixed[n % len(mixed)] for n in range(count)]


def build(count: int, batches: int, observations: int) -> list[Record]:
    """Return the records of a room of `count` seats in which every seat sends a batch a second."""
    log = JudgedLog()
    seats = [log.seat(str(n)) for n in range(count)]
    log.opens(0)
    for seat in seats:
        seat.connects(0)
    for number in range(batches):
        seat = seats[number % count]
        seat.sends(
            1 + number / count, *facts(number, observations, driven=number % count % 40 == 0)
        )
    return log.records


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seats", type=int, nargs="+", default=[40])
    parser.add_argument("--batches", type=int, default=8000)
    parser.add_argument("--observations", type=int, default=4, help="in each batch")
    arguments = parser.parse_args()
    for seats in arguments.seats:
        measure(seats, arguments.batches, arguments.observations)


def measure(seats: int, batches: int, observations: int) -> None:
    """Measure one room and print the figures."""
    records = build(seats, seats + batches, observations)
    total = batches * observations
    sent = [n for n, record in enumerate(records) if isinstance(record.body, EnvelopeAdmitted)]
    beginning, after = records[: sent[seats]], records[sent[seats] :]

    began = time.process_time()
    for record in after:
        if isinstance(record.body, EnvelopeAdmitted):
            read_batch(read_envelope(record.body.envelope)[1])
    decoding_s = time.process_time() - began

    assessment = Assessment(rules())
    began = time.process_time()
    revisions = sum(len(assessment.see(record)) for record in beginning)
    beginning_s = time.process_time() - began
    began = time.process_time()
    revisions += sum(len(assessment.see(record)) for record in after)
    judging_s = time.process_time() - began

    print(
        json.dumps(
            {
                "seats": seats,
                "batches": batches,
                "observations": total,
                "alerts": len(assessment.alerts()),
                "revisions": revisions,
                "beginning_us_per_seat": round(beginning_s / seats * 1e6, 2),
                "decoding_us_per_observation": round(decoding_s / total * 1e6, 2),
                "assessment_us_per_observation": round(judging_s / total * 1e6, 2),
                "judging_alone_us_per_observation": round(
                    (judging_s - decoding_s) / total * 1e6, 2
                ),
            }
        )
    )


if __name__ == "__main__":
    main()
