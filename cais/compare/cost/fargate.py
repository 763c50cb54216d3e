"""Fargate: vCPU and memory of running tasks, by the second.

https://aws.amazon.com/fargate/pricing/
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.assumptions import HOURS, SAVINGS_FARGATE, SERVICES, SPOT
from cais.compare.bill import Unpriced
from cais.compare.cost.quantities import MIB_OF_GIB, SECONDS_OF_HOUR
from cais.compare.cost.tasks import Running, running_services
from cais.compare.expression import expression, maximum, over_day

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope

LEAST_SECONDS = 60
FREE_STORAGE_GIB = 20
UNITS_OF_VCPU = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHours:
    """What some tasks are billed for: vCPU-hours, GB-hours, and GB-hours of storage above the free 20 GB."""

    vcpu: Expression
    memory: Expression
    storage: Expression


def task_hours(
    *,
    tasks: Operand,
    seconds: Operand,
    vcpu: Operand,
    memory_gb: Operand,
    storage_gb: Operand = FREE_STORAGE_GIB,
) -> TaskHours:
    """The hours of `tasks` that each run for `seconds`: by the second, a minute at least."""
    hours = expression(tasks) * maximum(seconds, LEAST_SECONDS) / SECONDS_OF_HOUR
    billed_storage = maximum(0, expression(storage_gb) - FREE_STORAGE_GIB)
    return TaskHours(vcpu=hours * vcpu, memory=hours * memory_gb, storage=hours * billed_storage)


def charge_fargate(scope: Scope, bill: Bill) -> None:
    """The Fargate services of ECS."""
    for service in running_services(scope):
        if isinstance(service, Unpriced):
            bill.unpriced.append(service)
        else:
            _charge_service(service, bill)


def _charge_service(service: Running, bill: Bill) -> None:
    vcpu, memory = Decimal(service.cpu) / UNITS_OF_VCPU, Decimal(service.memory_mib) / MIB_OF_GIB
    tasks = over_day(service.copies()) * SERVICES
    hours = task_hours(
        tasks=tasks,
        seconds=HOURS * SECONDS_OF_HOUR,
        vcpu=vcpu,
        memory_gb=memory,
        storage_gb=service.storage_gib,
    )
    spot = service.spot_share if service.spot_share is not None else SPOT
    what = f"{service.told_copies} of {vcpu.normalize():f} vCPU and {memory.normalize():f} GB"
    for label, part, name in (
        ("Fargate vCPU", hours.vcpu, "fargate-vcpu-hour"),
        ("Fargate memory", hours.memory, "fargate-gb-hour"),
    ):
        bill.charge(
            topic="compute",
            label=label,
            quantity=part * (1 - spot),
            price=f"{name}-{service.architecture}",
            resources=service.resources,
            basis=what,
            discount=SAVINGS_FARGATE,
        )
        bill.charge(
            topic="compute",
            label=f"{label}, Spot",
            quantity=part * spot,
            price=f"{name}-spot-{service.architecture}",
            resources=service.resources,
            basis=what,
        )
    if service.storage_gib > FREE_STORAGE_GIB:
        bill.charge(
            topic="compute",
            label="Fargate storage above 20 GB",
            quantity=hours.storage,
            price="fargate-storage-gb-hour",
            resources=service.resources,
            basis=what,
        )
