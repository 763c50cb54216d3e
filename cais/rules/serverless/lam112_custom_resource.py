"""LAM112: the function of a custom resource can answer CloudFormation.

What breaks: the function of a custom resource answers by a PUT to an address in S3. In a VPC without a way
there the answer never comes: the stack stays in CREATE_IN_PROGRESS for an hour, and deletes as slowly.

How it is proven: from each subnet of such a function, port 443 of S3: routes, NAT, the gateway endpoint,
groups and network ACLs. One that hands its work on to a state machine answers from elsewhere, and is left
open.

Fix: take the function out of the VPC, or give the VPC a gateway endpoint for S3.

Sample:

    PrivateRoute:
      Type: AWS::EC2::Route
      Properties:
        DestinationCidrBlock: 10.1.0.0/16
    Migrate:
      Type: Custom::Migrate
      Properties: {ServiceToken: !GetAtt Function.Arn}

Sources:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-customresource.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of, of_function
from cais.rules.rule import Claim, Rule
from cais.site.endpoints import Service
from cais.site.model.values import found
from cais.site.reach import reaches_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.reach import Place

RULE = Rule(id="LAM112", causes=("L26",))
WAITS = "WAITER_STATE_MACHINE_ARN"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks once for every function that makes custom resources."""
    made = {each.callee.function: each.subject.logical_id for each in site.serverless.custom_resources}
    for key, resource in made.items():
        function = found(site.serverless.functions, key)
        if function and (place := of_function(function)):
            yield _judge(function, place, resource, site)


def _judge(function: Function, place: Place, resource: str, site: Site) -> Finding:
    proof = reaches_service(site, place, Service(name="s3"))
    claim = Claim(
        subject=function.subject,
        proven=f"The function can answer CloudFormation, which waits for {resource}",
        refuted=f"The function cannot answer CloudFormation, which waits an hour for {resource}",
        fix="Take the function out of the VPC, or give the VPC a gateway endpoint for S3.",
        settle="Name the templates of the network, too.",
        service=name_of(function),
    )
    if proof.verdict == "refuted" and WAITS in function.environment:
        return RULE.unproven(claim, "from where its state machine answers", *proof.steps)
    return RULE.judged(claim, proof)
