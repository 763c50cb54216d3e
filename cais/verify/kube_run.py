"""One release in a cluster: installed, under load, rolled over, watched."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cais.verify.diagnosis import answered
from cais.verify.kube_causes import RESTARTED, Seen, diagnose, found
from cais.verify.kube_ends import ends
from cais.verify.kube_memory import memory, used
from cais.verify.kube_pods import Pod, pods_of
from cais.verify.kube_running import image_digest, liveness_seconds, require_reachable
from cais.verify.load import Load, first_answer, latency
from cais.verify.measuring import NOTHING, Figures, deaf, lost
from cais.verify.report import Rollout, TargetReport, VerifyFinding
from cais.verify.target_health import MISMATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cais.verify.kube import Cluster
    from cais.verify.kube_release import Release
    from cais.verify.kube_targets import Targets
    from cais.verify.verifier import Progress

TARGET = "eks"
LOOK_SECONDS = 0.5
WARM_SECONDS = 5.0
LATE_SECONDS = 5.0  # until an event is written
COUNTED_SECONDS = 30.0  # until a kubelet has counted a new pod's memory
SOCKET_SECONDS = 10.0  # until a container that was just restarted may listen
RESTARTS = "failed liveness probe, will be restarted"
UNENDED = "whether its pods end when they are told to: the cluster does not say how the old ones ended"
NOT_SHOWN = (
    "the AWS Load Balancer Controller: HAProxy asks the pods as its target group would",
    "readiness gates: a rollout goes on when pods are ready, before the load balancer has found them healthy",
    "the nodes of EKS, their network and roles, and what only AWS injects",
)


@dataclass(slots=True, kw_only=True)
class Run:
    """One release in a namespace of its own. `patience` is how many seconds its pods may take to be ready.

    `uncounted` is why nobody knows its memory, "" while somebody may; `unended` whether the cluster did not
    say how a pod ended.
    """

    cluster: Cluster
    release: Release
    targets: Targets
    progress: Progress
    patience: float
    uncounted: str = ""
    unended: bool = False

    def report(self) -> TargetReport:
        """What becomes of the release.

        Raises:
            EngineMissingError: this machine does not reach the pods.
        """
        self.progress.step(f"{TARGET}: helm upgrade --install --wait {self.release.name}")
        wrong = self._install() or self._serve()
        figures = replace(NOTHING, findings=(wrong,)) if wrong else self._measured()
        return TargetReport(
            target=TARGET,
            engine="Kubernetes",
            verdict="unhealthy" if any(each.severity == "error" for each in figures.findings) else "healthy",
            image=image_digest(self._own()),
            states=tuple(self.targets.changes),
            time_to_healthy=figures.time_to_healthy,
            cold=figures.cold,
            warm=figures.warm,
            rollout=figures.rollout,
            memory=figures.memory,
            findings=figures.findings,
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

    def _serve(self) -> VerifyFinding | None:
        """Waits until the load balancer takes its pods, which are ready; why it does not, or None."""
        require_reachable([pod.address for pod in self._look() if pod.ready], self.release.port)
        if self._within(self.patience, lambda pods: self.targets.time_to_healthy(pods) is not None):
            return None
        last = next((target.last for target in self.targets.balancer.targets.values()), None)
        if last is None or last.reason != MISMATCH:
            return self._diagnosed(last.description if last else "")
        asks = f"the load balancer's check of {self.release.check.path}"
        return found(answered(asks, last.status), resource=self.release.resource, logs=self._logs())

    def _measured(self) -> Figures:
        """Of a release that came up: under load, rolled over, watched."""
        path, healthy, rest = (
            self.release.check.path,
            self.targets.time_to_healthy(self._look()),
            self._used(),
        )
        addresses = self.targets.addresses.values()
        cold = latency([first_answer(f"http://{each}:{self.release.port}", path) for each in addresses])
        with self.cluster.watched("pods") as states, Load(url=self.targets.balancer.url, path=path) as load:
            self.progress.step(f"{TARGET}: putting load on it")
            time.sleep(WARM_SECONDS)
            warm = latency(list(load.answers))
            rollout = self._roll(load)
            wrong = self._stay_up() if rollout else self._diagnosed()
            busy = self._used()
        return Figures(
            time_to_healthy=healthy,
            cold=cold,
            warm=warm,
            rollout=rollout,
            memory=memory(rest, busy, self._own()),
            findings=(
                *filter(None, [wrong]),
                *self._lost(load, rollout),
                *self._stubborn(states),
                *self._fell(),
            ),
        )

    def _roll(self, load: Load) -> Rollout | None:
        """`kubectl rollout restart`, until the last old pod is gone; None where it never is."""
        self.progress.step(f"{TARGET}: rolling a deployment over it")
        old, began, before = set(self.targets.addresses), self.targets.clock(), len(load.answers)
        words = ("rollout", "restart", f"deployment/{self.release.workload}")
        self.cluster.kubectl(*words, f"--namespace={self.cluster.namespace}")

        def done(pods: list[Pod]) -> bool:
            return not old & {pod.name for pod in pods} and all(pod.ready for pod in pods)

        if not self._within(2 * self.patience, done):
            return None
        answers = load.answers[before:]
        failed = sum(answer.failed for answer in answers)
        return Rollout(seconds=self.targets.clock() - began, requests=len(answers), failed=failed)

    def _stay_up(self) -> VerifyFinding | None:
        """Waits until a liveness probe that fails has shown; why pods are restarted or not ready, or None."""
        patience = liveness_seconds(self._own()) + LATE_SECONDS
        self.progress.step(f"{TARGET}: watching that its pods stay up")

        def old_enough() -> bool:
            ages = (self.targets.clock() - self.targets.since[name] for name in self.targets.addresses)
            return all(age >= patience for age in ages)

        self._within(patience, lambda pods: old_enough() or self._restarts(pods))
        pods = self._look()
        serve = self._within(patience, lambda pods: all(pod.ready for pod in pods if not pod.leaving))
        return None if serve and not self._restarts(pods) else self._diagnosed()

    def _restarts(self, pods: list[Pod]) -> bool:
        """Whether a pod that was ready is restarted, or about to be."""
        there = {pod.name: pod for pod in pods if not pod.leaving}
        known = self.targets.restarts.items()
        if any(there[name].restarts > count for name, count in known if name in there):
            return True
        return any(RESTARTS in each["message"] for each in self._events() if _subject(each) in there)

    def _within(self, seconds: float, holds: Callable[[list[Pod]], bool]) -> bool:
        """Whether it comes to hold of the pods in time."""
        deadline = self.targets.clock() + seconds
        while not holds(self._look()):
            if self.targets.clock() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def _look(self) -> list[Pod]:
        """The pods, and the load balancer told of them."""
        pods = pods_of(self.release.workload, self._own())
        self.targets.follow(pods)
        return pods

    def _used(self) -> float | None:
        """The most memory that one of its pods uses, once that is counted; None where it never is."""
        deadline = self.targets.clock() + COUNTED_SECONDS
        while not self.uncounted:
            counted = used(self.cluster, self._own())
            if counted.mib is not None:
                return counted.mib
            if counted.final or self.targets.clock() > deadline:
                self.uncounted = counted.why
            else:
                self._look()
                time.sleep(LOOK_SECONDS)
        return None

    def _diagnosed(self, said: str = "") -> VerifyFinding:
        pods = [pod for pod in self._look() if not pod.leaving]
        ill = sorted(pods, key=lambda pod: pod.ready)
        messages = [(each.get("type"), each["message"]) for each in self._events()]
        warnings = [text for kind, text in messages if kind == "Warning" or RESTARTED in text]
        seen = Seen(
            pods=ill,
            port=self.release.port,
            warnings=warnings,
            listening=self._listening(ill[0]) if ill else None,
            logs=self._logs(),
            said=said,
        )
        return diagnose(seen, resource=self.release.resource)

    def _listening(self, pod: Pod) -> tuple[tuple[str, int], ...] | None:
        """Its sockets, once it has some: it may have been restarted just now."""
        deadline = self.targets.clock() + SOCKET_SECONDS
        while not (found := self.cluster.listening(pod.name)) and self.targets.clock() < deadline:
            time.sleep(LOOK_SECONDS)
        return found

    def _lost(self, load: Load, rollout: Rollout | None) -> tuple[VerifyFinding, ...]:
        cause = lost(list(load.answers), rollout)
        return (found(cause, resource=self.release.resource),) if cause else ()

    def _stubborn(self, states: Sequence[Mapping[str, Any]]) -> tuple[VerifyFinding, ...]:
        """That pods which were told to end had to be killed, of all states of the namespace's pods."""
        own = {pod.name for pod in pods_of(self.release.workload, states)}
        seen = [end for end in ends(states) if end.pod in own]
        self.unended = any(end.killed is None for end in seen)
        killed = [end for end in seen if end.killed]
        if not killed:
            return ()
        cause = deaf(min(end.pod for end in killed), max(end.grace for end in killed))
        return (found(cause, resource=self.release.resource),)

    def _fell(self) -> tuple[VerifyFinding, ...]:
        """That pods were not ready for a while: they got no requests, and came back."""
        if not self.targets.fallen:
            return ()
        said = f"{', '.join(sorted(self.targets.fallen))} was not ready for a while, and got no requests"
        fix = "Give the readiness probe more time, or the application more threads."
        return (
            VerifyFinding(cause="", resource=self.release.resource, message=said, fix=fix, severity="advice"),
        )

    def _own(self) -> list[dict[str, Any]]:
        return self.cluster.get("pods")

    def _events(self) -> list[dict[str, Any]]:
        """Those of the namespace, the newest last."""
        events = self.cluster.get("events")
        return sorted(events, key=lambda each: str(each.get("lastTimestamp") or ""))

    def _logs(self) -> str:
        """Of the pod that is least well."""
        pods = sorted(pods_of(self.release.workload, self._own()), key=lambda pod: pod.ready)
        return self.cluster.logs(pods[0].name) if pods else ""

    def _not_verified(self) -> tuple[str, ...]:
        unknown = ", ".join(self.release.unknown)
        open_values = (f"the values of {unknown}: only a deployment knows them (--env)",) if unknown else ()
        uncounted = (f"how much memory it uses: {self.uncounted}",) if self.uncounted else ()
        unended = (UNENDED,) if self.unended else ()
        return (*open_values, *uncounted, *unended, *NOT_SHOWN)


def _subject(event: dict[str, Any]) -> str:
    """The name of what an event is about."""
    return event["involvedObject"]["name"]
