"""DAT109: the client may use its table.

What breaks: DynamoDB knows its callers by their roles. A container or a function whose role has no
permission on the table gets AccessDeniedException for every request. ECS's execution role does not help:
the task role is what the container acts as.

How it is proven: for each table that a variable names: the role allows to read or to write it, evaluated
as IAM does. Where it allows nothing, that is refuted for a variable of the contract; of another one nobody
knows what the code does with it.

Fix: grant what the code does on the table, such as `dynamodb:PutItem` and `dynamodb:Query`, to the role.

Sample:

    Table:
      Type: AWS::DynamoDB::Table
      Properties: {BillingMode: PAY_PER_REQUEST}
    Function:
      Type: AWS::Lambda::Function
      Properties:
        Environment: {Variables: {DATABASE_URL: !Sub "dynamodb://${Table}"}}

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-specific-table-indexes.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import consumers
from cais.rules.rule import Claim, Rule
from cais.site.arns import arn, own_name
from cais.site.model.values import describe, found
from cais.site.permission import may
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Consumer
    from cais.site.model.data import Table
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DAT109", causes=("A9",))
USES = ("GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "BatchWriteItem")


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Asks for every table that a variable names."""
    for consumer in consumers(site, contract):
        for key, variable in consumer.told(site.data.tables).items():
            yield _judge(consumer, site.data.tables[key], variable, site)


def _judge(consumer: Consumer, table: Table, variable: str, site: Site) -> Finding:
    name = table.subject.logical_id
    proof = may_use(consumer, table, site)
    needed = consumer.contract is not None and variable in consumer.contract.environment
    claim = Claim(
        subject=consumer.subject,
        proven=f"{consumer.aspect} may use {name}, which {variable} names",
        refuted=f"{consumer.aspect} may do nothing with {name}, which {variable} names",
        fix=f"Grant dynamodb:PutItem, dynamodb:Query and what else it does on {name} to its role.",
        settle="aws iam simulate-principal-policy --policy-source-arn ROLE --action-names dynamodb:Query",
        service=consumer.name,
        aspect=f"{consumer.aspect} {name}",
    )
    if proof.verdict == "refuted" and not needed:
        return RULE.unproven(claim, "whether the code uses it", *proof.steps)
    return RULE.judged(claim, proof)


def may_use(consumer: Consumer, table: Table, site: Site) -> Proof:
    """Whether the role allows any of what uses a table."""
    role = found(site.identity.roles, consumer.role)
    if consumer.role is None:
        return Proof(verdict="unproven", missing="whether something else gives it a role")
    if role is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(consumer.role)} allows")
    proofs = [may(site, role, f"dynamodb:{action}", way) for action in USES for way in _arns(table)]
    for verdict in ("proven", "unproven"):
        if first := next((proof for proof in proofs if proof.verdict == verdict), None):
            return first
    steps = (f"No policy of {role.subject.logical_id} allows to read or to write it",)
    return Proof(verdict="refuted", steps=steps, culprit=role.subject)


def _arns(table: Table) -> tuple[Key, ...]:
    """The ways to write a table."""
    return (table.key, arn("dynamodb", "table/", own_name(table.name)))
