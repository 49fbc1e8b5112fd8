"""Exit code 0 if the installed torch is a build that loads GPU libraries, else 1."""

import sys
from importlib.metadata import requires

wanted = requires("torch") or []
sys.exit(0 if any(name.startswith(("nvidia-", "cuda-")) for name in wanted) else 1)
