"""EKS118: nodes reach their cluster.

What breaks: an instance that cannot reach the cluster's API never registers: "Instances failed to join the
Kubernetes cluster", after half an hour of waiting, and CloudFormation rolls the node group back.

How it is proven: from each subnet of the nodes, port 443 of the control plane's interfaces, where the
cluster has its private endpoint; else of the internet, and the networks that the public endpoint is open
to. Nodes of a managed group ask EC2 about themselves first, and their network plugin asks it for addresses,
so a way to `ec2` too. AWS wants DNS support and DNS host names of the VPC, without which nodes "can't
register"; some were seen to do so all the same, so it is left open.

Fix: the private endpoint, or a NAT gateway; where the VPC has neither, an endpoint for `ec2`.

Sample:

    Kubernetes:
      Properties:
        ResourcesVpcConfig: {SubnetIds: [!Ref PrivateA, !Ref PrivateB], PublicAccessCidrs: [203.0.113.0/24]}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html#worker-node-fail,
https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html,
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html,
https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.nodes import control_plane, nodes
from cais.rules.rule import Claim, Rule
from cais.site.endpoints import Service
from cais.site.ends import EVERYWHERE
from cais.site.model.values import describe, found, is_leaf
from cais.site.proof import Proof, every
from cais.site.reach import HTTPS, reaches_internet, reaches_port, reaches_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.site import Site
    from cais.site.reach import Place

RULE = Rule(id="EKS118", causes=("K22",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every group of nodes."""
    for each in nodes(site):
        claim = Claim(
            subject=each.subject,
            proven=f"The nodes reach the API of {each.cluster.subject.logical_id}",
            refuted=f"The nodes cannot reach the API of {each.cluster.subject.logical_id}, and never join it",
            fix="Turn the cluster's private endpoint on, and give the nodes NAT or an endpoint of ec2.",
            settle="aws eks describe-nodegroup --cluster-name CLUSTER --nodegroup-name GROUP",
            service=each.name,
            aspect=each.kind,
        )
        places = tuple(each.places(site))
        if places:
            yield RULE.judged(claim, every(_joins(each, place, site) for place in places))


def _joins(given: Nodes, place: Place, site: Site) -> Proof:
    proofs = [_reaches(given, place, site)]
    if given.kind == "managed":
        proofs += [reaches_service(site, place, Service(name="ec2")), _named(place, site)]
    return every(proofs)


def _named(place: Place, site: Site) -> Proof:
    """Whether the VPC gives its instances names, and resolves them."""
    subnets = (found(site.network.subnets, key) for key in place.subnets)
    for vpc in (found(site.network.vpcs, subnet.vpc) for subnet in subnets if subnet):
        if vpc and not vpc.dns_support is vpc.dns_hostnames is True:
            missing = f"whether nodes register in {vpc.subject.logical_id} without DNS host names"
            return Proof(verdict="unproven", missing=missing)
    return Proof(verdict="proven")


def _reaches(given: Nodes, place: Place, site: Site) -> Proof:
    cluster = given.cluster
    if cluster.private_endpoint is True:
        return reaches_port(site, place, control_plane(cluster), HTTPS)
    if is_leaf(cluster.private_endpoint):
        return Proof(verdict="unproven", missing=describe(cluster.private_endpoint))
    name = cluster.subject.logical_id
    proof = reaches_internet(site, place)
    if not proof.holds or EVERYWHERE in cluster.public_cidrs:
        return proof
    networks = ", ".join(map(describe, cluster.public_cidrs))
    steps = (*proof.steps, f"The public endpoint of {name}, the only one, is open to {networks}")
    return Proof(verdict="unproven", steps=steps, missing="whether the nodes' public addresses are in there")
