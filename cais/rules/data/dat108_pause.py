"""DAT108: a database that sleeps is not waited for in vain.

What breaks: Aurora with a least capacity of 0 pauses when nothing is connected, and needs some 15 seconds
to wake. A health check that asks the database times out while it wakes, and never lets it sleep; a
function with a shorter timeout ends before the database answers.

How it is seen: the health check of a load balancer asks the contract's ready path, which asks the
database; or a function's timeout is below the time to wake. Both are advice: the second attempt succeeds.

Fix: ask the health path, which does no I/O; a timeout of 30 s; or a least capacity above 0.

Sample:

    Database:
      Type: AWS::RDS::DBCluster
      Properties:
        Engine: aurora-postgresql
        EngineVersion: "16.11"
        Port: 5432
        ServerlessV2ScalingConfiguration: {MinCapacity: 0, MaxCapacity: 4}
    Function:
      Type: AWS::Lambda::Function
      Properties: {Timeout: 10}

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import links
from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures
from cais.site.model.data import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Consumer
    from cais.site.model.site import Site

RULE = Rule(id="DAT108", causes=("A8",))
WAKES_AFTER = 15
KINDS = {"AWS::ECS::Service", "AWS::Lambda::Function"}
"""Clients of which the site knows what waits for them."""


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks at every client of a database that pauses."""
    for link in links(site, contract):
        known = link.consumer.subject.type in KINDS
        if known and isinstance(link.target, Database) and pauses(link.target, site):
            yield _judge(link.consumer, link.target, list(_waits(link.consumer, site, contract)))


def pauses(database: Database, site: Site) -> bool:
    """Whether a cluster, or that of an instance, may go down to no capacity at all."""
    cluster = site.data.databases.get(database.cluster) if database.cluster is not None else None
    capacity = (cluster or database).capacity
    return capacity is not None and capacity[0] == 0


def _judge(consumer: Consumer, database: Database, waits: list[str]) -> Finding:
    name = database.subject.logical_id
    claim = Claim(
        subject=consumer.subject,
        proven=f"{consumer.aspect} waits for {name} to wake",
        refuted=f"{consumer.aspect} does not wait for {name} to wake: {' and '.join(waits)}",
        fix="Ask a health path without I/O, raise the timeout to 30 s, or set MinCapacity above 0.",
        service=consumer.name,
        aspect=f"{consumer.aspect} {name}",
    )
    return RULE.advice(claim, *waits) if waits else RULE.proven(claim)


def _waits(consumer: Consumer, site: Site, contract: Contract | None) -> Iterator[str]:
    """What does not wait long enough."""
    for exposure in exposures(site, contract):
        ours = exposure.contract if exposure.service.subject == consumer.subject else None
        if ours and exposure.group.health.path == ours.ready_path:
            yield f"the health check of {exposure.aspect} asks {ours.ready_path}, which asks the database"
    for function in site.serverless.functions.values():
        short = isinstance(function.timeout, int) and function.timeout < WAKES_AFTER
        if function.subject == consumer.subject and short:
            yield f"it ends after {function.timeout} s"
