"""What stands between the clients of a service and its copies, and judges their health."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from cais.verify.errors import VerifyError
from cais.verify.ports import HOST
from cais.verify.prober import probe
from cais.verify.target_health import PASSED, Outcome, TargetHealth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cais.verify.report import StateChange
    from cais.verify.workload import TargetCheck


class Balancer(Protocol):
    """A load balancer. `targets` are those that are registered, by the names of their copies."""

    @property
    def targets(self) -> Mapping[str, TargetHealth]:
        """How the load balancer sees each of them."""
        ...

    @property
    def url(self) -> str:
        """Where clients find the service."""
        ...

    def register(self, copy: str, *, port: int, check_port: int) -> None:
        """A target that was started: it gets requests once it is healthy."""
        ...

    def deregister(self, copy: str) -> StateChange:
        """No new requests for this target; those in flight go on."""
        ...

    def remove(self, copy: str) -> None:
        """The target is gone."""
        ...

    def in_flight(self, copy: str) -> int:
        """How many requests the target works on."""
        ...

    def poll(self) -> list[StateChange]:
        """What changed since the last time."""
        ...


@dataclass(slots=True, kw_only=True)
class ProbingBalancer:
    """Health checks of our own, for a machine without HAProxy: it balances nothing.

    Its URL is that of the first healthy copy.
    """

    check: TargetCheck
    clock: Callable[[], float]
    first_checks: int | None = None
    targets: dict[str, TargetHealth] = field(default_factory=dict)
    _ports: dict[str, tuple[int, int]] = field(default_factory=dict)
    _passed: dict[str, int] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)
    _asked: dict[str, Future[Outcome]] = field(default_factory=dict)
    _threads: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def __enter__(self) -> Self:
        """It needs no start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Lets the checks end that were begun."""
        self._threads.shutdown(cancel_futures=True)

    @property
    def url(self) -> str:
        """Of the first healthy copy."""
        for copy, target in self.targets.items():
            if target.now.state == "healthy":
                return f"http://{HOST}:{self._ports[copy][0]}"
        raise VerifyError("no copy of the service is healthy")

    def register(self, copy: str, *, port: int, check_port: int) -> None:
        """A target that was started: its first check is made after an interval, as HAProxy does."""
        self._ports[copy] = (port, check_port)
        self._passed[copy] = 0
        self._due[copy] = self.clock() + self.check.interval
        self.targets[copy] = TargetHealth.registered(copy, check=self.check, at=self.clock())

    def deregister(self, copy: str) -> StateChange:
        """It is checked no more."""
        self.targets[copy] = self.targets[copy].leaving(at=self.clock())
        return self.targets[copy].now

    def remove(self, copy: str) -> None:
        """The target is gone."""
        del self.targets[copy]

    def in_flight(self, copy: str) -> int:  # noqa: ARG002 - the requests go past us
        """Unknown, so none."""
        return 0

    def poll(self) -> list[StateChange]:
        """Begins the checks that are due and judges those that have ended."""
        changes: list[StateChange] = []
        for copy, before in self.targets.items():
            if before.now.state == "draining":
                continue
            self._ask_if_due(copy)
            outcome = self._answer(copy)
            if outcome is not None:
                after = before.seen(outcome, up=self._is_up(copy, outcome), at=self.clock())
                self.targets[copy] = after
                changes += [after.now] if after.now != before.now else []
        return changes

    def _ask_if_due(self, copy: str) -> None:
        if copy not in self._asked and self.clock() >= self._due[copy]:
            self._asked[copy] = self._threads.submit(probe, HOST, self._ports[copy][1], self.check)
            self._due[copy] += self.check.interval

    def _answer(self, copy: str) -> Outcome | None:
        asked = self._asked.get(copy)
        if asked is None or not asked.done():
            return None
        return self._asked.pop(copy).result()

    def _is_up(self, copy: str, outcome: Outcome) -> bool:
        """Whether enough checks in a row have passed, or too few have failed to take it down."""
        target = self.targets[copy]
        self._passed[copy] = self._passed[copy] + 1 if outcome == PASSED else 0
        if target.now.state != "healthy":
            return self._passed[copy] >= self._wanted(target)
        since = target.failing_since
        if outcome == PASSED or since is None:
            return outcome == PASSED or self.check.unhealthy_threshold > 1
        return 1 + (self.clock() - since) // self.check.interval < self.check.unhealthy_threshold

    def _wanted(self, target: TargetHealth) -> int:
        new = target.now.state == "initial"
        return self.first_checks if new and self.first_checks else self.check.healthy_threshold
