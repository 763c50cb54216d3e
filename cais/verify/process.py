"""The engine of a machine without containers: the image's command as a process in its own environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cais.dockerfile import Stage, last_stage
from cais.verify.docker import port_is_free
from cais.verify.workload import ImageSource, VerifyError, Workload

REQUIREMENTS = "requirements.txt"
TAIL_BYTES = 4000
PORT_PATIENCE_SECONDS = 3


@dataclass(slots=True, kw_only=True)
class ProcessRunning:
    """A process that was started, the leader of its own group."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    stop_timeout: float

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def logs(self) -> str:
        """The last lines of its output."""
        return self.log.read_bytes()[-TAIL_BYTES:].decode(errors="replace")

    def stop(self) -> None:
        """SIGTERM, the stop timeout, then SIGKILL to the whole group."""
        self.process.terminate()
        try:
            self.process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class ProcessEngine:
    """Runs what the Dockerfile's last stage runs, on the files that it copies."""

    name = "process"
    leaves_out: tuple[str, ...] = (
        "the image itself",
        "the read-only root and the user",
        "the memory and cpu limits",
        "the container health check",
        "the network: it listens where its command says, which may be beyond 127.0.0.1",
    )

    def __init__(self, *, home: Path) -> None:
        """`home` is the folder for what a run needs: virtual environments, the copied files, the log."""
        self.home = home
        self.group = home / "process-group"

    def remove_stale(self) -> int:
        """Ends the process of a run that was killed; 1 where there was one."""
        try:
            pid, birth = self.group.read_text().split(" ", 1)
        except (OSError, ValueError):
            return 0
        self.group.unlink()
        if birth != _birth(int(pid)):
            return 0
        os.killpg(int(pid), signal.SIGKILL)
        return 1

    def start(self, workload: Workload, *, data: Path) -> ProcessRunning:
        """Copies the files, installs the locked packages, starts the command."""
        if not isinstance(workload.image, ImageSource):
            raise VerifyError(f"a process cannot run the image {workload.image}; it needs a container engine")
        if not _frees(workload.port):
            raise VerifyError(f"port {workload.port} of 127.0.0.1 is taken; stop what listens there")
        stage = last_stage((workload.image.directory / workload.image.dockerfile).read_text(encoding="utf-8"))
        root = self.home / "root"
        _copy(stage, source=workload.image.directory, root=root)
        venv = self._environment(workload.image.directory / REQUIREMENTS)
        log = self.home / "service.log"
        environment = {
            name: value.replace("{data}", str(data)) for name, value in workload.environment.items()
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(workload, stage=stage, root=root, venv=venv),
                cwd=root / stage.workdir.lstrip("/"),
                env={"PATH": f"{venv / 'bin'}:{os.defpath}", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.group.write_text(f"{process.pid} {_birth(process.pid)}")
        return ProcessRunning(
            process=process, port=workload.port, log=log, stop_timeout=workload.stop_timeout
        )

    def _environment(self, requirements: Path) -> Path:
        """A virtual environment with the locked packages, made once for each lock."""
        if not requirements.is_file():
            raise VerifyError(
                f"a process needs {REQUIREMENTS} in the build context; {requirements} is missing"
            )
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
        venv = self.home / f"venv-{digest}"
        if not (venv / "complete").exists():
            shutil.rmtree(venv, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(venv)])
            _run([str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
            (venv / "complete").touch()
        return venv


def _frees(port: int) -> bool:
    """Whether the port is free, or becomes so as soon as a process that was just killed is gone."""
    give_up = time.monotonic() + PORT_PATIENCE_SECONDS
    while not port_is_free(port):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


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


def _command(workload: Workload, *, stage: Stage, root: Path, venv: Path) -> list[str]:
    """The command line of the container, with paths of the image found in the copied files."""
    entry_point = workload.entry_point or stage.entry_point
    command = workload.command or (() if workload.entry_point else stage.command)
    words = [*entry_point, *command]
    if not words:
        raise VerifyError("neither the task definition nor the Dockerfile says what to run")
    inside = [str(root / word.lstrip("/")) if _copied(word, root) else word for word in words]
    program = venv / "bin" / Path(words[0]).name
    return [str(program) if program.exists() else inside[0], *inside[1:]]


def _copied(word: str, root: Path) -> bool:
    return word.startswith("/") and (root / word.lstrip("/")).exists()


def _birth(pid: int) -> str:
    """When the process started; with the pid it names one process for good. "" where there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        return stat.read_text().rpartition(")")[2].split()[19]
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
