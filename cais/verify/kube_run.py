"""One release in a cluster: installed, under load, rolled over, watched."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cais.verify.kube_pods import Pod, diagnose, read_pod
from cais.verify.kube_running import image_digest, liveness_seconds, memory, used_mib
from cais.verify.load import Load, first_answer, latency
from cais.verify.report import Rollout, TargetReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from cais.verify.kube import Cluster
    from cais.verify.kube_release import Release
    from cais.verify.kube_targets import Targets
    from cais.verify.report import VerifyFinding
    from cais.verify.verifier import Progress

TARGET = "eks"
LOOK_SECONDS = 0.5
WARM_SECONDS = 5.0
LATE_SECONDS = 5.0  # until an event is written
RESTARTS = "failed liveness probe, will be restarted"
NOT_SHOWN = (
    "the AWS Load Balancer Controller: HAProxy asks the pods as its target group would",
    "the nodes of EKS, their network and roles, and what only AWS injects",
)


@dataclass(slots=True, kw_only=True)
class Run:
    """One release in a namespace of its own. `patience` is how many seconds its pods may take to be ready."""

    cluster: Cluster
    release: Release
    targets: Targets
    progress: Progress
    patience: float

    def report(self) -> TargetReport:
        """What becomes of the release."""
        self.progress.step(f"{TARGET}: helm upgrade --install --wait {self.release.name}")
        finding = self._install()
        if finding:
            return self._unhealthy(finding)
        if not self._within(self.patience, lambda: self.targets.healthy_at() is not None):
            return self._unhealthy(self._mismatched())
        return self._measured()

    def _measured(self) -> TargetReport:
        """A release that came up, under load."""
        healthy, path, pods = self.targets.healthy_at(), self.release.check.path, self.cluster.get("pods")
        rest = used_mib(self.cluster, pods)
        addresses = self.targets.addresses.values()
        cold = latency([first_answer(f"http://{each}:{self.release.port}", path) for each in addresses])
        with Load(url=self.targets.balancer.url, path=path) as load:
            self.progress.step(f"{TARGET}: putting load on it")
            time.sleep(WARM_SECONDS)
            warm, before = latency(list(load.answers)), len(load.answers)
            busy = used_mib(self.cluster, pods)
            self.progress.step(f"{TARGET}: rolling a deployment over it")
            seconds = self._roll()
            answers = load.answers[before:]
            finding = self._stay_up() if seconds is not None else self._diagnosed()
        if finding or seconds is None:
            return self._unhealthy(*filter(None, [finding]))
        failed = sum(answer.failed for answer in answers)
        return TargetReport(
            target=TARGET,
            engine="Kubernetes",
            verdict="healthy",
            image=image_digest(pods),
            states=tuple(self.targets.changes),
            time_to_healthy=healthy,
            cold=cold,
            warm=warm,
            rollout=Rollout(seconds=seconds, requests=len(answers), failed=failed),
            memory=memory(rest, busy, pods),
            not_verified=self._not_verified(),
        )

    def _unhealthy(self, *findings: VerifyFinding) -> TargetReport:
        return TargetReport(
            target=TARGET,
            engine="Kubernetes",
            verdict="unhealthy",
            image=image_digest(self.cluster.get("pods")),
            states=tuple(self.targets.changes),
            findings=findings,
            not_verified=self._not_verified(),
        )

    def _install(self) -> VerifyFinding | None:
        """Installs it and sees to its pods meanwhile; why it did not come up, or None."""
        helm = self.cluster.upgrade(
            self.release.name, self.release.chart, values=self.release.values, patience=self.patience
        )
        try:
            while helm.poll() is None and not any(pod.hopeless for pod in self._look()):
                time.sleep(LOOK_SECONDS)
        finally:
            if helm.poll() is None:
                helm.kill()
            said = helm.communicate()[0] or ""
        return self._diagnosed(said) if helm.returncode else None

    def _roll(self) -> float | None:
        """`kubectl rollout restart`; the seconds until the last old pod is gone, None where it never is."""
        old, began = set(self.targets.addresses), self.targets.clock()
        words = ("rollout", "restart", f"deployment/{self.release.workload}")
        self.cluster.kubectl(*words, f"--namespace={self.cluster.namespace}")

        def done() -> bool:
            pods = self._pods()
            return not old & {pod.name for pod in pods} and all(pod.ready for pod in pods)

        return self.targets.clock() - began if self._within(2 * self.patience, done) else None

    def _stay_up(self) -> VerifyFinding | None:
        """Waits until a liveness probe that fails has shown; why pods are restarted, or None."""
        patience = liveness_seconds(self.cluster.get("pods")) + LATE_SECONDS
        self.progress.step(f"{TARGET}: watching that its pods stay up")

        def old_enough() -> bool:
            ages = (self.targets.clock() - self.targets.since[name] for name in self.targets.addresses)
            return all(age >= patience for age in ages)

        self._within(patience, lambda: old_enough() or self._restarts())
        return self._diagnosed() if self._restarts() else None

    def _restarts(self) -> bool:
        """Whether a pod that was ready is restarted, or about to be."""
        pods = {pod.name: pod for pod in self._pods() if not pod.leaving}
        if any(pods[name].restarts > count for name, count in self.targets.restarts.items() if name in pods):
            return True
        return any(RESTARTS in each["message"] for each in self._events() if _subject(each) in pods)

    def _within(self, seconds: float, holds: Callable[[], bool]) -> bool:
        """Whether it comes to hold in time; sees to the pods meanwhile."""
        deadline = self.targets.clock() + seconds
        while not holds():
            if self.targets.clock() > deadline:
                return False
            self._look()
            time.sleep(LOOK_SECONDS)
        return True

    def _look(self) -> list[Pod]:
        pods = self._pods()
        self.targets.follow(pods)
        return pods

    def _diagnosed(self, said: str = "") -> VerifyFinding:
        warnings = [each["message"] for each in self._events() if each.get("type") == "Warning"]
        return diagnose(self._pods(), warnings, resource=self.release.resource, logs=self._logs(), said=said)

    def _mismatched(self) -> VerifyFinding:
        """Pods that are ready, and that the load balancer does not take."""
        last = next(iter(self.targets.balancer.targets.values())).now
        events = [f"Readiness {last.description}".replace("codes: [", "statuscode: ")]
        return diagnose(self._pods(), events, resource=self.release.resource, logs=self._logs())

    def _pods(self) -> list[Pod]:
        owned = (read_pod(each) for each in self.cluster.get("pods"))
        return [pod for pod in owned if pod.name.startswith(f"{self.release.workload}-")]

    def _events(self) -> list[dict[str, Any]]:
        """Those of the namespace, the newest last."""
        events = self.cluster.get("events")
        return sorted(events, key=lambda each: str(each.get("lastTimestamp") or ""))

    def _logs(self) -> str:
        pods = self._pods()
        return self.cluster.logs(pods[0].name) if pods else ""

    def _not_verified(self) -> tuple[str, ...]:
        unknown = ", ".join(self.release.unknown)
        open_values = (f"the values of {unknown}: only a deployment knows them (--env)",) if unknown else ()
        return (*open_values, *NOT_SHOWN)


def _subject(event: dict[str, Any]) -> str:
    """The name of what an event is about."""
    return event["involvedObject"]["name"]
