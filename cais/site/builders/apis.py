"""APIs of API Gateway, from their stages to the functions that they call."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.model.serverless import Api, Callee, Integration, Stage
from cais.site.model.values import Attribute, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.findings import Subject
    from cais.site.builders.callees import Callees
    from cais.site.model.values import Key, MaybeText
    from cais.template import Assembly, Resource, Value

REST, HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
STAGES, ROUTE = ("AWS::ApiGatewayV2::Stage", "AWS::ApiGateway::Stage"), "AWS::ApiGatewayV2::Route"
DESCRIBED = ("Body", "BodyS3Location", "CloneFrom", "Target")
"""Properties by which an API has routes that are no resources."""


def build_apis(assembly: Assembly) -> dict[Key, Api]:
    """Every API with its stages."""
    stages = _stages(assembly)
    deployments: defaultdict[Key, list[Subject]] = defaultdict(list)
    for resource in assembly.resources("AWS::ApiGateway::Deployment"):
        deployments[v.key(resource.properties.get("RestApiId"))].append(v.subject(resource))
    return {
        (key := v.own_key(resource)): Api(
            key=key,
            subject=v.subject(resource),
            protocol="REST"
            if resource.type == REST
            else v.text(resource.properties.get("ProtocolType"), "HTTP"),
            is_described=any(name in resource.properties for name in DESCRIBED),
            stages=tuple(stages[key]),
            deployments=tuple(deployments[key]),
        )
        for resource in assembly.resources(REST, HTTP)
    }


def build_integrations(assembly: Assembly, callees: Callees) -> dict[Key, Integration]:
    """What APIs call: an HTTP API's integrations, a REST API's methods."""
    routes = _routes(assembly)
    integrations = [
        _integration(each, callees, tuple(routes[v.own_key(each)]))
        for each in assembly.resources("AWS::ApiGatewayV2::Integration")
    ]
    integrations += [_method(each, callees) for each in assembly.resources("AWS::ApiGateway::Method")]
    return {integration.key: integration for integration in integrations}


def stray_parts(assembly: Assembly) -> Iterator[Subject]:
    """Stages and routes of which nobody knows the API or the integration."""
    for resource in assembly.resources(*STAGES, ROUTE):
        given = resource.properties
        owner = given.get("Target") if resource.type == ROUTE else _api(given)
        if isinstance(v.text(owner, ""), Unknown):
            yield v.subject(resource)


def _api(given: Mapping[str, Value]) -> Value:
    return given.get("ApiId", given.get("RestApiId"))


def _stages(assembly: Assembly) -> defaultdict[Key, list[Stage]]:
    """Stages by their API; a REST API's deployment makes one when it names it."""
    stages: defaultdict[Key, list[Stage]] = defaultdict(list)
    for resource in assembly.resources(*STAGES):
        given = resource.properties
        deploys = v.flag(given.get("AutoDeploy"), default=False)
        found = Stage(
            subject=v.subject(resource),
            api=v.key(_api(given)),
            name=v.text(given.get("StageName"), ""),
            has_deployment=True if "DeploymentId" in given else deploys,
        )
        stages[found.api].append(found)
    for resource in assembly.resources("AWS::ApiGateway::Deployment", "AWS::ApiGatewayV2::Deployment"):
        given = resource.properties
        if "StageName" in given:
            api, name = v.key(_api(given)), v.text(given["StageName"], "")
            stages[api].append(Stage(subject=v.subject(resource), api=api, name=name, has_deployment=True))
    return stages


def _routes(assembly: Assembly) -> defaultdict[Key, list[MaybeText]]:
    """The keys of routes by their integration."""
    routes: defaultdict[Key, list[MaybeText]] = defaultdict(list)
    for resource in assembly.resources(ROUTE):
        given = resource.properties
        target = v.parts(v.text(given.get("Target"), ""))
        for part in target:
            if isinstance(part, Attribute):
                routes[v.key(part)].append(v.text(given.get("RouteKey"), ""))
    return routes


def _integration(resource: Resource, callees: Callees, routes: tuple[MaybeText, ...]) -> Integration:
    given = resource.properties
    return Integration(
        key=v.own_key(resource),
        subject=v.subject(resource),
        api=v.key(given.get("ApiId")),
        kind=v.text(given.get("IntegrationType"), ""),
        callee=_callee(given, "IntegrationType", given.get("IntegrationUri"), callees),
        payload_format=v.optional_text(given.get("PayloadFormatVersion")),
        method=v.optional_text(given.get("IntegrationMethod")),
        role=v.optional_key(given.get("CredentialsArn")),
        routes=routes,
        timeout_ms=v.optional_number(given.get("TimeoutInMillis")),
    )


def _method(resource: Resource, callees: Callees) -> Integration:
    given = resource.properties
    called = v.mapping(given.get("Integration"))
    return Integration(
        key=v.own_key(resource),
        subject=v.subject(resource),
        api=v.key(given.get("RestApiId")),
        kind=v.text(called.get("Type"), ""),
        callee=_callee(called, "Type", called.get("Uri"), callees),
        payload_format="1.0",
        method=v.optional_text(called.get("IntegrationHttpMethod")),
        role=v.optional_key(called.get("Credentials")),
        routes=(v.text(given.get("HttpMethod"), ""),),
        timeout_ms=v.optional_number(called.get("TimeoutInMillis")),
    )


def _callee(given: Mapping[str, Value], kind: str, uri: Value, callees: Callees) -> Callee | None:
    """The function that an integration calls; None where it calls something else, or nobody knows what."""
    if v.text(given.get(kind), "") not in {"AWS", "AWS_PROXY"} or uri is None:
        return None
    return callees.of(uri) if callees.calls_any(uri) else None
