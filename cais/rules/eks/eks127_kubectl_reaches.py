"""EKS127: kubectl's function reaches the API of the cluster.

What breaks: a function outside of the VPC does not get to a private endpoint, nor to a public one that is
open to some networks only: "dial tcp … i/o timeout", for each chart and manifest, after a quarter of an
hour of trying.

How it is proven: for CDK's functions that run kubectl and helm, port 443 from their subnets and security
groups to the control plane where the private endpoint is on; else the internet, and the networks that the
public endpoint is open to.

Fix: put the function into the VPC (`placeClusterHandlerInVpc`, `privateSubnets`), with the cluster's
security group.

Sample:

    Handler:
      Type: AWS::Lambda::Function
      Properties: {Role: !GetAtt AppRole.Arn, Runtime: python3.13, Handler: a.b, Code: {ZipFile: ""}}
    Kubernetes:
      Properties:
        ResourcesVpcConfig:
          SubnetIds: [!Ref PrivateA, !Ref PrivateB]
          EndpointPublicAccess: false
          EndpointPrivateAccess: true
    App:
      Type: Custom::AWSCDK-EKS-KubernetesResource
      Properties: {ServiceToken: !GetAtt Handler.Arn, Manifest: []}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html,
https://github.com/aws/aws-cdk/issues/4087
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from cais.rules.eks.installers import installers
from cais.rules.eks.nodes import control_plane
from cais.rules.functions import name_of, of_function
from cais.rules.rule import Claim, Rule
from cais.site.ends import EVERYWHERE
from cais.site.model.values import describe, is_leaf
from cais.site.proof import Proof
from cais.site.reach import HTTPS, reaches_internet, reaches_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.installers import Installer
    from cais.site.model.eks import EksCluster
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="EKS127", causes=("K31",))
NARROW = 16
"""Prefixes from here on hold none of the addresses that Lambda may use, but for luck."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every function that installs something in a cluster of the site."""
    for each in installers(site):
        name = each.cluster.subject.logical_id
        claim = Claim(
            subject=each.function.subject,
            proven=f"{each.function.subject.logical_id} reaches the API of {name}",
            refuted=f"{each.function.subject.logical_id}, which runs kubectl, cannot reach the API of {name}",
            fix="Put the function into the VPC, in the cluster's security group, or open the endpoint to it.",
            settle="aws logs tail /aws/lambda/FUNCTION",
            service=name_of(each.function),
            aspect=name,
        )
        yield RULE.judged(claim, _reaches(each, site))


def _reaches(given: Installer, site: Site) -> Proof:
    cluster, place = given.cluster, of_function(given.function)
    open_flag = next(
        (flag for flag in (cluster.private_endpoint, cluster.public_endpoint) if is_leaf(flag)), None
    )
    if open_flag is not None:
        return Proof(verdict="unproven", missing=describe(open_flag))
    if place and cluster.private_endpoint is True:
        return reaches_port(site, place, control_plane(cluster), HTTPS)
    name = given.function.subject.logical_id
    said = f"{name} is {'not ' if place is None else ''}in the VPC"
    if cluster.public_endpoint is False:
        step = f"{cluster.subject.logical_id} has no public endpoint"
        return Proof(verdict="refuted", steps=(said, step))
    out = reaches_internet(site, place) if place else Proof(verdict="proven", steps=(said,))
    return _let_in(cluster, out) if out.holds else out


def _let_in(cluster: EksCluster, proof: Proof) -> Proof:
    networks = cluster.public_cidrs
    step = f"{cluster.subject.logical_id} is open to {', '.join(map(describe, networks))}"
    steps = (*proof.steps, step)
    if EVERYWHERE in networks:
        return Proof(verdict="proven", steps=steps)
    if len(proof.steps) == 1 and all(map(_is_narrow, networks)):
        return Proof(verdict="refuted", steps=steps)
    return Proof(verdict="unproven", steps=steps, missing="whether the function's address is in there")


def _is_narrow(block: MaybeText) -> bool:
    try:
        return isinstance(block, str) and ipaddress.ip_network(block, strict=False).prefixlen >= NARROW
    except ValueError:
        return False
