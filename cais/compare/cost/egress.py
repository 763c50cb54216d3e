"""Data transfer: out to the internet in steps, and between availability zones.

https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import CROSS_ZONE, SERVICES
from cais.compare.cost.quantities import KB_OF_GB, monthly_requests
from cais.compare.expression import expression
from cais.compare.load import REQUEST_KB, RESPONSE_KB

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope

DIRECTIONS = 2


def cross_zone_gb(*, gigabytes: Operand, share: Operand) -> Expression:
    """What is billed of traffic of which a share crosses zones: once on its way out, once on its way in."""
    return expression(gigabytes) * share * DIRECTIONS


def charge_transfer(scope: Scope, bill: Bill) -> None:
    """Answers to clients, and what goes between the service and its database in another zone.

    Between an ALB and its targets, crossing zones is free.
    """
    compute = tuple(
        dict.fromkeys(line.resources[0] for line in bill.lines if line.topic in {"compute", "entrance"})
    )
    if not compute:
        return
    requests = monthly_requests() * SERVICES
    bill.charge(
        topic="transfer",
        label="data out to the internet",
        quantity=requests * RESPONSE_KB / KB_OF_GB,
        price="egress-gb",
        resources=compute,
        basis="every answer, to clients on the internet",
    )
    databases = tuple(item.subject for item in scope.within(scope.site.data.databases).values())
    if databases:
        both = requests * (REQUEST_KB + RESPONSE_KB) / KB_OF_GB
        bill.charge(
            topic="transfer",
            label="data between zones",
            quantity=cross_zone_gb(gigabytes=both, share=CROSS_ZONE),
            price="cross-zone-gb",
            resources=databases,
            basis="to and from the database, about as much as requests and answers hold",
        )
