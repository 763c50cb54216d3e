"""CloudWatch: logs by what comes in and what is kept, and alarms.

https://aws.amazon.com/cloudwatch/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import LOG_COMPRESSION, PLATFORM_LOG_BYTES, SERVICES
from cais.compare.cost.quantities import BYTES_OF_GB, monthly_requests
from cais.compare.load import LOG_BYTES
from cais.compare.scope import callable_functions
from cais.findings import Subject
from cais.site.model.values import found

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope
    from cais.site.model.data import LogGroup
    from cais.site.model.values import Key

DAYS_OF_MONTH = "30.4"
FOR_EVER_DAYS = 365


def log_gb(extra_bytes: Operand = 0) -> Expression:
    """Gigabytes of logs in a month, and `extra_bytes` that the platform adds for each request."""
    return monthly_requests() * SERVICES * (LOG_BYTES + extra_bytes) / BYTES_OF_GB


def kept_gb(*, gb_per_month: Expression, days: Operand) -> Expression:
    """Gigabytes that are stored when logs are kept for some days; they are kept compressed."""
    return gb_per_month * LOG_COMPRESSION * days / DAYS_OF_MONTH


def charge_logs(scope: Scope, bill: Bill) -> None:
    """The log groups that the service writes to, and alarms."""
    groups = scope.within(scope.site.data.log_groups)
    extra: Operand = PLATFORM_LOG_BYTES if scope.kind == "serverless" else 0
    written = [group for key in _written(scope) if (group := found(groups, key))]
    for group in {group.key: group for group in written}.values():
        _charge_group(group, log_gb(extra), bill)
    for alarm in scope.assembly.resources("AWS::CloudWatch::Alarm"):
        if alarm.template in scope.templates:
            subject = Subject(template=alarm.template, logical_id=alarm.logical_id, type=alarm.type)
            bill.charge(
                topic="observability",
                label="CloudWatch alarm",
                quantity=SERVICES,
                price="alarm-month",
                resources=(subject,),
                basis="one alarm of one metric",
            )


def _written(scope: Scope) -> list[Key | None]:
    """The keys of the groups that get the service's own output."""
    if scope.kind == "ecs":
        tasks = scope.within(scope.site.ecs.task_definitions).values()
        return [
            box.log.log_group
            for task in tasks
            for box in task.containers
            if box.log and box.essential is True
        ]
    functions = scope.site.serverless.functions
    reached = callable_functions(scope.site) if scope.kind == "serverless" else ()
    return [functions[key].log_group for key in reached if key in functions]


def _charge_group(group: LogGroup, gigabytes: Expression, bill: Bill) -> None:
    days = group.retention if isinstance(group.retention, int) else FOR_EVER_DAYS
    bill.charge(
        topic="observability",
        label="logs taken in",
        quantity=gigabytes,
        price="logs-ingested-gb",
        resources=(group.subject,),
        basis="what every request logs",
    )
    bill.charge(
        topic="observability",
        label="logs kept",
        quantity=kept_gb(gb_per_month=gigabytes, days=days),
        price="logs-kept-gb-month",
        resources=(group.subject,),
        basis=f"{days} days of them, compressed",
    )
