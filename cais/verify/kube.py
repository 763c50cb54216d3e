"""A cluster of Kubernetes, by kubectl and helm."""

from __future__ import annotations

import json
import shlex
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from cais.charts.helm import HelmError, find
from cais.verify import sockets
from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.owner import is_gone, owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ANSWER_SECONDS = 20
DELETE_SECONDS = 120
ATTEMPTS = 3
LABEL = "cais.run"
TAIL_LINES = 20
END = "\n}\n"  # of an object, as kubectl indents it
CONTAINERS = "jsonpath={.spec.initContainers[*].name} {.spec.containers[*].name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The cluster of a kubeconfig and context; None is kubectl's own choice. `namespace` is the run's."""

    kubeconfig: Path | None
    context: str | None
    namespace: str

    def require(self) -> str:
        """The cluster's version.

        Raises:
            EngineMissingError: it does not answer.
        """
        try:
            version = json.loads(self.kubectl("version", "--output=json"))
        except VerifyError as error:
            raise EngineMissingError(
                f"no cluster of Kubernetes answers: {error}\nname one: --kubeconfig FILE --context NAME "
                "(a local one: https://kind.sigs.k8s.io/)"
            ) from error
        return str(version["serverVersion"]["gitVersion"])

    def kubectl(self, *words: str, stdin: str | None = None, timeout: float = ANSWER_SECONDS) -> str:
        """What `kubectl WORDS` prints.

        Raises:
            VerifyError: it failed; with what it said.
        """
        context = [f"--context={self.context}"] if self.context else []
        return _run(self._command("kubectl", [*context, *words]), stdin=stdin, timeout=timeout)

    def get(self, kind: str) -> list[dict[str, Any]]:
        """The namespace's objects of a kind; asked again where a busy cluster does not answer."""
        words = ("get", kind, f"--namespace={self.namespace}", "--output=json")
        for _ in range(ATTEMPTS - 1):
            with suppress(VerifyError):
                return json.loads(self.kubectl(*words))["items"]
        return json.loads(self.kubectl(*words))["items"]

    @contextmanager
    def watched(self, kind: str) -> Iterator[list[dict[str, Any]]]:
        """Afterwards, every state that the namespace's objects of a kind went through meanwhile."""
        states: list[dict[str, Any]] = []
        context = [f"--context={self.context}"] if self.context else []
        words = ("get", kind, f"--namespace={self.namespace}", "--output=json", "--watch")
        with TemporaryFile("w+") as file:
            process = subprocess.Popen(
                self._command("kubectl", [*context, *words]), stdout=file, stderr=subprocess.DEVNULL
            )
            try:
                yield states
            finally:
                process.kill()
                process.wait()
                file.seek(0)
                states += _documents(file.read())

    def logs(self, pod: str) -> str:
        """The last lines of a pod's containers, of those before a restart where there are none yet.

        One by one: a container that has not begun keeps kubectl from telling those of the others.
        """
        said = ""
        with suppress(VerifyError):
            here = ("get", "pod", pod, f"--namespace={self.namespace}")
            for name in self.kubectl(*here, f"--output={CONTAINERS}").split():
                said += self._log(pod, name) or self._log(pod, name, "--previous")
        return said

    def _log(self, pod: str, container: str, *more: str) -> str:
        words = ("logs", pod, container, f"--namespace={self.namespace}", f"--tail={TAIL_LINES}")
        with suppress(VerifyError):
            return self.kubectl(*words, *more)
        return ""

    def create_namespace(self, labels: Mapping[str, str]) -> None:
        """Makes the run's namespace."""
        ours = {"labels": {**labels, LABEL: ""}, "annotations": {LABEL: owner()}}
        metadata = {"name": self.namespace, **ours}
        given = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        self.kubectl("apply", "--filename=-", stdin=json.dumps(given))

    def listening(self, pod: str) -> tuple[tuple[str, int], ...] | None:
        """Addresses and ports inside of a pod that take connections; None where that cannot be seen."""
        words = ("exec", pod, f"--namespace={self.namespace}", "--", "cat", *sockets.PATHS)
        with suppress(VerifyError):
            return sockets.parse(self.kubectl(*words))
        return None

    def delete_stale(self) -> int:
        """Removes what runs of this machine left that were killed, without waiting; how many namespaces."""
        found = json.loads(self.kubectl("get", "namespaces", f"--selector={LABEL}", "--output=json"))["items"]
        given = [each["metadata"] for each in found]
        stale = [each["name"] for each in given if is_gone(each.get("annotations", {}).get(LABEL, ""))]
        for namespace in stale:
            killed = replace(self, namespace=namespace)
            with suppress(VerifyError):  # else it goes with its namespace
                for release in killed.releases():
                    killed.uninstall(release)
            self.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")
        return len(stale)

    def delete_namespace(self) -> None:
        """Removes it with everything in it.

        Its pods go first, at once: how they drain was seen before, and a namespace that finds some waits for
        as long as they may take.
        """
        here, wait = f"--namespace={self.namespace}", f"--timeout={DELETE_SECONDS}s"
        with suppress(VerifyError):
            self.kubectl("delete", "pods", "--all", here, "--grace-period=1", wait, timeout=DELETE_SECONDS)
        words = ("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=true")
        self.kubectl(*words, timeout=DELETE_SECONDS)

    def upgrade(self, release: str, chart: Path, *, values: str, patience: float) -> subprocess.Popen[str]:
        """`helm upgrade --install --wait`, which is begun: what it prints tells how it went."""
        context = [f"--kube-context={self.context}"] if self.context else []
        options = [f"--namespace={self.namespace}", "--values=-", "--wait", f"--timeout={patience:.0f}s"]
        command = self._command("helm", ["upgrade", "--install", release, str(chart), *context, *options])
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if process.stdin:
            process.stdin.write(values)
            process.stdin.close()
            process.stdin = None
        return process

    def uninstall(self, release: str) -> None:
        """`helm uninstall`."""
        self._helm("uninstall", release, "--ignore-not-found")

    def releases(self) -> list[str]:
        """Those of the namespace, in whatever state."""
        return self._helm("list", "--all", "--short").split()

    def _helm(self, *words: str) -> str:
        context = [f"--kube-context={self.context}"] if self.context else []
        command = self._command("helm", [*words, *context, f"--namespace={self.namespace}"])
        return _run(command, timeout=DELETE_SECONDS)

    def _command(self, program: str, words: Sequence[str]) -> list[str]:
        config = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig else []
        try:
            return [str(find(program)), *config, *words]
        except HelmError as error:
            raise EngineMissingError(str(error)) from error


def _run(command: list[str], *, timeout: float, stdin: str | None = None) -> str:
    try:
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise VerifyError(f"`{shlex.join(command[:3])}` did not end within {timeout:.0f} s") from error
    if done.returncode:
        raise VerifyError(" ".join(done.stderr.split()) or f"`{shlex.join(command[:3])}` failed")
    return done.stdout


def _documents(text: str) -> list[dict[str, Any]]:
    """The objects that kubectl printed, one after the other; one that it had not finished is left out."""
    return [json.loads(f"{each}{END}") for each in text.split(END)[:-1]]
