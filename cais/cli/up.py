"""`cais up`: the service of an assembly, kept running."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from cais.cli.running import HOME, REFUSALS, add_request_arguments, refused, request_of, target_name
from cais.template import load
from cais.verify.errors import VerifyError
from cais.verify.progress import terminal_progress
from cais.verify.tidy import tidy
from cais.verify.verifier import VERIFIERS, verifier

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from cais.verify.verifier import Progress, Service

FINE, ENDED = 0, 1
LOOK_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "target",
        nargs="?",
        default="ecs",
        type=target_name,
        metavar="TARGET",
        help=f"{', '.join(VERIFIERS)}; default: ecs",
    )
    add_request_arguments(parser)
    parser.add_argument(
        "--smoke-test", default="", metavar="COMMAND", help="must succeed; gets the URL as its last argument"
    )
    parser.add_argument("--once", action="store_true", help="stop as soon as all of that has passed")


def run(arguments: argparse.Namespace) -> int:
    """Brings the service up, prints its URL on stdout, waits for Ctrl-C."""
    progress = terminal_progress()
    try:
        with tidy(progress):
            return _serve(arguments, progress)
    except REFUSALS as error:
        return refused(error, progress)
    except (VerifyError, OSError) as error:
        progress.step(str(error))
        return ENDED
    except KeyboardInterrupt:
        return FINE


def _serve(arguments: argparse.Namespace, progress: Progress) -> int:
    request = request_of(arguments)
    assembly = load([arguments.assembly])[0]
    HOME.mkdir(mode=0o700, exist_ok=True)
    with verifier(arguments.target).up(assembly, request=request, progress=progress) as service:
        _test(shlex.split(arguments.smoke_test), service)
        print(service.url, flush=True)
        if arguments.once:
            return FINE
        return _keep(service, progress)


def _test(command: Sequence[str], service: Service) -> None:
    if not command:
        return
    done = subprocess.run([*command, service.url], stdout=sys.stderr, check=False)
    if done.returncode:
        service.alive()
        raise VerifyError(
            f"the smoke test `{shlex.join(command)}` ended with {done.returncode}\n{service.logs()}"
        )


def _keep(service: Service, progress: Progress) -> int:
    """Waits until the service ends or is told to."""
    progress.step("running; Ctrl-C stops it (`cdk deploy` takes the same templates to AWS)")
    try:
        while service.alive():
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        progress.step("stopping")
        return FINE
    progress.step(f"the service does not keep running\n{service.logs()}")
    return ENDED
