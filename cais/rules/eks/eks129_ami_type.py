"""EKS129: there is a node image for the cluster's version.

What breaks: AWS builds no Amazon Linux 2 images for Kubernetes 1.33 and later. A node group that asks for
one is refused: "Requested AMI for this version … is not supported". CDK's node groups ask for one unless
they are told otherwise. An image for arm64 on x86-64 instances is refused, too.

How it is proven: the AMI type against the cluster's version, and against the instances' family: Graviton's
have a g behind the generation, those with NVIDIA's Grace end in `-gb200` and the like.

Fix: `AmiType: AL2023_x86_64_STANDARD`, or an `ARM_64` one on Graviton and Grace.

Sample:

    Nodes:
      Type: AWS::EKS::Nodegroup
      Properties: {AmiType: AL2_x86_64}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html,
https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.eks.nodes import groups_of, template_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, is_leaf
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster, NodeGroup
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="EKS129", causes=("K35",), speed="fast")
LAST_WITH_AL2 = (1, 32)
ARM = re.compile(r"(a1|[a-z]+\d+g[a-z]*|[a-z]+\d+[a-z]*-g[bh]\d+)\.")
"""Families with AWS's Graviton, or with NVIDIA's Grace beside its accelerators.

https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
"""
UNTOLD = re.compile(r"(p([7-9]|\d\d)|trn([3-9]|\d\d)|inf([3-9]|\d\d))[a-z]*\.")
"""Families with accelerators that are newer than this list: their names do not tell the processor."""
CUSTOM = "CUSTOM"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every managed group that names a type."""
    for cluster in site.eks.clusters.values():
        for group in groups_of(cluster, site):
            if group.ami_type not in {None, CUSTOM}:
                yield _judge(group, cluster, site)


def _judge(group: NodeGroup, cluster: EksCluster, site: Site) -> Finding:
    kind = group.ami_type or ""
    claim = Claim(
        subject=group.subject,
        proven=f"There are images {describe(kind)} for these nodes",
        refuted=f"There is no image {describe(kind)} for these nodes",
        fix="Set AmiType: AL2023_x86_64_STANDARD, or AL2023_ARM_64_STANDARD on Graviton.",
        settle="aws eks describe-cluster --name CLUSTER --query cluster.version",
        service=label(group.subject),
    )
    return RULE.judged(claim, _exists(kind, group, cluster, site))


def _exists(kind: MaybeText, group: NodeGroup, cluster: EksCluster, site: Site) -> Proof:
    if not isinstance(kind, str):
        return Proof(verdict="unproven", missing=describe(kind))
    template = template_of(group, site)
    types = group.instance_types or ((template.instance_type,) if template and template.instance_type else ())
    return every((*(_fits(kind, each) for each in types), _of_version(kind, cluster)))


def _fits(kind: str, instance: MaybeText) -> Proof:
    """Whether an image is for the processor of a type of instance."""
    if not isinstance(instance, str) or UNTOLD.match(instance):
        return Proof(verdict="unproven", missing=f"the architecture of {describe(instance)}")
    if bool(ARM.match(instance)) != ("ARM_64" in kind):
        return Proof(verdict="refuted", steps=(f"{kind} is for another architecture than {instance}",))
    return Proof(verdict="proven")


def _of_version(kind: str, cluster: EksCluster) -> Proof:
    said = f"{cluster.subject.logical_id} has version {describe(cluster.version or 'that EKS chooses')}"
    if not kind.startswith("AL2_"):
        return Proof(verdict="proven", steps=(said,))
    if not isinstance(cluster.version, str) or is_leaf(cluster.version):
        return Proof(verdict="unproven", steps=(said,), missing="the cluster's version")
    number = tuple(int(part) for part in cluster.version.split(".") if part.isdigit())
    if number <= LAST_WITH_AL2:
        return Proof(verdict="proven", steps=(said,))
    last = ".".join(map(str, LAST_WITH_AL2))
    return Proof(verdict="refuted", steps=(said, f"The last version with {kind} is {last}"))
