"""In which order the resources of an assembly are created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.model.order import Order

if TYPE_CHECKING:
    from cais.template import Assembly

SLOW = frozenset(
    {
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::WaitCondition",
        "AWS::CloudFront::Distribution",
        "AWS::DirectoryService::MicrosoftAD",
        "AWS::DocDB::DBCluster",
        "AWS::DocDB::DBInstance",
        "AWS::EC2::Instance",
        "AWS::EC2::NatGateway",
        "AWS::EC2::VPCEndpoint",
        "AWS::ECS::Service",
        "AWS::EKS::Cluster",
        "AWS::EKS::Nodegroup",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::MSK::Cluster",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBProxy",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
    }
)
"""Types that take minutes to create, or that anybody may delay."""


def build_order(assembly: Assembly) -> Order:
    """What waits for what."""
    return Order(
        resources={
            template.name: {name: resource.depends_on for name, resource in template.resources.items()}
            for template in assembly.templates
        },
        templates={template.name: frozenset(template.depends_on) for template in assembly.templates},
        slow={
            template.name: frozenset(
                name
                for name, resource in template.resources.items()
                if resource.type in SLOW or resource.type.startswith("Custom::")
            )
            for template in assembly.templates
        },
    )
