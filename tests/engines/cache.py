"""Where engines keep what takes long to make: outside the tree, so that a new clone has it."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cais"
