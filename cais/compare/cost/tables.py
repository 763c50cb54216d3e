"""DynamoDB on demand: request units and storage.

https://aws.amazon.com/dynamodb/pricing/on-demand/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import SERVICES
from cais.compare.cost.quantities import KB_OF_GB, monthly_requests
from cais.compare.expression import ceiling, expression
from cais.compare.load import REQUEST_KB, RESPONSE_KB, STORED, STORED_KB, WRITES

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope

WRITE_KB = 1
READ_KB = 4
EVENTUAL = "0.5"


def write_units(*, items: Operand, kb: Operand) -> Expression:
    """Write request units: one for each started kilobyte of each item."""
    return expression(items) * ceiling(expression(kb) / WRITE_KB)


def read_units(*, reads: Operand, kb: Operand, consistent: bool = False) -> Expression:
    """Read request units: one for each started 4 KB of each read, half of that if eventually consistent."""
    units = expression(reads) * ceiling(expression(kb) / READ_KB)
    return units if consistent else units * EVENTUAL


def charge_tables(scope: Scope, bill: Bill) -> None:
    """The tables that the target uses."""
    for table in scope.within(scope.site.data.tables).values():
        if table.billing != "PAY_PER_REQUEST":
            bill.leave_open(
                f"table {table.subject.logical_id}", "provisioned capacity is not modelled", (table.subject,)
            )
            continue
        requests = monthly_requests() * SERVICES
        for label, quantity, price in (
            ("DynamoDB writes", write_units(items=requests * WRITES, kb=REQUEST_KB), "dynamodb-write-unit"),
            (
                "DynamoDB reads",
                read_units(reads=requests * (1 - WRITES), kb=RESPONSE_KB),
                "dynamodb-read-unit",
            ),
            ("DynamoDB storage", STORED * STORED_KB / KB_OF_GB * SERVICES, "dynamodb-gb-month"),
        ):
            bill.charge(
                topic="data",
                label=label,
                quantity=quantity,
                price=price,
                resources=(table.subject,),
                basis="a write puts a comment, a read gets an answer's worth of them",
            )
