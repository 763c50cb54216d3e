"""Load balancers, listeners, rules and target groups."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.model.balancing import (
    Action,
    Balancing,
    Forwarding,
    HealthCheck,
    Listener,
    ListenerRule,
    LoadBalancer,
    TargetGroup,
)
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.network import Network
    from cais.site.model.values import Key, MaybeText
    from cais.template import Assembly, Resource, Value

HTTP = ("HTTP", "HTTPS")


def build_balancing(assembly: Assembly, network: Network) -> Balancing:
    """Every load balancer, from its listeners to its targets."""
    balancers = {
        each.key: each
        for each in (
            _balancer(resource, network)
            for resource in assembly.resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
        )
    }
    listeners = {
        each.key: each for each in map(_listener, assembly.resources("AWS::ElasticLoadBalancingV2::Listener"))
    }
    rules = {
        each.key: each for each in map(_rule, assembly.resources("AWS::ElasticLoadBalancingV2::ListenerRule"))
    }
    groups = map(_group, assembly.resources("AWS::ElasticLoadBalancingV2::TargetGroup"))
    return Balancing(
        load_balancers=balancers,
        listeners=listeners,
        rules=rules,
        target_groups={group.key: group for group in groups},
        forwardings=_forwardings(balancers, listeners, rules),
    )


def _balancer(resource: Resource, network: Network) -> LoadBalancer:
    given = resource.properties
    kind: Any = given.get("Type", "application")
    scheme = v.text(given.get("Scheme"), "internet-facing")
    mappings = v.items(given.get("SubnetMappings"))
    subnets = v.keys(given.get("Subnets")) or tuple(
        v.key(v.mapping(each).get("SubnetId")) for each in mappings
    )
    groups = v.keys(given.get("SecurityGroups"))
    return LoadBalancer(
        key=v.own_key(resource),
        subject=v.subject(resource),
        kind=kind,
        internet_facing=scheme == "internet-facing" if isinstance(scheme, str) else scheme,
        subnets=subnets,
        security_groups=groups or _default_group(kind, subnets, network),
        attributes=v.pairs(given.get("LoadBalancerAttributes"), name="Key", content="Value"),
    )


def _default_group(kind: object, subnets: tuple[Key, ...], network: Network) -> tuple[Key, ...]:
    """An application load balancer that names no group gets the default one of its VPC."""
    if kind != "application":
        return ()
    homes = {network.subnets[key].vpc for key in subnets if key in network.subnets}
    return tuple(network.vpcs[vpc].default_security_group for vpc in homes if vpc in network.vpcs)


def _actions(value: Value) -> tuple[Action, ...]:
    return tuple(
        Action(kind=v.text(v.mapping(each).get("Type"), ""), target_groups=tuple(_targets(v.mapping(each))))
        for each in v.items(value)
    )


def _targets(action: Mapping[str, Value]) -> list[Key]:
    forward = v.mapping(action.get("ForwardConfig"))
    listed = [v.mapping(each).get("TargetGroupArn") for each in v.items(forward.get("TargetGroups"))]
    return list(
        dict.fromkeys(v.key(each) for each in (action.get("TargetGroupArn"), *listed) if each is not None)
    )


def _listener(resource: Resource) -> Listener:
    given = resource.properties
    certificates = (v.mapping(each).get("CertificateArn") for each in v.items(given.get("Certificates")))
    return Listener(
        key=v.own_key(resource),
        subject=v.subject(resource),
        load_balancer=v.key(given.get("LoadBalancerArn")),
        port=v.number(given.get("Port"), 0),
        protocol=v.text(given.get("Protocol"), ""),
        certificates=tuple(v.text(each, "") for each in certificates),
        actions=_actions(given.get("DefaultActions")),
    )


def _rule(resource: Resource) -> ListenerRule:
    given = resource.properties
    return ListenerRule(
        key=v.own_key(resource),
        subject=v.subject(resource),
        listener=v.key(given.get("ListenerArn")),
        priority=v.number(given.get("Priority"), 0),
        actions=_actions(given.get("Actions")),
    )


def _group(resource: Resource) -> TargetGroup:
    given = resource.properties
    return TargetGroup(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("Name")),
        vpc=v.optional_key(given.get("VpcId")),
        target_type=v.text(given.get("TargetType"), "instance"),
        port=v.optional_number(given.get("Port")),
        protocol=v.optional_text(given.get("Protocol")),
        protocol_version=v.optional_text(given.get("ProtocolVersion")),
        health=_health(given),
        attributes=v.pairs(given.get("TargetGroupAttributes"), name="Key", content="Value"),
        targets=tuple(v.key(v.mapping(each).get("Id")) for each in v.items(given.get("Targets"))),
    )


def _health(given: Mapping[str, Value]) -> HealthCheck:
    """The health check, with the defaults of its kind of load balancer.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
    """
    function = given.get("TargetType") == "lambda"
    http = function or given.get("Protocol") in HTTP
    protocol = v.text(given.get("HealthCheckProtocol"), "HTTP" if http else "TCP")
    asks = is_leaf(protocol) or protocol in HTTP
    return HealthCheck(
        enabled=v.flag(given.get("HealthCheckEnabled"), default=not function),
        protocol=protocol,
        port=v.text(given.get("HealthCheckPort"), "traffic-port"),
        path=v.text(given.get("HealthCheckPath"), _path(given)) if asks else None,
        codes=_codes(given, http=http) if asks else None,
        interval=v.number(given.get("HealthCheckIntervalSeconds"), 35 if function else 30),
        timeout=v.number(
            given.get("HealthCheckTimeoutSeconds"), _timeout(protocol, function=function, http=http)
        ),
        healthy_threshold=v.number(given.get("HealthyThresholdCount"), 5),
        unhealthy_threshold=v.number(given.get("UnhealthyThresholdCount"), 2),
    )


def _path(given: Mapping[str, Value]) -> str:
    return "/AWS.ALB/healthcheck" if given.get("ProtocolVersion") == "GRPC" else "/"


def _codes(given: Mapping[str, Value], *, http: bool) -> MaybeText:
    matcher = given.get("Matcher")
    if is_leaf(matcher):
        return matcher
    wanted = v.mapping(matcher)
    return v.text(wanted.get("HttpCode", wanted.get("GrpcCode")), "200" if http else "200-399")


def _timeout(protocol: MaybeText, *, function: bool, http: bool) -> int:
    if function:
        return 30
    return 6 if not http and protocol == "HTTP" else 5 if http else 10


def _forwardings(
    balancers: Mapping[Key, LoadBalancer],
    listeners: Mapping[Key, Listener],
    rules: Mapping[Key, ListenerRule],
) -> dict[Key, tuple[Forwarding, ...]]:
    """The ways to each target group."""
    ways: defaultdict[Key, list[Forwarding]] = defaultdict(list)
    for via in (*listeners.values(), *rules.values()):
        listener = listeners.get(via.listener) if isinstance(via, ListenerRule) else via
        balancer = balancers.get(listener.load_balancer) if listener else None
        for action in via.actions:
            for group in action.target_groups:
                ways[group].append(Forwarding(via, listener, balancer))
    return {group: tuple(found) for group, found in ways.items()}
