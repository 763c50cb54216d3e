"""`cais up`: the service of an assembly, kept running."""

from __future__ import annotations

import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cais.template import TemplateError, load
from cais.verify.docker import DockerEngine
from cais.verify.engine import docker_answers, require_docker
from cais.verify.process import ProcessEngine
from cais.verify.reading import read_service
from cais.verify.up import bring_up, url, wait
from cais.verify.workload import VerifyError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from cais.verify.engine import Engine, Running
    from cais.verify.reading import Reading

HOME = Path(".cais")
PATIENCE_SECONDS = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("assembly", nargs="?", default="cdk.out", type=Path, metavar="PATH", help="cdk.out")
    parser.add_argument("--engine", choices=("auto", "docker", "process"), default="auto")
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable in place of the task definition's; {data} is a folder that outlives the run",
    )
    parser.add_argument(
        "--smoke-test", default="", metavar="COMMAND", help="must succeed; gets the URL as its last argument"
    )
    parser.add_argument("--once", action="store_true", help="stop as soon as all of that has passed")


def run(arguments: argparse.Namespace) -> int:
    """Brings the service up, prints its URL on stdout, waits for Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what runs is stopped then, too
    try:
        reading = read_service(load([arguments.assembly])[0], given=_pairs(arguments.env))
        engine = _engine(arguments.engine)
        _tell(reading, engine)
        running = _bring_up(reading, engine, shlex.split(arguments.smoke_test))
    except TemplateError as error:
        say(f"{error}\nsynthesize first: cdk synth")
        return 2
    except VerifyError as error:
        say(str(error))
        return 1
    print(url(running), flush=True)
    return _keep(running, once=arguments.once)


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def _pairs(given: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise VerifyError(f"--env takes NAME=VALUE, not {text!r}")
        pairs[name] = value
    return pairs


def _engine(name: str) -> Engine:
    if name == "docker":
        require_docker()
    if name == "docker" or (name == "auto" and docker_answers()):
        return DockerEngine(run_id=str(HOME.resolve()))
    return ProcessEngine(home=HOME.resolve())


def _tell(reading: Reading, engine: Engine) -> None:
    if engine.leaves_out:
        say(f"the {engine.name} engine leaves out: {', '.join(engine.leaves_out)}")
    if reading.unknown:
        say(f"known only after a deployment, so not given: {', '.join(reading.unknown)} (--env gives them)")


def _bring_up(reading: Reading, engine: Engine, smoke_test: Sequence[str]) -> Running:
    HOME.mkdir(mode=0o700, exist_ok=True)
    data = (
        HOME.resolve() / f"data-{engine.name}"
    )  # the user of a container cannot write our files, nor we its
    data.mkdir(exist_ok=True)
    return bring_up(
        workload=reading.workload,
        engine=engine,
        data=data,
        patience=PATIENCE_SECONDS,
        smoke_test=smoke_test,
        say=say,
    )


def _keep(running: Running, *, once: bool) -> int:
    """Waits until the service ends or is told to; whatever happens, nothing of it is left."""
    try:
        if once:
            return 0
        say("running; Ctrl-C stops it (`cdk deploy` takes the same templates to AWS)")
        wait(running)
        say(f"the service ended by itself; its last lines:\n{running.logs()}")
    except KeyboardInterrupt:
        say("stopping")
        return 0
    finally:
        running.stop()
    return 1
