"""Python packages that live in folders of their own in the cache, out of the way of ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engines.cache import CACHE

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
EMULATOR = CACHE / "emulator"
RUNTIME_EMULATOR = CACHE / "runtime-emulator"


def emulator(*, say: Callable[[str], None]) -> Path:
    """The packages of the emulator of AWS, for PYTHONPATH."""
    return _provide(EMULATOR, REQUIREMENTS / "emulator.txt", what="the emulator of AWS", say=say)


def runtime_emulator(*, say: Callable[[str], None]) -> Path:
    """Lambda's runtime interface emulator, an executable."""
    lock = REQUIREMENTS / "runtime-emulator.txt"
    folder = _provide(RUNTIME_EMULATOR, lock, "--no-deps", what="Lambda's runtime emulator", say=say)
    return folder / "samcli" / "local" / "rapid" / "aws-lambda-rie-x86_64"


def _provide(folder: Path, lock: Path, *options: str, what: str, say: Callable[[str], None]) -> Path:
    """`folder` with what `lock` pins by hash; made anew when the lock changes."""
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        say(f"installing {what}")
        shutil.rmtree(folder, ignore_errors=True)
        command = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--require-hashes"]
        subprocess.run([*command, *options, "--target", folder, "--requirement", lock], check=True)
        shutil.copy(lock, installed)
    return folder
