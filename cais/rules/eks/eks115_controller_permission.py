"""EKS115: the load balancer controller may do what its version does.

What breaks: a newer controller calls what an older policy does not know, and gives up on the whole load
balancer: "not authorized to perform: elasticloadbalancing:DescribeListenerAttributes". The Ingress stays
without an address or without targets.

How it is proven: the policies of the controller's role for what every Ingress with an ALB needs, and for
what 1.9, 1.10, 1.12 and 1.13 of its chart added. The policy that the controller's authors publish holds
what makes and changes load balancers to conditions on tags, which the controller's own fulfil: of those
actions only one that no statement allows is refuted.

Fix: the iam_policy.json of the controller's version.

Sample:

    ControllerRole:
      Type: AWS::IAM::Role
      Properties:
        Policies:
          - PolicyName: controller
            PolicyDocument:
              Statement: [{Effect: Allow, Action: ["elasticloadbalancing:Describe*", "ec2:*"], Resource: "*"}]

Sources: https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json,
https://github.com/awslabs/cdk-eks-blueprints/issues/1096, https://github.com/kubernetes/kops/issues/17702
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.accounts import account_of, identity_of, named
from cais.rules.eks.ways import controllers
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.arns import arn
from cais.site.matching import ANY
from cais.site.model.values import describe, found
from cais.site.permission import may
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import HelmRelease
    from cais.site.model.identity import Role
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS115", causes=("K11",))
READS = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
)
LATER = {
    (1, 9): "elasticloadbalancing:DescribeListenerAttributes",
    (1, 10): "ec2:GetSecurityGroupsForVpc",
    (1, 12): "elasticloadbalancing:SetRulePriorities",
    (1, 13): "ec2:DescribeRouteTables",
}
"""What versions of the chart began to need."""
GROUP = arn("ec2", "security-group/", ANY)
BALANCER = arn("elasticloadbalancing", "loadbalancer/app/", ANY, "/", ANY)
TARGETS = arn("elasticloadbalancing", "targetgroup/", ANY, "/", ANY)
ON = {
    "ec2:GetSecurityGroupsForVpc": arn("ec2", "vpc/", ANY),
    "elasticloadbalancing:SetRulePriorities": arn(
        "elasticloadbalancing", "listener-rule/app/", ANY, "/", ANY, "/", ANY, "/", ANY
    ),
}
"""What some of these ask for; the others are of no resource, and need a statement for all.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""
WRITES = {
    "ec2:AuthorizeSecurityGroupIngress": GROUP,
    "ec2:CreateSecurityGroup": GROUP,
    "ec2:CreateTags": GROUP,
    "elasticloadbalancing:AddTags": BALANCER,
    "elasticloadbalancing:CreateListener": BALANCER,
    "elasticloadbalancing:CreateLoadBalancer": BALANCER,
    "elasticloadbalancing:CreateTargetGroup": TARGETS,
    "elasticloadbalancing:RegisterTargets": TARGETS,
}
"""What it does to what it makes, and what that is."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for the role of every controller that gets one."""
    for release in controllers(site):
        key = _role(release, site)
        if key is not None:
            claim = Claim(
                subject=release.subject,
                proven=f"{describe(key)} allows what version {describe(release.version or 'newest')} does",
                refuted=f"{describe(key)} does not allow what version "
                f"{describe(release.version or 'newest')} does",
                fix="Give the role the iam_policy.json of the controller's version.",
                settle="kubectl -n kube-system logs deployment/aws-load-balancer-controller",
                service=label(release.subject),
            )
            yield RULE.judged(claim, _allowed(found(site.identity.roles, key), key, release, site))


def _role(release: HelmRelease, site: Site) -> Key | None:
    cluster = found(site.eks.clusters, release.cluster)
    if cluster is None:
        return None
    account = account_of(release, cluster)
    identity = identity_of(site, account)
    return identity.role if identity else (named(site, account) or account).role


def _allowed(role: Role | None, key: Key, release: HelmRelease, site: Site) -> Proof:
    if role is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(key)} allows")
    version = _number(release)
    reads = (*READS, *(action for since, action in LATER.items() if version >= since))
    changes = (may(site, role, action, made) for action, made in WRITES.items())
    proofs = (*(may(site, role, action, ON.get(action, "*")) for action in reads), *changes)
    refuted = next((proof for proof in proofs if proof.verdict == "refuted"), None)
    return refuted or every(proofs[: len(reads)])


def _number(release: HelmRelease) -> tuple[int, ...]:
    """The version of the chart as numbers; the newest where it names none that is known."""
    if not isinstance(release.version, str):
        return max(LATER)
    parts = release.version.lstrip("v").split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else max(LATER)
