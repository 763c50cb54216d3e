"""`make engines`: gets this machine what the tests run for real. A second time it finds it all there."""

from __future__ import annotations

import sys

from tests.engines import base_image, folders, programs
from tests.engines.container_engine import EngineMissingError, container_engine
from tests.engines.kubernetes.binaries import BuildError, binaries


def say(text: str) -> None:
    print(f"==> {text}", flush=True)  # noqa: T201 - a command tells what it does


def main() -> None:
    absent = programs.absent()
    if absent and not programs.install(absent, say=say):
        say("the tests that need these are skipped; to run them: " + programs.install_line(absent))
    try:
        binaries(say)
    except BuildError as error:
        say(f"the tests that need Kubernetes are skipped: {error}")
    try:
        with container_engine(say):
            base_image.provide(say=say)
            folders.emulator(say=say)
            folders.runtime_emulator(say=say)
    except EngineMissingError as error:
        say(f"the tests that need containers are skipped; to run them: {error}")


if __name__ == "__main__":
    sys.exit(main())
