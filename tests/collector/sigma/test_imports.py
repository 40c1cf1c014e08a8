"""What rooms install: pySigma without what only its downloads and pipelines need (docs/adr/0012)."""

import subprocess
import sys

PROGRAM = """
import sys
from jiankao_collector.sigma.compiling import compile_files
rule = b"title: a\\nlogsource: {category: x}\\ndetection: {s: {a|re|i: b, c|cidr: 10.0.0.0/8}, condition: s}\\n"
assert len(compile_files([("a.yml", rule)]).rules.rules) == 1
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_no_download_no_pipeline() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "sigma" in loaded
    assert not loaded & {"requests", "urllib3", "jq", "diskcache", "jinja2", "certifi"}
