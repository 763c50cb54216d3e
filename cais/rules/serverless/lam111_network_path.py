"""LAM111: a function in a VPC reaches the services that it uses.

What breaks: a function in a VPC has no public address, in a public subnet neither. Without a NAT gateway or
endpoints its calls to Secrets Manager, Systems Manager, Lambda or KMS wait until it times out.

How it is proven: for each secret, parameter or function that a variable names and the role may use, from
each subnet: routes, NAT, endpoints with their names, groups and policies, the function's own groups, network
ACLs. Logs need no way: Lambda itself writes them.

Fix: private subnets with a route to a NAT gateway, or the endpoint of the service.

Sample:

    PrivateRoute:
      Type: AWS::EC2::Route
      Properties:
        DestinationCidrBlock: 10.1.0.0/16

Sources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import allowed, name_of, of_function, told_of
from cais.rules.rule import Claim, Rule
from cais.site.endpoints import Service
from cais.site.reach import reaches_service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.model.values import Key
    from cais.site.reach import Place

RULE = Rule(id="LAM111", causes=("L15",))
NAMES = {"secretsmanager": "Secrets Manager", "ssm": "Systems Manager", "lambda": "Lambda"}
USES = {
    "secretsmanager": "secretsmanager:GetSecretValue",
    "ssm": "ssm:GetParameter",
    "lambda": "lambda:InvokeFunction",
}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every service that a function in a VPC is told of."""
    for function in site.serverless.functions.values():
        if place := of_function(function):
            for service, (variable, sure) in _used(function, site).items():
                yield _judge(function, place, service, variable, site, sure=sure)


def _used(function: Function, site: Site) -> dict[str, tuple[str, bool]]:
    """The services that the function uses, with the variable that says so, and whether it surely may."""
    known: dict[str, Iterable[Key]] = {
        "secretsmanager": site.data.secrets,
        "ssm": site.data.parameters,
        "lambda": {*site.serverless.functions, *site.serverless.aliases},
    }
    return {
        service: (variable, proof.holds)
        for service, keys in known.items()
        for variable, key in told_of(function.environment, keys).items()
        if (proof := allowed(function, site, [USES[service]], [key])).verdict != "refuted"
    }


def _judge(
    function: Function, place: Place, service: str, variable: str, site: Site, *, sure: bool
) -> Finding:
    name = NAMES[service]
    claim = Claim(
        subject=function.subject,
        proven=f"The function reaches {name}, which {variable} tells it of",
        refuted=f"The function cannot reach {name}, which {variable} tells it of",
        fix=f"Give its subnets a route to a NAT gateway, or the VPC the endpoint {service}.",
        settle="Name the templates of the network, too.",
        service=name_of(function),
        aspect=name,
    )
    proof = reaches_service(site, place, Service(name=service))
    if proof.verdict == "refuted" and not sure:
        return RULE.unproven(claim, f"whether its role lets it use {name}", *proof.steps)
    return RULE.judged(claim, proof)
