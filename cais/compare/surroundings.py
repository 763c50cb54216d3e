"""What a target's compute uses, as boxes of its picture: stores, ways out of the network, secrets, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.report import Box
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.report import Role
    from cais.compare.scope import Scope
    from cais.findings import Subject
    from cais.site.model.data import Database

ENGINES = {
    "aurora-postgresql": "Aurora PostgreSQL",
    "aurora-mysql": "Aurora MySQL",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
}


def box_id(subject: Subject) -> str:
    """What links call the box of a resource."""
    return f"{subject.template}/{subject.logical_id}"


def surroundings(scope: Scope) -> tuple[Box, ...]:
    """The boxes beside a target's compute, those that keep data first."""
    return (*_databases(scope), *_tables(scope), *_ways_out(scope), *_secrets(scope), *_logs(scope))


def _databases(scope: Scope) -> Iterator[Box]:
    databases = scope.within(scope.site.data.databases)
    for database in databases.values():
        if database.cluster is not None:
            continue
        instances = [item for item in databases.values() if item.cluster == database.key]
        yield Box(
            id=box_id(database.subject),
            role="store",
            label=ENGINES.get(str(database.engine), "Database"),
            details=tuple(_sizes(database, instances)),
            count=len(instances) or 1,
            resources=(database.subject, *(item.subject for item in instances)),
            in_network=True,
        )


def _sizes(database: Database, instances: list[Database]) -> Iterator[str]:
    classes = dict.fromkeys(str(item.instance_class) for item in instances or [database])
    for kind in classes:
        yield f"{len(instances) or 1} × {kind}"
    if database.capacity:
        least, most = database.capacity
        yield f"{_bound(least)} to {_bound(most)} ACU"


def _bound(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "?"


def _tables(scope: Scope) -> Iterator[Box]:
    for table in scope.within(scope.site.data.tables).values():
        billing = "on demand" if table.billing == "PAY_PER_REQUEST" else "provisioned"
        yield _box("store", "DynamoDB table", (billing,), (table.subject,))


def _ways_out(scope: Scope) -> Iterator[Box]:
    gateways = tuple(item.subject for item in scope.within(scope.site.network.nat_gateways).values())
    if gateways:
        told = (counted(len(gateways), "gateway"),)
        yield _box("egress", "NAT gateway", told, gateways, count=len(gateways), in_network=True)
    endpoints = list(scope.within(scope.site.network.endpoints).values())
    if endpoints:
        names = ", ".join(dict.fromkeys(describe(item.service) for item in endpoints))
        subjects = tuple(item.subject for item in endpoints)
        yield _box("egress", "VPC endpoints", (names,), subjects, count=len(subjects), in_network=True)


def _secrets(scope: Scope) -> Iterator[Box]:
    subjects = tuple(item.subject for item in scope.within(scope.site.data.secrets).values())
    if subjects:
        yield _box(
            "secrets", "Secrets Manager", (counted(len(subjects), "secret"),), subjects, count=len(subjects)
        )


def _logs(scope: Scope) -> Iterator[Box]:
    every = scope.within(scope.site.data.log_groups).values()
    groups = [group for group in every if group.subject.template in scope.own]
    if groups and scope.kind != "eks":  # where no collector runs, the pods' logs stay on their nodes
        kept = dict.fromkeys(_retention(item.retention) for item in groups)
        yield _box("logs", "CloudWatch Logs", (", ".join(kept),), tuple(item.subject for item in groups))


def _retention(days: object) -> str:
    if days is None:
        return "kept for ever"
    return f"kept {counted(days, 'day')}" if isinstance(days, int) else "kept for ?"


def counted(number: int, what: str) -> str:
    """A number of things, such as "1 task" or "2 tasks"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _box(
    role: Role,
    label: str,
    details: tuple[str, ...],
    subjects: tuple[Subject, ...],
    *,
    count: int = 1,
    in_network: bool = False,
) -> Box:
    return Box(
        id=box_id(subjects[0]),
        role=role,
        label=label,
        details=details,
        count=count,
        resources=subjects,
        in_network=in_network,
    )
