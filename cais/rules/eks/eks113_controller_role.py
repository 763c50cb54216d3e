"""EKS113: the load balancer controller gets a role of its own.

What breaks: the controller's pods take the role that a Pod Identity association or the annotation
`eks.amazonaws.com/role-arn` gives their service account. Without either they use the role of their node,
which may do nothing to load balancers: "UnauthorizedOperation". With `serviceAccount.create: false`, and
nobody else who makes the service account, there are no pods at all.

How it is proven: the values of the chart, the associations and the service accounts of the deployment;
without a role of its own, what the nodes' role may do.

Fix: an `AWS::EKS::PodIdentityAssociation` for the service account, or the annotation in the chart's values.

Sample:

    ControllerIdentity:
      Type: AWS::EKS::PodIdentityAssociation
      Properties: {ServiceAccount: controller}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/lbc-helm.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1668
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.eks.accounts import account_of, doubt_of, identity_of, named
from cais.rules.eks.nodes import doubtful, nodes
from cais.rules.eks.ways import controllers, unread
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, found, is_leaf
from cais.site.permission import may
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.accounts import Account
    from cais.site.model.site import Site

RULE = Rule(id="EKS113", causes=("K9",))
BALANCE = "elasticloadbalancing:DescribeLoadBalancers"
"""Of no resource: IAM lets it only by a statement for all.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
"""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every controller."""
    for release in controllers(site):
        if cluster := found(site.eks.clusters, release.cluster):
            account = account_of(release, cluster)
            claim = Claim(
                subject=release.subject,
                proven="The load balancer controller gets a role of its own",
                refuted="The load balancer controller gets no role that may make load balancers",
                fix=f"Associate a role with {account}, by Pod Identity or by its annotation.",
                settle="kubectl -n kube-system get serviceaccount aws-load-balancer-controller -o yaml",
                service=label(release.subject),
            )
            yield RULE.judged(claim, every((_exists(account, site), _has_role(account, site))))


def _exists(account: Account, site: Site) -> Proof:
    if account.made is True or named(site, account):
        return Proof(verdict="proven")
    if is_leaf(account.made):
        return Proof(verdict="unproven", missing=describe(account.made))
    return _absent(account, f"Nothing makes {account}: serviceAccount.create is false", site)


def _has_role(account: Account, site: Site) -> Proof:
    if identity := identity_of(site, account):
        if doubt := doubt_of(identity, site):
            return Proof(verdict="unproven", missing=doubt)
        return Proof(verdict="proven", steps=(f"{identity.subject.logical_id} gives {account} its role",))
    role = (named(site, account) or account).role
    if role is not None:
        return Proof(verdict="proven", steps=(f"{account} names the role {describe(role)}",))
    said = f"{account} names no role, and no Pod Identity association gives it one"
    for each in site.eks.pod_identities.values():
        if each.namespace == account.namespace or each.service_account == account.name:
            of = f"{describe(each.namespace or '')}/{describe(each.service_account)}"
            said += f": {each.subject.logical_id} is for {of}"
    proof = _absent(account, said, site)
    return proof if proof.verdict == "unproven" else _by_nodes(account, proof, site)


def _absent(account: Account, said: str, site: Site) -> Proof:
    missing = doubtful(site.eks.pod_identities.values(), site) or unread(site, account.cluster.key)
    if missing or site.gaps:
        return Proof(verdict="unproven", steps=(said,), missing=missing or site.gaps[0])
    return Proof(verdict="refuted", steps=(said,))


def _by_nodes(account: Account, proof: Proof, site: Site) -> Proof:
    """Whether the pods may do with the role of the nodes what they should."""
    keys = [each.role for each in nodes(site, account.cluster.key) if each.kind == "managed"]
    roles = [role for key in keys if (role := found(site.identity.roles, key))]
    if len(roles) < len(keys):
        return replace(proof, verdict="unproven", missing="what the role of the nodes allows")
    allowed = every(may(site, role, BALANCE, "*") for role in roles) if roles else proof
    return replace(allowed, steps=(*proof.steps, *allowed.steps), culprit=None) if roles else proof
