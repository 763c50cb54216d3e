"""What is measured of a service that turned healthy, and what is wrong with how it does it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cais.verify.diagnosis import Cause, finding
from cais.verify.load import Load, first_answer, latency
from cais.verify.ports import HOST
from cais.verify.report import Memory, Rollout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.verify.load import Answer
    from cais.verify.report import Latency, VerifyFinding
    from cais.verify.scheduler import Scheduler

WARM_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The measures of a report."""

    time_to_healthy: float | None = None
    cold: Latency | None = None
    warm: Latency | None = None
    rollout: Rollout | None = None
    memory: Memory | None = None
    findings: tuple[VerifyFinding, ...] = ()


NOTHING = Figures()


def measure(scheduler: Scheduler, *, rolls: bool) -> Figures:
    """Starts the service, waits until it is healthy, puts load on it and rolls a deployment over it.

    `rolls` is whether there is a load balancer to roll behind.

    Raises:
        ReplacedError: a copy is unhealthy.
        StoppedError: a container before it has not ended well.
    """
    service = scheduler.service
    names = [f"old-{number}" for number in range(1, service.copies + 1)]
    scheduler.start(names)
    healthy = scheduler.wait_until_healthy(names)
    path = service.workload.check.path
    copies = [scheduler.copies[name] for name in names]
    cold = latency([first_answer(f"http://{HOST}:{copy.port}", path) for copy in copies])
    rest = copies[0].memory_mib()
    with Load(url=scheduler.balancer.url, path=path) as load:
        scheduler.progress.step("putting load on it")
        time.sleep(WARM_SECONDS)
        busy = copies[0].memory_mib()
        warm = latency(list(load.answers))
        figures = Figures(
            time_to_healthy=healthy,
            cold=cold,
            warm=warm,
            memory=_memory(rest, busy, service.workload.memory_mib),
        )
        figures = _roll(scheduler, load, figures) if rolls else figures
        cause = lost(list(load.answers), figures.rollout)
    return replace(figures, findings=(*figures.findings, *([finding(service, cause)] if cause else [])))


def stubborn(scheduler: Scheduler) -> tuple[VerifyFinding, ...]:
    """What does not end when it is told to."""
    killed = [name for name, how in scheduler.stopped.items() if how.killed]
    if not killed:
        return ()
    patience = scheduler.service.workload.stop_timeout
    return (finding(scheduler.service, deaf(killed[0], patience)),)


def deaf(name: str, patience: float) -> Cause:
    """That a copy had to be killed `patience` seconds after it was told to end."""
    return Cause(
        "",
        f"{name} ignores SIGTERM: it was killed after {patience:.0f} s, with whatever it was doing",
        "Let the program, not a shell, be the container's first process (exec form of CMD, or `exec`), "
        "and end on SIGTERM.",
    )


def _roll(scheduler: Scheduler, load: Load, figures: Figures) -> Figures:
    """The figures with those of a rolling deployment."""
    service = scheduler.service
    if service.most <= service.copies and service.least >= service.copies:
        cause = Cause(
            "H17",
            f"a deployment can neither start nor stop a copy: {service.copies} copies between "
            f"{service.minimum_healthy_percent} and {service.maximum_percent} %",
            "Set MinimumHealthyPercent to 100 and MaximumPercent to 200.",
        )
        return replace(figures, findings=(finding(service, cause),))
    scheduler.progress.step("rolling a deployment over it")
    before = len(load.answers)
    seconds = scheduler.roll()
    answers = load.answers[before:]
    failed = sum(answer.failed for answer in answers)
    rollout = Rollout(seconds=seconds, requests=len(answers), failed=failed)
    return replace(figures, rollout=rollout)


def lost(answers: Sequence[Answer], rollout: Rollout | None) -> Cause | None:
    """That requests failed, in a rolling deployment or under no more than load."""
    if rollout and rollout.failed:
        return Cause(
            "",
            f"{rollout.failed} of {rollout.requests} requests failed during a rolling deployment",
            "Answer requests in flight after SIGTERM, and drain for longer than the longest of them takes.",
        )
    if failed := sum(answer.failed for answer in answers):
        fix = "Its log may say why; give it more threads, memory or cpu."
        return Cause("", f"{failed} of {len(answers)} requests failed under load", fix)
    return None


def _memory(rest: float | None, busy: float | None, limit: int | None) -> Memory | None:
    if rest is None or busy is None:
        return None
    return Memory(at_rest=rest, under_load=max(rest, busy), limit=limit)
