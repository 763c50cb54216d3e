"""Aurora Serverless v2: capacity (ACU) by the second, storage and I/O; other databases by their instance.

https://aws.amazon.com/rds/aurora/pricing/
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.assumptions import DATABASE_IO, DATABASE_RATE, HOURS, PAUSE_SECONDS, SERVICES
from cais.compare.cost.quantities import CURRENT_LOAD, KB_OF_GB, monthly_requests
from cais.compare.expression import exponential, expression, maximum, minimum, over_day
from cais.compare.load import STORED, STORED_KB

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope
    from cais.site.model.data import Database

LEAST_AWAKE = Decimal("0.5")


def capacity(*, load: Operand, least: Operand, most: Operand, rate: Operand) -> Expression:
    """ACUs at a load of which one ACU serves `rate` requests a second; awake, half an ACU at least."""
    return minimum(most, maximum(least, LEAST_AWAKE, expression(load) / rate))


def awake_share(*, load: Operand, pause_seconds: Operand) -> Expression:
    """The share of time in which a database that pauses after some idle seconds is awake.

    Requests come independently of each other, so it is the chance that one came within those seconds.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
    """
    return 1 - exponential(0 - expression(load) * pause_seconds)


def charge_databases(scope: Scope, bill: Bill) -> None:
    """The databases that the target uses."""
    databases = scope.within(scope.site.data.databases)
    for database in databases.values():
        if database.kind == "cluster":
            instances = [item for item in databases.values() if item.cluster == database.key]
            _charge_cluster(database, instances, scope, bill)
        elif database.cluster is None:
            _charge_instance(database, bill, family="rds")


def _charge_instance(instance: Database, bill: Bill, *, family: str) -> None:
    bill.charge(
        topic="data",
        label=f"database {instance.instance_class}",
        quantity=HOURS * SERVICES,
        price=f"{family}-{instance.instance_class}-hour",
        resources=(instance.subject,),
        basis="all month",
    )


def _charge_cluster(cluster: Database, instances: list[Database], scope: Scope, bill: Bill) -> None:
    bounds = cluster.capacity
    resources = (cluster.subject, *(item.subject for item in instances))
    numbers = [Decimal(str(bound)) for bound in bounds or () if isinstance(bound, int | float)]
    serverless = [item for item in instances if item.instance_class == "db.serverless"]
    for instance in instances:
        if instance not in serverless:
            _charge_instance(instance, bill, family="aurora")
    if serverless and len(numbers) == len(("least", "most")):
        least, most = numbers
        # Readiness probes of EKS ask the store, so there is always a connection.
        pauses = not least and scope.kind != "eks"
        units = capacity(load=CURRENT_LOAD, least=least, most=most, rate=DATABASE_RATE)
        if pauses:
            units = units * awake_share(load=CURRENT_LOAD, pause_seconds=PAUSE_SECONDS)
        bill.charge(
            topic="data",
            label="Aurora capacity",
            quantity=over_day(units) * len(serverless) * HOURS * SERVICES,
            price="aurora-acu-hour",
            resources=resources,
            basis=f"{least} to {most} ACU by load, {'paused' if pauses else 'never paused'} when idle",
        )
    elif serverless:
        bill.leave_open("Aurora capacity", "the templates do not tell its bounds", resources)
    bill.charge(
        topic="data",
        label="Aurora storage",
        quantity=STORED * STORED_KB / KB_OF_GB * SERVICES,
        price="aurora-gb-month",
        resources=(cluster.subject,),
        basis="the stored comments",
    )
    bill.charge(
        topic="data",
        label="Aurora I/O",
        quantity=monthly_requests() * DATABASE_IO * SERVICES,
        price="aurora-io",
        resources=(cluster.subject,),
        basis="reads that miss the cache, and log writes",
    )
