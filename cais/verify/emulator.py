"""AWS's own emulator of Lambda's runtime interface: where it is, and how a function under it is called.

https://docs.aws.amazon.com/lambda/latest/dg/images-test.html
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.verify.errors import EngineMissingError
from cais.verify.ports import HOST

if TYPE_CHECKING:
    from cais.verify.verifier import Progress

PACKAGE = "aws-sam-cli==1.170.0"
MACHINE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
PROGRAM = f"samcli/local/rapid/aws-lambda-rie-{MACHINE}"
"""It runs inside of the container, whose image is built for this machine's processor."""
INVOKE = "/2015-03-31/functions/function/invocations"
SPARE_SECONDS = 15  # beyond the function's own time-out, for what the emulator does before and after


@dataclass(frozen=True, slots=True)
class Reply:
    """What a function answered after so many seconds; `error` is the type of its failure, or ""."""

    seconds: float
    payload: Any
    error: str = ""

    @property
    def status(self) -> int:
        """The HTTP status in the answer; 0 where there is none."""
        code = self.payload.get("statusCode") if isinstance(self.payload, dict) else None
        return int(str(code)) if str(code).isdigit() else 0

    @property
    def message(self) -> str:
        """What went wrong, in the runtime's words."""
        return (
            str(self.payload.get("errorMessage", "")) if isinstance(self.payload, dict) else str(self.payload)
        )


def find_emulator(progress: Progress) -> Path:
    """The emulator on PATH, that of an installed SAM CLI, or that of its package, fetched once by pip.

    Raises:
        EngineMissingError: there is none, and pip does not get it.
    """
    if found := shutil.which("aws-lambda-rie"):
        return Path(found)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cais" / "runtime-emulator"
    for folder in (*map(Path, sys.path), cache):
        if (folder / PROGRAM).is_file():
            return folder / PROGRAM
    progress.step(f"fetching Lambda's runtime interface emulator ({PACKAGE})")
    _fetch(cache / PROGRAM)
    return cache / PROGRAM


def _fetch(program: Path) -> None:
    """Puts the package's emulator there, whole or not at all: another run may do the same."""
    with tempfile.TemporaryDirectory(prefix="cais-emulator-") as folder:
        words = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, PACKAGE]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        if done.returncode or not Path(folder, PROGRAM).is_file():
            said = (done.stderr.strip().splitlines() or ["pip did not get it"])[-1]
            raise EngineMissingError(
                f"Lambda's runtime interface emulator is missing ({said}); put aws-lambda-rie on PATH: "
                "https://docs.aws.amazon.com/lambda/latest/dg/images-test.html"
            )
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_name(f"{program.name}.{os.getpid()}")
        shutil.copy(Path(folder, PROGRAM), fresh)
        fresh.replace(program)


def invoke(port: int, event: Any, *, timeout: float) -> Reply:
    """Calls the function under the emulator that listens on `port` of this machine."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout + SPARE_SECONDS)
    try:
        connection.request("POST", INVOKE, body=json.dumps(event))
        text = connection.getresponse().read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return Reply(time.monotonic() - began, str(error), error=type(error).__name__)
    finally:
        connection.close()
    return _reply(time.monotonic() - began, text)


def _reply(seconds: float, text: str) -> Reply:
    try:
        payload = json.loads(text)
    except ValueError:
        return Reply(seconds, text, error="no JSON")
    error = payload.get("errorType", "") if isinstance(payload, dict) and "errorMessage" in payload else ""
    if isinstance(payload, dict) and "errorMessage" in payload and not error:
        error = "Error"
    return Reply(seconds, payload, error=error)
