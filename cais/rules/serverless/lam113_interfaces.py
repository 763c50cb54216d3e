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

from dataclasses import replace
from typing import TYPE_CHECKING

from cais.rules.functions import allowed, late, name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import Unknown, describe, found
from cais.site.permission import may
from cais.site.proof import every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM113", causes=("L20",), speed="fast")
ACTIONS = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks the role of every function in a VPC."""
    for function in site.serverless.functions.values():
        if function.subnets:
            yield _judge(function, site)


def _judge(function: Function, site: Site) -> Finding:
    proof = allowed(function, site, ACTIONS, ["*"])
    after = _decides(function, site) if proof.holds else []
    subject = function.subject
    claim = Claim(
        subject=subject,
        proven="The function's role may make network interfaces",
        refuted="The function's role may not make network interfaces, which a function in a VPC needs"
        if not after
        else f"The function's role may have {', '.join(after)} only after the function is made",
        fix=f"Let {subject.logical_id} depend on {', '.join(after)}."
        if after
        else "Attach AWS's policy service-role/AWSLambdaVPCAccessExecutionRole to the role.",
        settle=f"aws iam simulate-principal-policy --policy-source-arn ROLE --action-names {ACTIONS[0]}",
        service=name_of(function),
    )
    unknown = [describe(key) for key in function.subnets if isinstance(key, Unknown)]
    if unknown and not proof.holds:
        return RULE.unproven(claim, f"whether it is in a VPC: {unknown[0]}", *proof.steps)
    return RULE.advice(claim, *proof.steps) if after else RULE.judged(claim, proof)


def _decides(function: Function, site: Site) -> list[str]:
    """The policies that may come too late, and without which the role may not."""
    role = found(site.identity.roles, function.role)
    after = late(function.subject, function.role, site)
    if role is None or not after:
        return []
    early = replace(
        role,
        inline=tuple(each for each in role.inline if each.subject.logical_id not in after),
        managed=tuple(each for each in role.managed if getattr(each, "logical_id", "") not in after),
    )
    return [] if every(may(site, early, action, "*") for action in ACTIONS).holds else after
