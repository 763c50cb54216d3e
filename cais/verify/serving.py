"""A service's load balancer and scheduler, for as long as they are used."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cais.verify.balancer import ProbingBalancer
from cais.verify.haproxy import HaproxyBalancer, installed
from cais.verify.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cais.verify.balancer import Balancer
    from cais.verify.ecs_service import EcsService
    from cais.verify.engine import Engine
    from cais.verify.verifier import Progress, Request


@contextmanager
def serving(
    service: EcsService,
    *,
    engine: Engine,
    data: Path,
    request: Request,
    folder: Path,
    progress: Progress,
    first_checks: int | None = None,
    wish: int = 0,
) -> Iterator[Scheduler]:
    """A scheduler that has started nothing yet; in the end nothing of its copies is left.

    `folder` is that of the run. `first_checks` is how many checks a new target has to pass, None for the
    healthy threshold. `wish` is the port at which clients find the service, where it is free.
    """
    began = time.monotonic()

    def clock() -> float:
        return time.monotonic() - began

    with _balancer(service, folder, wish, clock, first_checks) as balancer:
        scheduler = Scheduler(
            service=service,
            engine=engine,
            balancer=balancer,
            data=data,
            health_path=request.contract.health_path if request.contract else None,
            progress=progress,
            clock=clock,
        )
        try:
            yield scheduler
        finally:
            scheduler.stop()


def _balancer(
    service: EcsService, folder: Path, port: int, clock: Callable[[], float], first_checks: int | None
) -> AbstractContextManager[Balancer]:
    check = service.workload.check
    if not installed():
        return ProbingBalancer(check=check, clock=clock, first_checks=first_checks)
    return HaproxyBalancer(
        check=check,
        rules=service.rules,
        traffic_port=service.workload.port,
        slots=2 * service.copies,  # those of before a deployment and those of after
        port=port,
        folder=folder,
        clock=clock,
        first_checks=first_checks,
    )
