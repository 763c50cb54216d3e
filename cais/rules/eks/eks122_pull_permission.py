"""EKS122: the nodes' role may pull images.

What breaks: the kubelet pulls with the role of its node, on Fargate with the pod execution role. Without
permission every pod stays in ImagePullBackOff with 401 or 403, the add-ons of EKS first, so that no node
becomes ready.

How it is proven: the policies of the role, attached and inline, for `ecr:GetAuthorizationToken`,
`ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on EKS's own repositories and on those of the pods.
The account of EKS's is that of the region, which the zones of the subnets tell; else it is left open.

Fix: `AmazonEC2ContainerRegistryPullOnly` on the node's role, `AmazonEKSFargatePodExecutionRolePolicy` on
Fargate's.

Sample:

    NodeRole:
      Properties:
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"]

Sources: https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.images import images_on
from cais.rules.eks.nodes import nodes
from cais.rules.image.permissions import repository_arns
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, found
from cais.site.permission import may, may_by
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.images import Pulled
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.identity import Role
    from cais.site.model.registry import Image
    from cais.site.model.site import Site

RULE = Rule(id="EKS122", causes=("K24",))
TOKEN = "ecr:GetAuthorizationToken"  # noqa: S105 - an action, no password
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for the role of every group of nodes that has an image from ECR to pull."""
    for each in nodes(site):
        images = [given for given in images_on(each, site) if given.image.registry == "ecr"]
        if images and each.role is not None:
            claim = Claim(
                subject=each.subject,
                proven=f"The role {describe(each.role)} may pull the images of its pods",
                refuted=f"The role {describe(each.role)} may not pull the images of its pods",
                fix="Attach AmazonEC2ContainerRegistryPullOnly; for Fargate, its pod execution policy.",
                settle="aws iam simulate-principal-policy --policy-source-arn ROLE --action-names "
                + " ".join((TOKEN, *PULL)),
                service=each.name,
                aspect=each.kind,
            )
            yield RULE.judged(claim, _pulls(each, images, site))


def _pulls(given: Nodes, images: list[Pulled], site: Site) -> Proof:
    role = found(site.identity.roles, given.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(given.role or '')} allows")
    token = may(site, role, TOKEN, "*")
    return every((token, *(each.judged(_pulls_one(role, each.image, site)) for each in images)))


def _pulls_one(role: Role, image: Image, site: Site) -> Proof:
    return every(may_by(site, role, action, repository_arns(image, site)) for action in PULL)
