"""Windows's tests: Windows Python runs `inside` under Wine, this system's runs `outside`; `make test-windows` both.

Elsewhere neither is collected: without a built Windows Python (JIANKAO_WINE) there is nothing to run them with.
"""

import os
import sys

if sys.platform == "win32":
    collect_ignore = ["outside"]
else:
    collect_ignore = ["inside"] if "JIANKAO_WINE" in os.environ else ["inside", "outside"]
