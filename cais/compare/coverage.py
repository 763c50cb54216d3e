"""What the bills leave out, so that nobody takes them for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.template.facts import NO_RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cais.compare.bill import Bill
    from cais.compare.scope import Scope
    from cais.site.model.site import Site
    from cais.template import Assembly

ALWAYS = (
    "taxes, support plans, credits and the free tiers that end after a year",
    "people's time: what operations owe is counted, not priced",
    "backups and snapshots, database logs, Performance Insights",
    "Container Insights and custom metrics, and queries of logs",
    "logs of VPC flow logs: what they hold depends on all traffic",
    "Lambda's free million requests and 400,000 GB-seconds a month",
    "image builds and the pipeline that deploys",
)
WITHOUT_LOGS = "EKS: logs of the pods; the chart brings no collector, so they stay on the nodes"
AT_TEMPLATE_SIZE = "auto scaling groups at other loads: they are priced at the size of the template"
FREE_PREFIXES = (
    "AWS::ApiGatewayV2::",
    "AWS::ApplicationAutoScaling::",
    "AWS::CDK::",
    "AWS::CloudFormation::",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::EIP",
    "AWS::ECR::Repository",
    "AWS::ECS::",
    "AWS::EKS::",
    "AWS::ElasticLoadBalancingV2::",
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::Logs::",
    "AWS::RDS::DBClusterParameterGroup",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::ServiceDiscovery::Service",
    "AWS::AutoScaling::",
    "Custom::",
)
"""Types that cost nothing themselves, or whose cost is in the lines of what uses them."""


def not_modelled(site: Site, assembly: Assembly, bills: Mapping[Scope, Bill]) -> tuple[str, ...]:
    """What no bill holds: in general, and of these templates."""
    return (
        *((WITHOUT_LOGS,) if site.eks.clusters else ()),
        *((AT_TEMPLATE_SIZE,) if site.scaling.auto_scaling_groups else ()),
        *_other_types(assembly, bills),
        *ALWAYS,
    )


def _other_types(assembly: Assembly, bills: Mapping[Scope, Bill]) -> Iterable[str]:
    charged = {
        (subject.template, subject.logical_id)
        for bill in bills.values()
        for entry in (*bill.lines, *bill.unpriced)
        for subject in entry.resources
    }
    names = {name for scope in bills for name in scope.templates}
    left: dict[str, list[str]] = {}
    for template in assembly.templates:
        for resource in template.resources.values() if template.name in names else ():
            free = resource.type in NO_RESOURCE or resource.type.startswith(FREE_PREFIXES)
            if not free and (template.name, resource.logical_id) not in charged:
                left.setdefault(resource.type, []).append(f"{template.name} {resource.logical_id}")
    return (f"{kind}: {', '.join(places)}" for kind, places in sorted(left.items()))
