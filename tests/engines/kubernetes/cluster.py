"""One node: etcd, the control plane, containerd and a kubelet, for as long as they are used.

It lives in network, mount and process namespaces of its own, and dies with the process that started it, even
if that is killed. Mounts, interfaces, firewall rules and settings of the kernel die with the namespaces; what
has a name outside of them is removed in the end, else by the next user.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cais.charts.helm import find
from cais.verify.docker import docker
from tests.engines.container_engine import RUN
from tests.engines.kubernetes import cgroups, network, settings
from tests.engines.kubernetes.binaries import BuildError, binaries
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
READY = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}'


class ClusterError(Exception):
    """The cluster does not start; the text has the last lines of its programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster. `folder` has its kubeconfig and the logs of its programs."""

    folder: Path

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "kubeconfig"

    def load(self, image: str, name: str) -> str:
        """Has an image of the container engine at hand in the cluster, under a name; its reference."""
        docker("tag", image, name)
        archive = self.folder / "image.tar"
        docker("save", "--output", str(archive), name)
        command = ["ctr", f"--address={settings.socket(self.folder)}", "--namespace=k8s.io"]
        subprocess.run([*command, "images", "import", str(archive)], capture_output=True, check=True)
        archive.unlink()
        return f"{settings.IMAGES}/{name}"

    def kubectl(self, *words: str) -> str:
        """What kubectl prints, "" where it fails."""
        command = [str(find("kubectl")), f"--kubeconfig={self.kubeconfig}", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def takes_pods(self) -> bool:
        """Whether the node is ready, and pods have the service account without which none is made."""
        account = ("get", "serviceaccount", "default", "--output=name")
        return self.kubectl("get", "nodes", f"--output={READY}") == "True" and bool(self.kubectl(*account))


@contextmanager
def cluster(*, pause: str, say: Callable[[str], None]) -> Iterator[Cluster]:
    """A cluster whose sandboxes are of the image `pause`; one at a time on a machine, others wait.

    Raises:
        BuildError: its programs cannot be built here, or it cannot be run.
        ClusterError: it does not start.
    """
    if os.geteuid() or not shutil.which("containerd"):
        raise BuildError("a node of Kubernetes takes root and containerd; `make engines` as root installs it")
    binaries(say)
    RUN.mkdir(mode=0o700, exist_ok=True)
    with (RUN / "kubernetes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        here = settings.FOLDER
        _clear(here)  # what a run left that was killed
        began = time.monotonic()
        try:
            with _running(here, log=RUN / "kubernetes.log") as process:
                made = Cluster(folder=here)
                _wait_until_ready(made, process)
                made.load(pause, settings.PAUSE)
                say(f"Kubernetes is ready after {time.monotonic() - began:.0f} s")
                yield made
        finally:
            _clear(here)


@contextmanager
def _running(folder: Path, *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(mode=0o700, parents=True)
    settings.write(folder)
    cgroups.make()
    network.attach()
    ends_with_us = ["setpriv", "--pdeathsig=KILL"]
    namespaces = ["nsenter", f"--net={network.FILE}", "unshare", "--mount", "--pid", "--fork"]
    node = [sys.executable, "-m", "tests.engines.kubernetes.node", str(folder), str(find("kubectl"))]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*ends_with_us, *namespaces, "--kill-child", "--mount-proc", *node],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop it in their own order
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(made: Cluster, process: subprocess.Popen[bytes]) -> None:
    def settled() -> bool:
        return process.poll() is not None or made.takes_pods()

    if not eventually(settled) or process.poll() is not None:
        logs = [RUN / "kubernetes.log", *sorted(made.folder.glob("*.log"))]
        tails = [line for log in logs for line in [f"{log.name}:", *log.read_text().splitlines()[-5:]]]
        raise ClusterError("\n".join(["the node does not start:", *tails]))


def _clear(folder: Path) -> None:
    """Removes what has a name outside of a node's namespaces."""
    network.detach()
    cgroups.remove()
    shutil.rmtree(folder, ignore_errors=True)
