"""One node: etcd, the control plane, containerd and a kubelet, for as long as they are used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cais.charts.helm import find
from cais.verify.docker import docker
from tests.engines.kubernetes import settings
from tests.engines.kubernetes.binaries import binaries
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAUSE = "docker.io/library/cais-pause:1"
STOP_SECONDS = 15


class ClusterError(Exception):
    """The cluster does not start; the text has the last lines of the program that is to blame."""


@dataclass(slots=True, kw_only=True)
class Cluster:
    """A running cluster. `folder` has its kubeconfig and the logs of its programs."""

    folder: Path
    ports: settings.Ports
    _programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "kubeconfig"

    def load(self, image: str, name: str) -> str:
        """Has an image of the container engine at hand in the cluster, under a name; its reference."""
        reference = f"docker.io/library/{name}"
        docker("tag", image, name)
        archive = self.folder / "image.tar"
        docker("save", "--output", str(archive), name)
        self._ctr("images", "import", str(archive))
        archive.unlink()
        return reference

    def kubectl(self, *words: str) -> str:
        """What kubectl prints, "" where it fails."""
        command = [str(find("kubectl")), f"--kubeconfig={self.kubeconfig}", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def start(self, folder: Path, pause: str) -> None:
        """Starts everything, and waits until the node is ready."""
        settings.write(self.folder, self.ports)
        self._start("etcd", settings.etcd(self.folder, self.ports))
        self._start("kube-apiserver", settings.api_server(folder, self.folder, self.ports))
        self._wait(lambda: self.kubectl("get", "--raw", "/readyz") == "ok", "kube-apiserver")
        self._start("containerd", ["containerd", "--config", str(self.folder / "containerd.toml")])
        self._wait(self._answers_containerd, "containerd")
        self.load(pause, "cais-pause:1")
        self._start("kube-controller-manager", settings.controller_manager(folder, self.folder))
        self._start("kube-scheduler", settings.scheduler(folder, self.folder))
        self._start("kubelet", settings.kubelet(folder, self.folder))
        self._wait(self._node_is_ready, "kubelet")

    def stop(self) -> None:
        """Ends pods, then programs; takes back mounts, network and cgroups."""
        for program in ("kubelet", "kube-scheduler", "kube-controller-manager"):
            self._end(program)
        for task in self._ctr("tasks", "list", "--quiet").split():
            self._ctr("tasks", "delete", "--force", task)
        for container in self._ctr("containers", "list", "--quiet").split():
            self._ctr("containers", "delete", container)
        for program in ("containerd", "kube-apiserver", "etcd"):
            self._end(program)
        for mount in sorted(_mounts(self.folder), reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False)
        settings.remove_network()
        settings.remove_cgroups()

    def _node_is_ready(self) -> bool:
        text = self.kubectl("get", "nodes", "--output=json")
        conditions = [
            each
            for node in json.loads(text or '{"items": []}')["items"]
            for each in node["status"]["conditions"]
        ]
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def _answers_containerd(self) -> bool:
        return "Server" in self._ctr("version")

    def _ctr(self, *words: str) -> str:
        command = ["ctr", f"--address={self.folder}/containerd.sock", "--namespace=k8s.io", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._programs[name] = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _wait(self, holds: Callable[[], bool], name: str) -> None:
        def settled() -> bool:
            return self._programs[name].poll() is not None or holds()

        if not eventually(settled) or self._programs[name].poll() is not None:
            tail = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
            raise ClusterError("\n".join([f"{name} does not start:", *tail]))

    def _end(self, name: str) -> None:
        process = self._programs.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def cluster(*, pause: str, say: Callable[[str], None]) -> Iterator[Cluster]:
    """A cluster whose sandboxes are of the image `pause`; in the end nothing of it is left.

    Raises:
        BuildError: its programs cannot be built here.
        ClusterError: it does not start.
    """
    folder = binaries(say)
    with ExitStack() as stack:
        here = Path(tempfile.mkdtemp(prefix="cais-k8s-", dir="/run"))  # short, for the paths of sockets
        stack.callback(shutil.rmtree, here, ignore_errors=True)
        made = Cluster(folder=here, ports=settings.free_ports())
        stack.callback(made.stop)
        began = time.monotonic()
        made.start(folder, pause)
        say(f"Kubernetes is ready after {time.monotonic() - began:.0f} s")
        yield made


def _mounts(folder: Path) -> list[str]:
    with suppress(OSError):
        lines = Path("/proc/self/mounts").read_text().splitlines()
        return [line.split()[1] for line in lines if line.split()[1].startswith(f"{folder}{os.sep}")]
    return []
