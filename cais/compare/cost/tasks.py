"""The services of ECS on Fargate: how many tasks of which size they run."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.bill import Unpriced
from cais.compare.cost.quantities import copies
from cais.compare.expression import Expression, expression
from cais.site.model.values import describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.scope import Scope
    from cais.findings import Subject
    from cais.site.model.ecs import Service, TaskDefinition
    from cais.site.model.values import MaybeNumber, MaybeText

FREE_STORAGE_GIB = 20
UNITS_OF_VCPU = 1024
ARCHITECTURES = {"X86_64": "x86", "ARM64": "arm"}
OWN_MACHINES = frozenset({"EC2", "EXTERNAL"})
"""Launch types whose machines are charged for themselves, whatever runs on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service and the size of its tasks: cpu in units of 1/1024 vCPU, memory in MiB, storage in GiB.

    `architecture` is "x86" or "arm".

    `least` tasks run at any load; with a `share` of the requests, more are added. `spot_share` is None where
    the template leaves it open.
    """

    service: Service
    architecture: str
    cpu: int
    memory_mib: int
    storage_gib: int
    least: int
    most: int | None
    share: Decimal
    spot_share: Decimal | None
    resources: tuple[Subject, ...]

    def copies(self) -> Expression:
        """The tasks at the current load."""
        if not self.share or self.most is None:
            return expression(self.least)
        return copies(vcpu=Decimal(self.cpu) / UNITS_OF_VCPU, least=self.least, share=self.share)

    @property
    def told_copies(self) -> str:
        """How many there are, in words."""
        if not self.share:
            return f"{self.least} task(s), which get no requests,"
        return (
            f"{self.least} task(s)"
            if self.most is None
            else f"at least {self.least} tasks, scaled by their CPU use,"
        )


def running_services(scope: Scope) -> Iterator[Running | Unpriced]:
    """Every service of the scope, or why it cannot be told what it runs; but those on one's own machines.

    Those that a load balancer knows share the requests evenly; where there are none, all services do.
    """
    services = scope.within(scope.site.ecs.services).values() if scope.kind == "ecs" else ()
    asked = [service for service in services if service.targets] or list(services)
    for service in services:
        if service.launch_type not in OWN_MACHINES:
            share = Decimal(1) / len(asked) if service in asked else Decimal(0)
            yield _running(service, scope, share=share)


def _running(service: Service, scope: Scope, *, share: Decimal) -> Running | Unpriced:
    task = found(scope.site.ecs.task_definitions, service.task_definition)
    if task is None:
        return _open(service, "its task definition is not in the templates")
    target = next(
        (item for item in scope.site.scaling.scalable_targets.values() if item.service == service.key), None
    )
    least = target.minimum if target else (1 if service.desired is None else service.desired)
    sizes = _sizes(task)
    bounds = (least, target.maximum) if target else (least,)
    missing = _missing(service.launch_type, task.architecture, task.operating_system, *bounds, *sizes)
    if not missing and (task.architecture not in ARCHITECTURES or task.operating_system != "LINUX"):
        missing = f"{task.operating_system} on {task.architecture} is not modelled"
    if missing:
        return _open(service, missing)
    cpu, memory, storage = (int(str(size)) for size in sizes)
    return Running(
        service=service,
        architecture=ARCHITECTURES[str(task.architecture)],
        cpu=cpu,
        memory_mib=memory,
        storage_gib=storage,
        least=int(str(least)),
        most=int(str(target.maximum)) if target else None,
        share=share,
        spot_share=_spot_share(service),
        resources=(service.subject, task.subject, *((target.subject,) if target else ())),
    )


def _sizes(task: TaskDefinition) -> tuple[MaybeNumber | None, ...]:
    storage = FREE_STORAGE_GIB if task.ephemeral_storage is None else task.ephemeral_storage
    return task.cpu, task.memory, storage


def _missing(*values: MaybeText | MaybeNumber | None) -> str:
    """Why the first value that is not known is not; empty where all are."""
    for value in values:
        if value is None:
            return "its task definition gives no size"
        if is_leaf(value):
            return f"not known: {describe(value)}"
    return ""


def _open(service: Service, reason: str) -> Unpriced:
    return Unpriced(
        label=f"tasks of {service.subject.logical_id}", reason=reason, resources=(service.subject,)
    )


def _spot_share(service: Service) -> Decimal | None:
    """The share of FARGATE_SPOT in the service's strategy; None without one."""
    weights = {
        str(part.provider): part.weight
        for part in service.strategy
        if isinstance(part.weight, int) and part.weight
    }
    total = sum(weights.values())
    return Decimal(weights.get("FARGATE_SPOT", 0)) / total if total else None
