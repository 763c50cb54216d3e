"""The engine of a machine without containers: the image's command as a process in its own environment."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cais.dockerfile import Stage, last_stage
from cais.verify.binding import binding
from cais.verify.engine import CopyState, Stopped, StoppedError
from cais.verify.errors import EngineMissingError, UnreadableError, VerifyError
from cais.verify.ports import free_port, port_is_free
from cais.verify.runs import record
from cais.verify.workload import ImageSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cais.verify.engine import Copy
    from cais.verify.workload import Workload

REQUIREMENTS = "requirements.txt"
TAIL_BYTES = 4000
PORT_PATIENCE_SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCopy:
    """A process that was started, the leader of its own group. `run` is the folder of its run."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    run: Path
    stop_timeout: float

    @property
    def check_port(self) -> int:
        """A process has one port that we know of."""
        return self.port

    def logs(self) -> str:
        """The last lines of its output."""
        return _log(self.run, self.name).read_bytes()[-TAIL_BYTES:].decode(errors="replace")

    def stop(self) -> Stopped:
        """SIGTERM, the stop timeout, then SIGKILL to the whole group."""
        began = time.monotonic()
        self.process.terminate()
        killed = False
        try:
            self.process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            killed = True
        with suppress(ProcessLookupError):  # children that outlived it
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return Stopped(seconds=time.monotonic() - began, killed=killed)

    def listening(self) -> None:
        """Its network is this machine's."""

    def memory_mib(self) -> None:
        """Nothing counts what the group uses."""


class ProcessEngine:
    """Runs what the Dockerfile's last stage runs, on the files that it copies."""

    name = "process"
    leaves_out: tuple[str, ...] = (
        "the image itself: its files, its processor, its size",
        "the address and the port that it listens on: it was given a port of 127.0.0.1 where it takes one",
        "the user, the read-only root, capabilities and ulimits",
        "the memory and cpu limits",
        "the container health check",
    )

    def __init__(self, *, home: Path, run: Path) -> None:
        """`home` is the folder for virtual environments, which outlive a run; `run` is that of the run."""
        self.home = home
        self.run = run

    def prepare(self, workload: Workload) -> str:
        """Copies the files and installs the locked packages; there is no image to have a digest."""
        source = _source(workload)
        _copy(_stage(source), source=source.directory, root=self._root)
        self._environment(source.directory / REQUIREMENTS)
        return ""

    def start(self, workload: Workload, *, name: str, data: Path) -> ProcessCopy:
        """Runs the containers before it to their end, then starts the command."""
        for each in workload.before:
            self._run_to_its_end(each, data=data)
        source = _source(workload)
        port = free_port()
        bound = binding(_words(workload, _stage(source)), port=port, environment=_variables(workload, data))
        if bound is None:
            port = workload.port
            _require(port)
        process = self._spawn(workload, name=name, data=data, port=port)
        return ProcessCopy(
            name=name,
            process=process,
            port=port,
            run=self.run,
            stop_timeout=workload.stop_timeout,
        )

    def states(self, copies: Sequence[Copy]) -> Mapping[str, CopyState]:
        """Whether they run."""
        codes = {copy.name: copy.process.poll() for copy in copies if isinstance(copy, ProcessCopy)}
        return {name: CopyState(running=code is None, exit_code=code) for name, code in codes.items()}

    def most_copies(self, workload: Workload) -> int | None:
        """One, where the command cannot be told another port than its own."""
        bound = binding(_words(workload, _stage(_source(workload))), port=1, environment={})
        return 1 if bound is None else None

    @property
    def _root(self) -> Path:
        return self.run / "root"

    def _spawn(self, workload: Workload, *, name: str, data: Path, port: int) -> subprocess.Popen[bytes]:
        source = _source(workload)
        stage = _stage(source)
        venv = self._environment(source.directory / REQUIREMENTS)
        words = _words(workload, stage)
        variables = _variables(workload, data)
        bound = binding(words, port=port, environment=variables) if workload.port else None
        if bound:
            words, variables = bound.words, {**variables, **bound.environment}
        with _log(self.run, name).open("wb") as output:
            process = subprocess.Popen(
                _found(words, root=self._root, venv=venv),
                cwd=self._root / stage.workdir.lstrip("/"),
                env={"PATH": f"{venv / 'bin'}:{os.defpath}", **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        record(self.run, name, pid=process.pid)
        return process

    def _run_to_its_end(self, workload: Workload, *, data: Path) -> None:
        code = self._spawn(workload, name=workload.name, data=data, port=0).wait()
        if code:
            text = _log(self.run, workload.name).read_bytes()[-TAIL_BYTES:].decode(errors="replace")
            raise StoppedError(workload.name, state=CopyState(running=False, exit_code=code), logs=text)

    def _environment(self, requirements: Path) -> Path:
        """A virtual environment with the locked packages, made once for each lock."""
        if not requirements.is_file():
            raise UnreadableError(
                f"a process needs {REQUIREMENTS} in the build context; {requirements} is missing"
            )
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
        venv = self.home / f"venv-{digest}"
        with _alone(venv):
            self._install(venv, requirements)
        return venv

    @staticmethod
    def _install(venv: Path, requirements: Path) -> None:
        if not (venv / "complete").exists():
            shutil.rmtree(venv, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(venv)])
            _run([str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
            (venv / "complete").touch()


@contextmanager
def _alone(venv: Path) -> Iterator[None]:
    """Inside, no other run makes this virtual environment."""
    venv.parent.mkdir(exist_ok=True)
    with venv.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _log(run: Path, name: str) -> Path:
    return run / f"{name}.log"


def _source(workload: Workload) -> ImageSource:
    if not isinstance(workload.image, ImageSource):
        raise EngineMissingError(
            f"a process cannot run the image {workload.image}; it needs a container engine"
        )
    return workload.image


def _stage(source: ImageSource) -> Stage:
    recipe = (source.directory / source.dockerfile).read_text(encoding="utf-8")
    return last_stage(recipe, source.build_args)


def _variables(workload: Workload, data: Path) -> dict[str, str]:
    return {name: value.replace("{data}", str(data)) for name, value in workload.environment.items()}


def _require(port: int) -> None:
    """Waits until the port is free, as it is once a process that was just killed is gone."""
    give_up = time.monotonic() + PORT_PATIENCE_SECONDS
    while not port_is_free(port):
        if time.monotonic() > give_up:
            raise VerifyError(
                f"port {port} of 127.0.0.1 is taken, and the command takes no other; stop what listens there"
            )
        time.sleep(0.1)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise VerifyError(f"`{' '.join(command[1:4])}` failed:\n{said}")


def _copy(stage: Stage, *, source: Path, root: Path) -> None:
    """The files of the stage's COPY instructions, laid out below `root` as in the image."""
    shutil.rmtree(root, ignore_errors=True)
    (root / stage.workdir.lstrip("/")).mkdir(parents=True)
    for name, target in stage.copies:
        for path in [source] if name == "." else sorted(source.glob(name)):
            destination = root / target.lstrip("/")
            if path.is_dir():
                shutil.copytree(path, destination, dirs_exist_ok=True)
            else:
                folder = target.endswith("/") or destination.is_dir()
                destination = destination / path.name if folder else destination
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, destination)


def _words(workload: Workload, stage: Stage) -> tuple[str, ...]:
    """The command line of the container."""
    entry_point = workload.entry_point or stage.entry_point
    command = workload.command or (() if workload.entry_point else stage.command)
    words = (*entry_point, *command)
    if not words:
        raise UnreadableError("neither the task definition nor the Dockerfile says what to run")
    return words


def _found(words: Sequence[str], *, root: Path, venv: Path) -> list[str]:
    """The command line with paths of the image found in the copied files."""
    inside = [str(root / word.lstrip("/")) if _copied(word, root) else word for word in words]
    program = venv / "bin" / Path(words[0]).name
    return [str(program) if program.exists() else inside[0], *inside[1:]]


def _copied(word: str, root: Path) -> bool:
    return word.startswith("/") and (root / word.lstrip("/")).exists()
