"""DAT110: the client reaches DynamoDB.

What breaks: a task or a function in private subnets without a NAT gateway and without DynamoDB's gateway
endpoint in their route table: every request waits until it times out.

How it is proven: for each client in a VPC that a variable tells of a table, from each of its subnets:
routes, NAT, the gateway endpoint and its policy, groups and network ACLs. A function in no VPC needs no
way.

Fix: a gateway endpoint for DynamoDB, which costs nothing, in the route table of the subnets.

Sample:

    PrivateRoute:
      Type: AWS::EC2::Route
      Properties:
        DestinationCidrBlock: 10.1.0.0/16
    Table:
      Type: AWS::DynamoDB::Table
      Properties: {BillingMode: PAY_PER_REQUEST}
    Function:
      Type: AWS::Lambda::Function
      Properties:
        Environment: {Variables: {DATABASE_URL: !Sub "dynamodb://${Table}"}}

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/vpc-endpoints-dynamodb.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import consumers
from cais.rules.data.dat109_table_permission import may_use
from cais.rules.rule import Claim, Rule
from cais.site.endpoints import Service
from cais.site.reach import reaches_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Consumer
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DAT110", causes=("A10",))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Asks for every client in a VPC that is told of a table."""
    for consumer in consumers(site, contract):
        tables = consumer.told(site.data.tables)
        if consumer.place and tables:
            variable = next(iter(tables.values()))
            claim = Claim(
                subject=consumer.subject,
                proven=f"{consumer.aspect} reaches DynamoDB, where {variable} has a table",
                refuted=f"{consumer.aspect} cannot reach DynamoDB, where {variable} has a table",
                fix="Add a gateway endpoint for DynamoDB to the route table of its subnets.",
                settle="Name the templates of the network, too.",
                service=consumer.name,
                aspect=consumer.aspect,
            )
            proof = reaches_service(site, consumer.place, Service(name="dynamodb"))
            if proof.verdict == "refuted" and not _uses(consumer, list(tables), site):
                yield RULE.unproven(claim, "whether its role lets it use the table", *proof.steps)
            else:
                yield RULE.judged(claim, proof)


def _uses(consumer: Consumer, tables: list[Key], site: Site) -> bool:
    """Whether the consumer surely may use one of the tables, or its contract tells that it does."""
    ours = consumer.contract is not None and set(consumer.environment) & set(consumer.contract.environment)
    return bool(ours) or any(may_use(consumer, site.data.tables[key], site).holds for key in tables)
