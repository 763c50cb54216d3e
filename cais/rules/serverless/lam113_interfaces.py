"""LAM113: Lambda may make the function's network interfaces.

What breaks: Lambda puts a function into a VPC with the function's own role. Without
`ec2:CreateNetworkInterface` and its like, CreateFunction is refused: "The provided execution role does not
have permissions to call CreateNetworkInterface on EC2".

How it is proven: the role's policies are evaluated as IAM does, for the three actions on every resource. A
policy that CloudFormation may attach only after the function is advice: who is first, is a race.

Fix: attach AWS's policy service-role/AWSLambdaVPCAccessExecutionRole, and let the function depend on policies
that are resources of their own.

Sample:

    Role:
      Type: AWS::IAM::Role
      Properties:
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
        Policies: []

Sources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.functions import late, name_of
from cais.rules.rule import Claim, Rule
from cais.site.arns import arn
from cais.site.matching import ANY
from cais.site.model.values import Unknown, describe, found
from cais.site.permission import may
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.identity import Role
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM113", causes=("L20",), speed="fast")
INTERFACE = arn("ec2", "network-interface/", ANY)
ACTIONS = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks the role of every function in a VPC."""
    for function in site.serverless.functions.values():
        if function.subnets:
            yield _judge(function, site)


def _judge(function: Function, site: Site) -> Finding:
    role = found(site.identity.roles, function.role)
    proof = may_make_interfaces(site, role) if role else _of_another_stack(function)
    after = _decisive(function, role, site) if role and proof.holds else []
    name = function.subject.logical_id
    claim = Claim(
        subject=function.subject,
        proven="The function's role may make network interfaces",
        refuted=f"The function's role may have {', '.join(after)} only after the function is made"
        if after
        else "The function's role may not make network interfaces, which a function in a VPC needs",
        fix=f"Let {name} depend on {', '.join(after)}."
        if after
        else "Attach AWS's policy service-role/AWSLambdaVPCAccessExecutionRole to the role.",
        settle=f"aws iam simulate-principal-policy --policy-source-arn ROLE --action-names {ACTIONS[0]}",
        service=name_of(function),
    )
    unknown = [describe(key) for key in function.subnets if isinstance(key, Unknown)]
    if unknown and not proof.holds:
        return RULE.unproven(claim, f"whether it is in a VPC: {unknown[0]}", *proof.steps)
    return RULE.advice(claim, *proof.steps) if after else RULE.judged(claim, proof)


def may_make_interfaces(site: Site, role: Role) -> Proof:
    """Whether a role may do all of it; for an action on some interfaces alone, nobody knows which."""
    return every(_may(site, role, action) for action in ACTIONS)


def _may(site: Site, role: Role, action: str) -> Proof:
    everywhere = may(site, role, action, "*")
    if everywhere.verdict != "refuted":
        return everywhere
    if may(site, role, action, INTERFACE).verdict != "refuted":
        return Proof(verdict="unproven", missing=f"on which interfaces it may call {action}")
    return everywhere


def _of_another_stack(function: Function) -> Proof:
    return Proof(verdict="unproven", missing=f"what the role {describe(function.role)} allows")


def _decisive(function: Function, role: Role, site: Site) -> list[str]:
    """The policies that may come too late, and without which the role may not."""
    after = late(function.subject, function.role, site)
    early = replace(
        role,
        inline=tuple(each for each in role.inline if each.subject.logical_id not in after),
        managed=tuple(each for each in role.managed if getattr(each, "logical_id", "") not in after),
    )
    return [] if may_make_interfaces(site, early).holds else after
