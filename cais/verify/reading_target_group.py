"""Reads a target group: its health check and how it treats its targets, with AWS's defaults.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
"""

from __future__ import annotations

from typing import Any

from cais.template.text import is_leaf
from cais.verify.ecs_service import Rules
from cais.verify.workload import TargetCheck

Properties = dict[str, Any]
LAYER_4 = ("TCP", "UDP", "TCP_UDP", "TLS")
APPLICATION = {"interval": 30.0, "timeout": 5.0, "healthy": 5, "unhealthy": 2}
NETWORK = {"interval": 30.0, "timeout": 10.0, "healthy": 5, "unhealthy": 2}


def number(value: Any, default: float) -> float:
    """The number that `value` is, or `default` where it is missing or open."""
    return default if value is None or is_leaf(value) else float(value)


def read_check(group: Properties) -> TargetCheck:
    """The target group's health check."""
    layer_4 = group.get("Protocol") in LAYER_4
    protocol = group.get("HealthCheckProtocol", "TCP" if layer_4 else group.get("Protocol", "HTTP"))
    defaults = NETWORK if layer_4 else APPLICATION
    port = group.get("HealthCheckPort", "traffic-port")
    codes = group.get("Matcher", {}).get("HttpCode", "200-399" if layer_4 else "200")
    return TargetCheck(
        path=group.get("HealthCheckPath", "/"),
        codes="200" if is_leaf(codes) else str(codes),
        interval=number(group.get("HealthCheckIntervalSeconds"), defaults["interval"]),
        timeout=number(group.get("HealthCheckTimeoutSeconds"), defaults["timeout"]),
        healthy_threshold=int(number(group.get("HealthyThresholdCount"), defaults["healthy"])),
        unhealthy_threshold=int(number(group.get("UnhealthyThresholdCount"), defaults["unhealthy"])),
        port=int(port) if str(port).isdigit() else None,
        protocol=protocol if protocol in {"HTTP", "HTTPS", "TCP"} else "TCP",
    )


def read_rules(group: Properties) -> Rules:
    """The target group's attributes."""
    attributes = {each["Key"]: each["Value"] for each in group.get("TargetGroupAttributes", ())}
    return Rules(
        deregistration_delay=number(attributes.get("deregistration_delay.timeout_seconds"), 300),
        slow_start=number(attributes.get("slow_start.duration_seconds"), 0),
        least_outstanding=attributes.get("load_balancing.algorithm.type") == "least_outstanding_requests",
        tls=group.get("Protocol") == "HTTPS",
    )
