"""EKS: the Helm release of an assembly in any cluster of Kubernetes, behind a load balancer of ours."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cais.verify.ecs_service import Rules
from cais.verify.errors import EngineMissingError
from cais.verify.haproxy import HaproxyBalancer, installed
from cais.verify.kube import LABEL, Cluster
from cais.verify.kube_image import in_cluster
from cais.verify.kube_pods import Pod, diagnose, read_pod
from cais.verify.kube_release import read_release
from cais.verify.load import Load, first_answer, latency
from cais.verify.owner import owner
from cais.verify.ports import free_port
from cais.verify.report import Rollout, TargetReport
from cais.verify.runs import run_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.template import Assembly
    from cais.verify.kube_release import Release
    from cais.verify.report import Latency, StateChange, VerifyFinding
    from cais.verify.verifier import Progress, Request, Service

TARGET = "eks"
SLOTS = 40
LOOK_SECONDS = 0.5
WARM_SECONDS = 5.0
DELETE_SECONDS = 120
NO_HAPROXY = "HAProxy is missing (on Debian or Ubuntu: apt-get install --no-install-recommends haproxy)"
NOT_SHOWN = (
    "the AWS Load Balancer Controller: HAProxy asks the pods as its target group would",
    "the nodes of EKS, their network and roles, and what only AWS injects",
)


class EksVerifier:
    """One Helm release with an Ingress."""

    def verify(self, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
        """Installs the release, measures it, rolls it over under load, and removes it."""
        if not installed():
            raise EngineMissingError(NO_HAPROXY)
        given = {**request.environment, **request.secrets}
        cluster = Cluster(
            kubeconfig=request.kubeconfig,
            context=request.context,
            namespace=f"cais-verify-{secrets.token_hex(3)}",
        )
        progress.step(f"{TARGET}: Kubernetes {cluster.require()}")
        source = read_release(assembly, given=given, image=None).image
        image = in_cluster(source, request, cluster, progress)
        release = read_release(assembly, given=given, image=image)
        with run_folder() as folder, _namespace(cluster, release, progress):
            run = Run(cluster=cluster, release=release, progress=progress, patience=request.patience)
            with HaproxyBalancer(
                check=release.check,
                rules=Rules(deregistration_delay=release.deregistration_delay),
                traffic_port=release.port,
                slots=SLOTS,
                port=free_port(release.port),
                folder=folder,
                clock=run.clock,
            ) as balancer:
                return run.report(balancer)

    @contextmanager
    def up(self, assembly: Assembly, *, request: Request, progress: Progress) -> Iterator[Service]:
        """A cluster keeps a release running by itself."""
        del assembly, request, progress
        raise EngineMissingError("a cluster keeps it running itself: helm install, or `cais up ecs` here")
        yield


VERIFIER = EksVerifier()


@dataclass(slots=True, kw_only=True)
class Run:
    """One release in a namespace of its own. `patience` is how many seconds its pods may take to be ready."""

    cluster: Cluster
    release: Release
    progress: Progress
    patience: float
    began: float = field(default_factory=time.monotonic)
    changes: list[StateChange] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def clock(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def report(self, balancer: HaproxyBalancer) -> TargetReport:
        """What becomes of the release."""
        self.progress.step(f"{TARGET}: helm upgrade --install --wait {self.release.name}")
        finding = self._install(balancer)
        if finding:
            return self._told("unhealthy", findings=(finding,))
        healthy = self._wait_until_healthy(balancer)
        if healthy is None:
            return self._told("unhealthy", findings=(self._mismatched(balancer),))
        path, port = self.release.check.path, self.release.port
        cold = latency([first_answer(f"http://{address}:{port}", path) for address in self.known.values()])
        with Load(url=balancer.url, path=path) as load:
            self.progress.step(f"{TARGET}: putting load on it")
            time.sleep(WARM_SECONDS)
            warm, before = latency(list(load.answers)), len(load.answers)
            self.progress.step(f"{TARGET}: rolling a deployment over it")
            seconds = self._roll(balancer)
            answers = load.answers[before:]
        failed = sum(answer.failed for answer in answers)
        rollout = Rollout(seconds=seconds, requests=len(answers), failed=failed)
        return self._told("healthy", healthy=healthy, cold=cold, warm=warm, rollout=rollout)

    def _install(self, balancer: HaproxyBalancer) -> VerifyFinding | None:
        """Installs it and sees to its pods meanwhile; why it did not come up, or None."""
        helm = self.cluster.upgrade(
            self.release.name, self.release.chart, values=self.release.values, patience=self.patience
        )
        try:
            while helm.poll() is None and not any(pod.hopeless for pod in self._pods()):
                self._look(balancer)
                time.sleep(LOOK_SECONDS)
        finally:
            if helm.poll() is None:
                helm.kill()
            said = helm.communicate()[0] or ""
        if not helm.returncode:
            return None
        return diagnose(
            self._pods(), self._warnings(), resource=self.release.resource, logs=self._logs(), said=said
        )

    def _wait_until_healthy(self, balancer: HaproxyBalancer) -> float | None:
        """When the load balancer takes all of them; None where it does not."""
        deadline = self.clock() + self.patience
        while self.clock() < deadline:
            self._look(balancer)
            states = [target.now.state for target in balancer.targets.values()]
            if states and all(state == "healthy" for state in states):
                return max(target.now.at for target in balancer.targets.values())
            time.sleep(LOOK_SECONDS)
        return None

    def _mismatched(self, balancer: HaproxyBalancer) -> VerifyFinding:
        """Pods that are ready, and that the load balancer does not take."""
        last = next(iter(balancer.targets.values())).now
        events = [f"Readiness {last.description}".replace("codes: [", "statuscode: ")]
        return diagnose(self._pods(), events, resource=self.release.resource, logs=self._logs())

    def _roll(self, balancer: HaproxyBalancer) -> float:
        """`kubectl rollout restart`; the seconds until the last old pod is gone."""
        old, began = set(self.known), self.clock()
        self.cluster.kubectl(
            "rollout",
            "restart",
            f"deployment/{self.release.workload}",
            f"--namespace={self.cluster.namespace}",
        )
        deadline = began + 2 * self.patience
        while (old & set(self.known) or self._not_ready()) and self.clock() < deadline:
            self._look(balancer)
            time.sleep(LOOK_SECONDS)
        return self.clock() - began

    def _look(self, balancer: HaproxyBalancer) -> None:
        """Registers pods that are ready, as the controller does, and takes those out that leave."""
        pods = {pod.name: pod for pod in self._pods()}
        for pod in pods.values():
            if pod.ready and not pod.leaving and pod.name not in self.known:
                self.known[pod.name] = pod.address
                port = self.release.port
                balancer.register(pod.name, port=port, check_port=port, host=pod.address)
                self._note(balancer.targets[pod.name].now)
        for name in list(self.known):
            target = balancer.targets[name].now
            if name not in pods:
                balancer.remove(name)
                del self.known[name]
            elif pods[name].leaving and target.state != "draining":
                self._note(balancer.deregister(name))
        for change in balancer.poll():
            self._note(change)

    def _pods(self) -> list[Pod]:
        owned = (read_pod(each) for each in self.cluster.get("pods"))
        return [pod for pod in owned if pod.name.startswith(f"{self.release.workload}-")]

    def _not_ready(self) -> bool:
        return any(not pod.ready for pod in self._pods())

    def _warnings(self) -> Iterator[str]:
        events = self.cluster.get("events")
        for event in sorted(events, key=lambda each: str(each.get("lastTimestamp") or "")):
            if event.get("type") == "Warning":
                yield str(event.get("message", ""))

    def _logs(self) -> str:
        pods = self._pods()
        return self.cluster.logs(pods[0].name) if pods else ""

    def _note(self, change: StateChange) -> None:
        self.changes.append(change)
        self.progress.changed(change)

    def _told(
        self,
        verdict: str,
        *,
        healthy: float | None = None,
        cold: Latency | None = None,
        warm: Latency | None = None,
        rollout: Rollout | None = None,
        findings: tuple[VerifyFinding, ...] = (),
    ) -> TargetReport:
        unknown = ", ".join(self.release.unknown)
        open_values = (f"the values of {unknown}: only a deployment knows them (--env)",) if unknown else ()
        return TargetReport(
            target=TARGET,
            engine="Kubernetes",
            verdict="healthy" if verdict == "healthy" else "unhealthy",
            states=tuple(self.changes),
            time_to_healthy=healthy,
            cold=cold,
            warm=warm,
            rollout=rollout,
            findings=findings,
            not_verified=(*open_values, *NOT_SHOWN),
        )


@contextmanager
def _namespace(cluster: Cluster, release: Release, progress: Progress) -> Iterator[None]:
    """A namespace of the run's own; in the end nothing of it is left."""
    gates = ("elbv2.k8s.aws/", "eks.amazonaws.com/")
    labels = {name: value for name, value in release.labels.items() if not name.startswith(gates)}
    cluster.create_namespace({**labels, LABEL: owner().replace("/", "_")[:63].strip("_")})
    try:
        yield
    finally:
        progress.step(f"{TARGET}: uninstalling {release.name}")
        try:
            cluster.uninstall(release.name)
        finally:
            cluster.delete_namespace(patience=DELETE_SECONDS)
