"""The cost model, a file a topic: pure functions of quantities, and the lines that resources make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.bill import Bill
from cais.compare.cost.api import charge_apis
from cais.compare.cost.balancing import charge_load_balancers
from cais.compare.cost.databases import charge_databases
from cais.compare.cost.egress import charge_transfer
from cais.compare.cost.fargate import charge_fargate
from cais.compare.cost.functions import charge_functions
from cais.compare.cost.instances import charge_instances
from cais.compare.cost.kubernetes import charge_kubernetes
from cais.compare.cost.logs import charge_logs
from cais.compare.cost.network import charge_network
from cais.compare.cost.storage import charge_storage
from cais.compare.cost.tables import charge_tables

if TYPE_CHECKING:
    from cais.compare.prices import PriceList
    from cais.compare.scope import Scope, Topic

TOPICS: tuple[Topic, ...] = (
    charge_fargate,
    charge_instances,
    charge_kubernetes,
    charge_functions,
    charge_apis,
    charge_load_balancers,
    charge_network,
    charge_transfer,
    charge_databases,
    charge_tables,
    charge_logs,
    charge_storage,
)


def bill_of(scope: Scope, prices: PriceList) -> Bill:
    """Everything that a target is charged for in a month."""
    bill = Bill(prices=prices)
    for charge in TOPICS:
        charge(scope, bill)
    return bill
