"""LAM101: Lambda may assume the function's role.

What breaks: a role that trusts another service than lambda.amazonaws.com. CreateFunction is refused: "The
role defined for the function cannot be assumed by Lambda", and the stack rolls back.

How it is proven: the trust policy is evaluated as IAM does. A condition leaves it open.

Fix: trust `Service: lambda.amazonaws.com` with `sts:AssumeRole`.

Sample:

    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, found
from cais.site.trust import service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM101", causes=("L19",), speed="fast")
LAMBDA = "lambda.amazonaws.com"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks the trust policy of every function's role."""
    for function in site.serverless.functions.values():
        yield _judge(function, site)


def _judge(function: Function, site: Site) -> Finding:
    role = found(site.identity.roles, function.role)
    claim = Claim(
        subject=function.subject,
        proven="Lambda may assume the function's role",
        refuted=f"Lambda may not assume the function's role: its policy does not let {LAMBDA} in",
        fix=f"Let the role trust the service {LAMBDA} with sts:AssumeRole.",
        settle=f"aws iam get-role --role-name {describe(function.role).rpartition('/')[2]}",
        service=name_of(function),
    )
    if role is None:
        return RULE.unproven(claim, f"whom the role {describe(function.role)} trusts")
    return RULE.judged(claim, service_may_assume(role, LAMBDA))
