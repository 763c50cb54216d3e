"""ECS's service scheduler: starts copies, replaces those that are unhealthy, rolls a deployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-definition-parameters.html
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cais.verify.evidence import Evidence, ReplacedError
from cais.verify.ports import HOST
from cais.verify.prober import probe
from cais.verify.target_health import FAILED, PASSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cais.verify.balancer import Balancer
    from cais.verify.ecs_service import EcsService
    from cais.verify.engine import Copy, CopyState, Engine, Stopped
    from cais.verify.report import StateChange
    from cais.verify.verifier import Progress

LOOK_SECONDS = 0.1
ENGINE_LOOK_SECONDS = 1.0  # each costs a start of the docker command
LATE_SECONDS = 60  # how long a copy that ECS would have replaced is watched, to tell slow from broken


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """The copies of one service. `clock` gives seconds since the run began.

    `health_path` is the contract's, which does no I/O.
    """

    service: EcsService
    engine: Engine
    balancer: Balancer
    data: Path
    health_path: str | None
    progress: Progress
    clock: Callable[[], float]
    copies: dict[str, Copy] = field(default_factory=dict)
    changes: list[StateChange] = field(default_factory=list)
    stopped: dict[str, Stopped] = field(default_factory=dict)
    _states: dict[str, CopyState] = field(default_factory=dict)
    _started: dict[str, float] = field(default_factory=dict)
    _healthy: dict[str, float] = field(default_factory=dict)
    _stopping: dict[str, Future[Stopped]] = field(default_factory=dict)
    _looked: float = float("-inf")

    def start(self, names: Iterable[str]) -> None:
        """Starts copies and registers them: ECS does so as soon as their containers run."""
        for name in names:
            self._started[name] = self.clock()
            copy = self.engine.start(self.service.workload, name=name, data=self.data)
            self.copies[name] = copy
            self.balancer.register(name, port=copy.port, check_port=copy.check_port)
            self._note(self.balancer.targets[name].now)

    def wait_until_healthy(self, names: Sequence[str]) -> float:
        """Waits for all of them; the seconds that the slowest took until it got requests.

        Raises:
            ReplacedError: one of them would be replaced.
        """
        while not all(self._is_healthy(name) for name in names):
            time.sleep(LOOK_SECONDS)
            self.look()
        return max(self._healthy[name] - self._started[name] for name in names)

    def roll(self) -> float:
        """Replaces every copy within the bounds of the deployment; the seconds until the last was gone.

        A copy that leaves is drained for the whole deregistration delay, then told to stop.

        Raises:
            ReplacedError: a new copy would be replaced.
        """
        began = self.clock()
        old = list(self.copies)
        waiting = [f"new-{number}" for number in range(1, self.service.copies + 1)]
        new: list[str] = []
        leaving: dict[str, float] = {}
        with ThreadPoolExecutor() as threads:
            while old or waiting or leaving or self._stopping:
                room = max(self.service.most - len(old) - len(new), 0)
                self.start(waiting[:room])
                new, waiting = [*new, *waiting[:room]], waiting[room:]
                healthy = len(old) + sum(self._is_healthy(name) for name in new)
                surplus = max(healthy - self.service.least, 0)
                for name in old[:surplus]:
                    self._note(self.balancer.deregister(name))
                    leaving[name] = self.clock() + self.service.rules.deregistration_delay
                old = old[surplus:]
                self._end_those_drained(leaving, threads)
                time.sleep(LOOK_SECONDS)
                self.look()
        return self.clock() - began

    def look(self) -> None:
        """Sees to what changed.

        Raises:
            ReplacedError: ECS would replace a copy.
        """
        for change in self.balancer.poll():
            self._note(change)
            if change.state == "healthy":
                self._healthy.setdefault(change.copy, change.at)
        if self.clock() - self._looked >= ENGINE_LOOK_SECONDS:
            self._looked = self.clock()
            self._states |= self.engine.states([self.copies[name] for name in self._serving()])
        for name in self._serving():
            if self._would_be_replaced(name):
                raise ReplacedError(self._evidence(name))

    def stop(self) -> None:
        """Stops every copy, all at once."""
        with ThreadPoolExecutor() as threads:
            self._stopping |= {
                name: threads.submit(copy.stop)
                for name, copy in self.copies.items()
                if name not in self._stopping
            }
        self._forget_stopped()

    def _end_those_drained(self, leaving: dict[str, float], threads: ThreadPoolExecutor) -> None:
        """Tells copies to stop whose deregistration delay is over; they are taken out of `leaving`."""
        for name in [name for name, until in leaving.items() if self.clock() >= until]:
            del leaving[name]
            self._stopping[name] = threads.submit(self.copies[name].stop)
        self._forget_stopped()

    def _forget_stopped(self) -> None:
        for name in [name for name, ending in self._stopping.items() if ending.done()]:
            self.stopped[name] = self._stopping.pop(name).result()
            self.balancer.remove(name)
            del self.copies[name]

    def _serving(self) -> list[str]:
        """Copies that are not on their way out."""
        targets = self.balancer.targets
        return [name for name in self.copies if name in targets and targets[name].now.state != "draining"]

    def _is_healthy(self, name: str) -> bool:
        """As a deployment counts: for the load balancer and, where it has a check, for the container."""
        state = self._states.get(name)
        healthy = state is not None and state.health in {"", "healthy"}
        return healthy and self.balancer.targets[name].now.state == "healthy"

    def _would_be_replaced(self, name: str) -> bool:
        """One that has ended, or is unhealthy for longer than the grace period lasts."""
        state = self._states.get(name)
        if state is None:
            return False
        if not state.running:
            return True
        unhealthy = state.health == "unhealthy" or self.balancer.targets[name].now.state == "unhealthy"
        return unhealthy and self._age(name) >= self.service.grace_period

    def _age(self, name: str) -> float:
        return self.clock() - self._started[name]

    def _evidence(self, name: str) -> Evidence:
        copy, age = self.copies[name], self._age(name)
        self._states |= self.engine.states([copy])
        state, check = self._states[name], self.balancer.targets[name].last
        listening = copy.listening() if state.running else ()
        slow = state.running and check is not None and check.reason == FAILED and not listening
        return Evidence(
            copy=name,
            age=age,
            state=state,
            check=check,
            healthy_after=self._watch(name) if slow else None,
            logs=copy.logs(),
            listening=listening,
            answers_health_path=self._answers_health_path(copy),
        )

    def _answers_health_path(self, copy: Copy) -> bool | None:
        check = self.service.workload.check
        if self.health_path in {None, check.path}:
            return None
        alive = replace(check, path=self.health_path or "/")
        return probe(HOST, copy.port, alive) == PASSED

    def _watch(self, name: str) -> float | None:
        """How long after its start the copy is healthy after all; None where it never is."""
        self.progress.step(f"ECS would replace {name} now; watching whether it is only slow")
        give_up = self.clock() + LATE_SECONDS
        while self.clock() < give_up:
            time.sleep(LOOK_SECONDS)
            for change in self.balancer.poll():
                self._note(change)
            if self.balancer.targets[name].now.state == "healthy":
                return self._age(name)
            if not self.engine.states([self.copies[name]])[name].running:
                return None
        return None

    def _note(self, change: StateChange) -> None:
        self.changes.append(change)
        self.progress.changed(change)
