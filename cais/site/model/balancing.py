"""Load balancers, from their listeners to the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.values import Key, Leaf, MaybeFlag, MaybeNumber, MaybeText


class LoadBalancer(Struct, frozen=True, kw_only=True):
    """A load balancer. `security_groups` are the effective ones; a network one may have none at all.

    `attributes` are as AWS names them, such as "idle_timeout.timeout_seconds": only those that were set.
    """

    key: Key
    subject: Subject
    kind: Literal["application", "network", "gateway", "classic"] | Leaf
    internet_facing: MaybeFlag
    subnets: tuple[Key, ...]
    security_groups: tuple[Key, ...] = ()
    attributes: Mapping[str, MaybeText] = field(default_factory=dict)


class Action(Struct, frozen=True, kw_only=True):
    """What a listener or rule does. `kind` is AWS's word, such as "forward" or "redirect"."""

    kind: MaybeText
    target_groups: tuple[Key, ...] = ()


class Listener(Struct, frozen=True, kw_only=True):
    """A listener with its default actions."""

    key: Key
    subject: Subject
    load_balancer: Key
    port: MaybeNumber
    protocol: MaybeText
    certificates: tuple[MaybeText, ...] = ()
    actions: tuple[Action, ...] = ()


class ListenerRule(Struct, frozen=True, kw_only=True):
    """A rule of a listener."""

    key: Key
    subject: Subject
    listener: Key
    priority: MaybeNumber
    actions: tuple[Action, ...] = ()


class HealthCheck(Struct, frozen=True, kw_only=True):
    """How targets are probed. Times are in seconds.

    `port` is a number as text or "traffic-port". `path` and `codes` are None where the probe is not HTTP.
    """

    enabled: MaybeFlag
    protocol: MaybeText
    port: MaybeText
    path: MaybeText | None
    codes: MaybeText | None
    interval: MaybeNumber
    timeout: MaybeNumber
    healthy_threshold: MaybeNumber
    unhealthy_threshold: MaybeNumber


class TargetGroup(Struct, frozen=True, kw_only=True):
    """A target group. `target_type` is "instance", "ip", "lambda" or "alb"; `targets` those named here."""

    key: Key
    subject: Subject
    name: MaybeText | None
    vpc: Key | None
    target_type: MaybeText
    port: MaybeNumber | None
    protocol: MaybeText | None
    protocol_version: MaybeText | None
    health: HealthCheck
    attributes: Mapping[str, MaybeText] = field(default_factory=dict)
    targets: tuple[Key, ...] = ()


class ClassicListener(Struct, frozen=True, kw_only=True):
    """A pair of ports of a classic load balancer."""

    port: MaybeNumber
    instance_port: MaybeNumber
    protocol: MaybeText


class ClassicLoadBalancer(Struct, frozen=True, kw_only=True):
    """A classic load balancer. `health_target` is as AWS writes it, such as "HTTP:8080/health"."""

    balancer: LoadBalancer
    name: MaybeText | None
    listeners: tuple[ClassicListener, ...] = ()
    health_target: MaybeText | None = None


class Forwarding(Struct, frozen=True):
    """One way by which a target group gets requests. `via` is a listener or a listener's rule."""

    via: Listener | ListenerRule
    listener: Listener | None
    load_balancer: LoadBalancer | None


class Balancing(Struct, frozen=True, kw_only=True):
    """Everything above, by key; `forwardings` by target group."""

    load_balancers: Mapping[Key, LoadBalancer] = field(default_factory=dict)
    classic: Mapping[Key, ClassicLoadBalancer] = field(default_factory=dict)
    listeners: Mapping[Key, Listener] = field(default_factory=dict)
    rules: Mapping[Key, ListenerRule] = field(default_factory=dict)
    target_groups: Mapping[Key, TargetGroup] = field(default_factory=dict)
    forwardings: Mapping[Key, tuple[Forwarding, ...]] = field(default_factory=dict)
