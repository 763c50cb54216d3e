"""The network: two public and two private subnets, and a way out for the private ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from stacks.settings import Egress

CIDR = "10.0.0.0/16"
AVAILABILITY_ZONES = 2
HTTPS = 443

INTERFACES = ("ecr.api", "ecr.dkr", "logs", "sts")
"""What every target speaks to: the image's registry, logs, credentials."""


class NetworkStack(Stack):
    """A VPC whose private subnets reach AWS through one NAT gateway, or through endpoints and nothing else.

    Attributes:
        vpc: the VPC.
        public: its public subnets: load balancers live here, nothing else.
        private: its private subnets: everything that runs our code, and the database.
    """

    def __init__(self, scope: Construct, construct_id: str, *, egress: Egress) -> None:
        super().__init__(scope, construct_id, description="VPC, subnets and the private subnets' way out")
        inner = ec2.SubnetType.PRIVATE_WITH_EGRESS if egress == "nat" else ec2.SubnetType.PRIVATE_ISOLATED
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(CIDR),
            max_azs=AVAILABILITY_ZONES,
            # One for both zones: a lost zone costs the other its way out; a second doubles the price.
            nat_gateways=1 if egress == "nat" else 0,
            # /20: a pod of EKS takes an address of its own, and a deployment doubles the tasks.
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=24,
                    map_public_ip_on_launch=False,  # load balancers and NAT gateways bring their own
                ),
                ec2.SubnetConfiguration(name="Private", subnet_type=inner, cidr_mask=20),
            ],
            # Nothing uses the default group; the custom resource that empties it could edit every group.
            restrict_default_security_group=False,
            # Free, and image layers come from S3: no need to pay a NAT gateway or an endpoint for them.
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        self.public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
        self.private = ec2.SubnetSelection(subnet_type=inner)
        self._tag_for_load_balancers()
        self._record_flows()
        self._endpoint_group: ec2.SecurityGroup | None = None
        if egress == "endpoints":
            self._add_base_endpoints()

    def connect(self, scope: Construct, services: Sequence[str]) -> None:
        """Interface endpoints, made in `scope`, for more AWS services; nothing where NAT reaches them all.

        `services` are names as in `com.amazonaws.REGION.NAME`, without those of `INTERFACES`.
        """
        if self._endpoint_group is None:
            return
        for service in services:
            ec2.InterfaceVpcEndpoint(
                scope,
                f"Endpoint-{service}",
                vpc=self.vpc,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=self.private,
                security_groups=[self._endpoint_group],
                open=False,  # the group admits the VPC already
                private_dns_enabled=True,
            )

    def _tag_for_load_balancers(self) -> None:
        """Tell the load balancer controller which subnets serve which scheme, each subnet exactly one.

        https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
        """
        for selection, tag in (
            (self.public, "kubernetes.io/role/elb"),
            (self.private, "kubernetes.io/role/internal-elb"),
        ):
            for subnet in self.vpc.select_subnets(subnet_type=selection.subnet_type).subnets:
                Tags.of(subnet).add(tag, "1", include_resource_types=["AWS::EC2::Subnet"])

    def _record_flows(self) -> None:
        log_group = logs.LogGroup(
            self, "FlowLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.vpc.add_flow_log("Flows", destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group))

    def _add_base_endpoints(self) -> None:
        """The endpoints without which no private task starts, beside S3's.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
        """
        self._endpoint_group = ec2.SecurityGroup(
            self, "EndpointGroup", vpc=self.vpc, description="VPC endpoints", allow_all_outbound=False
        )
        self._endpoint_group.add_ingress_rule(ec2.Peer.ipv4(CIDR), ec2.Port.tcp(HTTPS), "the VPC's own HTTPS")
        self.connect(self, INTERFACES)
