"""LAM118: the API has a stage, and a way to the function.

What breaks: an HTTP API without a route to the integration, or without a stage, is made without complaint,
and answers no request. So does a stage that shows no deployment.

How it is proven: the integration has a route, and the API a stage that deploys by itself or names a
deployment. Where the function is not the contract's, somebody else may make them by hand or in another
stack. An API that a document describes, or whose parts a macro makes, is left open, too.

Fix: an `AWS::ApiGatewayV2::Route` with the integration as its target, and a stage with `AutoDeploy: true`.

Sample:

    Stage:
      Type: AWS::ApiGatewayV2::Stage
      Properties: {AutoDeploy: false}

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import contract_of, name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Api, Function, Integration
    from cais.site.model.site import Site

RULE = Rule(id="LAM118", causes=("L22",))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks for the way to every integration of which the API is in the site."""
    for integration in site.serverless.integrations.values():
        api = found(site.serverless.apis, integration.api)
        function = integration.callee and found(site.serverless.functions, integration.callee.function)
        if api and function and not api.is_described:
            ours = contract_of(contract, function, site) is not None
            yield _judge(function, integration, api, site, ours=ours)


def _judge(function: Function, integration: Integration, api: Api, site: Site, *, ours: bool) -> Finding:
    name, stages = api.subject.logical_id, [each.subject.logical_id for each in api.stages]
    lacks = [] if integration.routes else [f"no route leads to {integration.subject.logical_id}"]
    if not any(each.has_deployment for each in api.stages):
        lacks.append(f"{', '.join(stages)} shows no deployment" if stages else f"{name} has no stage")
    claim = Claim(
        subject=integration.subject,
        proven=f"{name} leads requests to the function",
        refuted=f"{name} leads no request to the function: {' and '.join(lacks)}",
        fix="Add a route to the integration, and a stage with AutoDeploy: true.",
        settle=f"aws apigatewayv2 get-stages --api-id {name}",
        service=name_of(function),
        aspect=integration.subject.logical_id,
    )
    if not lacks:
        return RULE.proven(claim, f"{', '.join(stages)} shows its routes")
    unknown = [describe(each.has_deployment) for each in api.stages if is_leaf(each.has_deployment)]
    elsewhere = [] if ours else [f"whether somebody makes it elsewhere: {lacks[0]}"]
    strays = [f"what {each.logical_id} belongs to" for each in site.serverless.strays]
    if missing := [*site.gaps, *site.serverless.gaps, *unknown, *strays, *elsewhere]:
        return RULE.unproven(claim, missing[0])
    return RULE.refuted(claim, *lacks)
