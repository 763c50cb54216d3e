"""Pods as targets of the load balancer: while they are ready, as the AWS Load Balancer Controller has it.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cais.verify.haproxy import HaproxyBalancer
    from cais.verify.kube_pods import Pod
    from cais.verify.report import StateChange
    from cais.verify.verifier import Progress


@dataclass(slots=True, kw_only=True)
class Targets:
    """The pods behind a load balancer. `clock` gives seconds since the run began, `port` is the pods'.

    `changes` are all that their states went through. `seen` says when each pod was there for the first time,
    `since` when it was ready, `restarts` how often its containers had been restarted until then, `addresses`
    where those are that are targets now. `fallen` are pods that were ready and then not, without leaving.
    """

    balancer: HaproxyBalancer
    port: int
    progress: Progress
    clock: Callable[[], float]
    changes: list[StateChange] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    fallen: set[str] = field(default_factory=set)
    _names: dict[str, str] = field(default_factory=dict)
    _registered: int = 0

    def follow(self, pods: Sequence[Pod]) -> None:
        """Registers pods that are ready, and takes those out that are not any more, or leave."""
        serving = {pod.name for pod in pods if pod.ready and not pod.leaving}
        self.fallen |= {pod.name for pod in pods if not pod.leaving} & set(self._names) - serving
        for name in list(self._names):
            self._see_out(name, serves=name in serving, there=any(pod.name == name for pod in pods))
        for pod in pods:
            self.seen.setdefault(pod.name, self.clock())
            if pod.name in serving and pod.name not in self._names:
                self._register(pod)
        for change in self.balancer.poll():
            self._note(change)

    def time_to_healthy(self, pods: Sequence[Pod]) -> float | None:
        """Seconds that the slowest of the pods took until it got requests; None while one gets none."""
        now = {pod.name: self._now(pod) for pod in pods}
        if not now or any(change is None or change.state != "healthy" for change in now.values()):
            return None
        return max(change.at - self.seen[name] for name, change in now.items() if change)

    def _now(self, pod: Pod) -> StateChange | None:
        target = self._names.get(pod.name)
        return self.balancer.targets[target].now if target else None

    def _register(self, pod: Pod) -> None:
        # A pod that comes back is another target: the load balancer checks it anew.
        self._registered += 1
        again = pod.name in self.since
        target = f"{pod.name} ({self._registered})" if again else pod.name
        self._names[pod.name] = target
        self.since.setdefault(pod.name, self.clock())
        self.restarts.setdefault(pod.name, pod.restarts)
        self.addresses[pod.name] = pod.address
        self.balancer.register(target, port=self.port, check_port=self.port, host=pod.address)
        self._note(self.balancer.targets[target].now)

    def _see_out(self, name: str, *, serves: bool, there: bool) -> None:
        target = self._names[name]
        draining = self.balancer.targets[target].now.state == "draining"
        if not there or (serves and draining):
            self.balancer.remove(target)
            del self._names[name]
            del self.addresses[name]
        elif not serves and not draining:
            self._note(self.balancer.deregister(target))

    def _note(self, change: StateChange) -> None:
        self.changes.append(change)
        self.progress.changed(change)
