"""HLT103: the load balancer reaches the task.

What breaks: the task's security group opens 80, the container listens on 8000; or it admits another group;
or the load balancer's own group lets nothing out to that port. Health checks time out, and ECS kills task
after task.

How it is proven: from each load balancer that forwards to the target group to the container's port, and to
the health check's: its group lets it out, the task's group lets it in, network ACLs let it and the answers
pass. In bridge mode it is the instances' groups and the port of the instance: 32768-60999 where Docker picks
one. Of instances that may be elsewhere, nothing is known.

Fix: open the container's port in the task's group for the load balancer's group, and in the load balancer's
for the task's.

Sample:

    TaskGroup:
      Type: AWS::EC2::SecurityGroup
      Properties:
        SecurityGroupIngress:
          - {IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId}

Sources:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html,
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html,
https://github.com/aws-observability/aws-otel-collector/issues/2014
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.deployment.joining import sets
from cais.rules.places import of_balancer, of_instances, of_tasks
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import exposures
from cais.site.model.values import Unknown, describe, found
from cais.site.proof import Proof, every
from cais.site.reach import reaches_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.ends import Ports
    from cais.site.model.balancing import LoadBalancer
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeNumber

RULE = Rule(id="HLT103", causes=("H3", "H4", "H5", "H8"))
WITHOUT_TCP = ("UDP", "QUIC")
MODES = ("awsvpc", "bridge", "host")
DYNAMIC: Ports = (32768, 60999)
"""The ports that Linux, and so Docker, takes from for a container that names none of the instance's."""
OWN_RANGE = "ECS_DYNAMIC_HOST_PORT_RANGE"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every pair of load balancer and service."""
    for exposure in exposures(site):
        balancers = {
            way.load_balancer.key: way.load_balancer for way in exposure.forwardings if way.load_balancer
        }
        for balancer in balancers.values():
            yield _judge(exposure, balancer, site)


def _judge(exposure: Exposure, balancer: LoadBalancer, site: Site) -> Finding:
    ports = _ports(exposure)
    named = " and ".join(map(_told, ports))
    filtered = "task's" if exposure.task.network_mode == "awsvpc" else "instances'"
    proof = every(_reaches(exposure, balancer, port, site) for port in ports)
    claim = Claim(
        subject=exposure.service.subject,
        proven=f"{balancer.subject.logical_id} reaches port {named} of the task",
        refuted=f"{balancer.subject.logical_id} cannot reach port {named} of the task",
        fix=f"Open port {named} from the load balancer's security group to the {filtered}.",
        settle="Name the templates of the security groups and subnets, too.",
        service=exposure.name,
        aspect=f"{exposure.aspect} {balancer.subject.logical_id}",
        causes=_causes(proof, exposure, balancer, site),
    )
    return RULE.judged(claim, proof)


def _ports(exposure: Exposure) -> list[MaybeNumber | Ports]:
    """The port that requests go to, and the health check's where that is another; by TCP, as checks go."""
    checked = exposure.group.health.port
    ports = [_port(exposure)]
    if isinstance(checked, str) and checked.isdigit():
        ports = [*(ports if exposure.group.protocol not in WITHOUT_TCP else ()), int(checked)]
    return list(dict.fromkeys(ports))


def _port(exposure: Exposure) -> MaybeNumber | Ports:
    """The port that the target group registers: the container's, or in bridge mode that of the instance."""
    port, mode = exposure.binding.container_port, exposure.task.network_mode
    if port is None or mode not in MODES:
        return Unknown("the container's port") if port is None else Unknown(f"ports in {describe(mode)}")
    if mode != "bridge":
        return port
    mapped = [each.host_port for each in exposure.container.ports if each.container_port == port]
    return (mapped[0] or DYNAMIC) if mapped else Unknown(f"the port of the instance for {describe(port)}")


def _told(port: MaybeNumber | Ports) -> str:
    return f"{port[0]}-{port[1]}" if isinstance(port, tuple) else shown(port)


def _reaches(exposure: Exposure, balancer: LoadBalancer, port: MaybeNumber | Ports, site: Site) -> Proof:
    if not isinstance(port, int | tuple):
        return Proof(verdict="unproven", missing=describe(port))
    awsvpc = exposure.task.network_mode == "awsvpc"
    place = of_tasks(exposure.service, site) if awsvpc else of_instances(exposure.service, site)
    if not awsvpc and not place.subnets:
        return Proof(verdict="unproven", missing="the network of the cluster's instances")
    if port == DYNAMIC and sets(OWN_RANGE, site):
        return Proof(verdict="unproven", missing=f"the ports of the instances: there is {OWN_RANGE}")
    return reaches_port(site, of_balancer(balancer), place, port)


def _causes(proof: Proof, exposure: Exposure, balancer: LoadBalancer, site: Site) -> tuple[str, ...]:
    """H5 where the load balancer's side is closed, H8 where it is the health check's own port."""
    if proof.verdict != "refuted":
        return RULE.causes
    holders = [found(site.network.security_groups, key) for key in balancer.security_groups]
    if proof.culprit in [holder.subject for holder in holders if holder]:
        return ("H5",)
    return ("H3", "H4", "H8") if len(_ports(exposure)) > 1 else ("H3", "H4")
