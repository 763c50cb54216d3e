"""The public load balancer, its target group and how that judges a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from stacks.security import accept

if TYPE_CHECKING:
    from cais.contract import Contract
    from stacks.network import NetworkStack

HTTP, HTTPS = 80, 443

# Two tasks are replaced in about a minute: some 30 s until Fargate has pulled and started the new ones,
# 10 s until they are healthy (2 checks), the contract's drain seconds until the old ones are let go.
CHECK_INTERVAL_SECONDS = 5  # the least that an ALB takes; the default, 30 s, makes that minute three
CHECK_TIMEOUT_SECONDS = 2  # the health path does no I/O: slower than this is not well
HEALTHY_CHECKS = 2  # the least that an ALB takes; the default, 5, is for flapping targets
UNHEALTHY_CHECKS = 3  # 15 s: one lost packet or one long pause of a quarter vCPU kills no task


class LoadBalancer(Construct):
    """An internet-facing ALB: HTTPS with a redirect to it where there is a certificate, else plain HTTP.

    Attributes:
        target_group: where the service registers its tasks.
        url: where the service answers.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: NetworkStack,
        contract: Contract,
        certificate_arn: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        ports = (HTTP, HTTPS) if certificate_arn else (HTTP,)
        self._balancer = elbv2.ApplicationLoadBalancer(
            self,
            "Alb",
            vpc=network.vpc,
            vpc_subnets=network.public,
            internet_facing=True,
            security_group=self._group(network, ports),
            drop_invalid_header_fields=True,
        )
        accept(
            self._balancer,
            "ELB2",
            "The service logs each request; access logs would add client addresses, which nothing needs",
        )
        self.target_group = self._target_group(network, contract)
        self._listen(certificate_arn)
        scheme = "https" if certificate_arn else "http"
        self.url = f"{scheme}://{self._balancer.load_balancer_dns_name}"

    def _group(self, network: NetworkStack, ports: tuple[int, ...]) -> ec2.SecurityGroup:
        """Open to the world on `ports`; the way to the tasks is added with them."""
        group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="The load balancer", allow_all_outbound=False
        )
        accept(group, "EC23", "A public API: the world may connect, to the ports of the listeners alone")
        for port in ports:
            group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "the public")
        return group

    def _target_group(self, network: NetworkStack, contract: Contract) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=network.vpc,
            target_type=elbv2.TargetType.IP,  # Fargate tasks have addresses of their own, and no instances
            protocol=elbv2.ApplicationProtocol.HTTP,
            port=contract.port,
            deregistration_delay=Duration.seconds(contract.drain_seconds),
            health_check=elbv2.HealthCheck(
                path=contract.health_path,
                healthy_http_codes="200",
                interval=Duration.seconds(CHECK_INTERVAL_SECONDS),
                timeout=Duration.seconds(CHECK_TIMEOUT_SECONDS),
                healthy_threshold_count=HEALTHY_CHECKS,
                unhealthy_threshold_count=UNHEALTHY_CHECKS,
            ),
        )

    def _listen(self, certificate_arn: str | None) -> None:
        forward = elbv2.ListenerAction.forward([self.target_group])
        if certificate_arn is None:
            self._balancer.add_listener("Http", port=HTTP, open=False, default_action=forward)
            return
        redirect = elbv2.ListenerAction.redirect(protocol="HTTPS", port=str(HTTPS), permanent=True)
        self._balancer.add_listener("Http", port=HTTP, open=False, default_action=redirect)
        self._balancer.add_listener(
            "Https",
            port=HTTPS,
            open=False,
            certificates=[elbv2.ListenerCertificate.from_arn(certificate_arn)],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_action=forward,
        )
