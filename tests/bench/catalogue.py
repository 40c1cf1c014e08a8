"""What a look-up in the catalogue costs, against the number of its tools. Prints one JSON object.

python -m tests.bench.catalogue [--rounds N]

Each figure is CPU time of this process per look-up, in microseconds. Unknown paths and hosts are all different, so that
nothing is remembered from one look-up to the next. Beside the catalogue that ships stands one with the tools of the
Chinese market only: a look-up that walked along the entries would show.
"""

import argparse
import json
import time
from collections.abc import Callable

from jiankao_collector.knowledge.catalogue import Catalogue, load, parse, shipped
from jiankao_proto.observations import Change, Process, ServiceChanged, ServiceKind

_ROUNDS = 20_000
_FEW = "remote_control_china.toml"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="look-ups of each kind")
    rounds = parser.parse_args().rounds
    began = time.process_time()
    whole = load()
    loading = time.process_time() - began
    few = parse([source for source in shipped() if source.name in {"about.toml", _FEW}])
    said = {
        "tools": len(whole.tools),
        "load_s": round(loading, 3),
        "whole_us": _costs(whole, rounds),
        "few_tools": len(few.tools),
        "few_us": _costs(few, rounds),
    }
    print(json.dumps(said, indent=1))


def _costs(catalogue: Catalogue, rounds: int) -> dict[str, float]:
    service = ServiceChanged(
        Change.ADDED,
        ServiceKind.SYSTEM,
        "wuauserv",
        image_path="C:\\Windows\\svchost.exe -k netsvcs",
    )
    known = Process(1, 1, "ToDesk.exe", "D:\\ToDesk.exe")
    return {
        "known_process": _cost(lambda _: catalogue.find(known), rounds),
        "unknown_process": _cost(lambda n: catalogue.find(_unknown(n)), rounds),
        "unknown_host": _cost(lambda n: catalogue.find_host(f"a{n}.b.c.example.com"), rounds),
        "unknown_service": _cost(lambda _: catalogue.find_service(service), rounds),
    }


def _unknown(number: int) -> Process:
    path = f"C:\\Program Files\\Maker {number}\\Application\\exam.exe"
    return Process(number, 1, "exam.exe", path, original_name="exam.exe", company="Maker Ltd")


def _cost(look_up: Callable[[int], object], rounds: int) -> float:
    began = time.process_time()
    for number in range(rounds):
        look_up(number)
    return round((time.process_time() - began) / rounds * 1e6, 2)


if __name__ == "__main__":
    main()
