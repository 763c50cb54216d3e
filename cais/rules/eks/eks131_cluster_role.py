"""EKS131: EKS may run the cluster with its role.

What breaks: EKS takes the cluster's role to look at the nodes that want to join, and in EKS Auto Mode to
launch them, to give pods addresses and to make load balancers. A role that does not trust it is refused:
"Role with arn … could not be assumed because it does not exist or the trusted entity is not correct". In
Auto Mode the sessions have tags, on which AWS's policies rest: without `sts:TagSession` none of them allows
anything, no node comes up, and every pod stays pending.

How it is proven: the role's trust in `eks.amazonaws.com`, in Auto Mode with `sts:TagSession`; and its
policies, AWS's own or others, for what `AmazonEKSClusterPolicy` is needed for at the least. With the built-in
node pools of Auto Mode also for what `AmazonEKSComputePolicy` and `AmazonEKSNetworkingPolicy` have, and where
an Ingress is of its class, `AmazonEKSLoadBalancingPolicy`. Of each part, what allows none of it is
refuted; what allows some is left open. Volumes are not asked for. The role of a local cluster on Outposts is
taken by EC2, for the instances of its control plane: its trust is looked at, its policies are left open.

Fix: attach these policies, and let the role trust `eks.amazonaws.com` with both actions.

Sample:

    ClusterRole:
      Type: AWS::IAM::Role
      Properties: {ManagedPolicyArns: []}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/eks-outposts-local-cluster-create.html,
https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2406
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.arns import arn
from cais.site.managed_policies import CLUSTER_TAG
from cais.site.matching import ANY
from cais.site.model.values import describe, found, is_leaf
from cais.site.permission import may
from cais.site.proof import Proof, every
from cais.site.trust import ASSUME, TAG_SESSION, service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster
    from cais.site.model.identity import Role
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag

RULE = Rule(id="EKS131", causes=("K22",))
EKS, EC2 = "eks.amazonaws.com", "ec2.amazonaws.com"
LOCAL_POLICY = "AmazonEKSLocalOutpostClusterPolicy"
FIX = (
    f"Let it trust {EKS} with {ASSUME}, for Auto Mode also {TAG_SESSION}, and attach "
    "AmazonEKSClusterPolicy, for Auto Mode also its four policies."
)
LOCAL_FIX = f"Let it trust {EC2} with {ASSUME}, and attach {LOCAL_POLICY}."
AUTO_MODES = "eks.amazonaws.com/alb"
"""The controller of Auto Mode, as an IngressClass names it."""
Part: TypeAlias = "Mapping[str, Key]"
"""What EKS does with the role, each action with what IAM is asked about."""
INTERFACE = arn("ec2", "network-interface/", ANY)
BALANCER = arn("elasticloadbalancing", "loadbalancer/app/", ANY, "/", ANY)
LOOKS: Part = {
    "ec2:DescribeDhcpOptions": "*",
    "ec2:DescribeInstances": "*",
    "ec2:DescribeVpcs": "*",
}
LAUNCHES: Part = {
    "ec2:CreateFleet": arn("ec2", "fleet/", ANY),
    "ec2:CreateLaunchTemplate": arn("ec2", "launch-template/", ANY),
    "ec2:RunInstances": arn("ec2", "instance/", ANY),
}
ADDRESSES: dict[str, Part] = {
    "ipv4": {"ec2:AssignPrivateIpAddresses": INTERFACE, "ec2:CreateNetworkInterface": INTERFACE},
    "ipv6": {"ec2:AssignIpv6Addresses": INTERFACE},
}
BALANCES: Part = {
    "elasticloadbalancing:CreateLoadBalancer": BALANCER,
    "elasticloadbalancing:CreateRule": arn("elasticloadbalancing", "listener/app/", ANY, "/", ANY, "/", ANY),
}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for the role of every cluster."""
    for cluster in site.eks.clusters.values():
        if cluster.role is not None:
            name, role = cluster.subject.logical_id, describe(cluster.role)
            claim = Claim(
                subject=cluster.subject,
                proven=f"{role} lets EKS run {name}",
                refuted=f"{role} does not let EKS run {name}",
                fix=LOCAL_FIX if cluster.on_outposts is True else FIX,
                settle="aws iam get-role --role-name ROLE; "
                "aws iam list-attached-role-policies --role-name ROLE",
                service=label(cluster.subject),
            )
            yield RULE.judged(claim, _runs(cluster, site))


def _runs(cluster: EksCluster, site: Site) -> Proof:
    role = found(site.identity.roles, cluster.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(cluster.role or '')} allows")
    if cluster.on_outposts is not False:
        return _runs_on_outposts(cluster, role)
    tagged = service_may_assume(role, EKS, TAG_SESSION)
    return every(
        (
            service_may_assume(role, EKS),
            _where(cluster.auto_mode, tagged),
            *(_where(wanted, _some(part, role, cluster, site)) for wanted, part in _parts(cluster, site)),
        )
    )


def _runs_on_outposts(cluster: EksCluster, role: Role) -> Proof:
    """A local cluster's control plane runs on instances, which have the role; or it may be none."""
    if is_leaf(cluster.on_outposts):
        return Proof(verdict="unproven", missing=describe(cluster.on_outposts))
    trusts = service_may_assume(role, EC2)
    if not trusts.holds:
        return trusts
    missing = f"whether {role.subject.logical_id} allows what {LOCAL_POLICY} does"
    return Proof(verdict="unproven", steps=trusts.steps, missing=missing)


def _parts(cluster: EksCluster, site: Site) -> Iterator[tuple[MaybeFlag, Part]]:
    """What EKS does in this cluster, and whether it does."""
    yield True, LOOKS
    yield _launches(cluster), LAUNCHES
    yield _launches(cluster), ADDRESSES.get(describe(cluster.ip_family), {})
    if _has_ingress(cluster, site):
        yield cluster.balances_load, BALANCES


def _launches(cluster: EksCluster) -> MaybeFlag:
    """Whether there are built-in node pools, for which EKS launches nodes."""
    open_pool = next((each for each in cluster.node_pools if is_leaf(each)), None)
    if not cluster.node_pools or cluster.auto_mode is not True:
        return cluster.auto_mode if cluster.node_pools else False
    return open_pool or True


def _has_ingress(cluster: EksCluster, site: Site) -> bool:
    """Whether there is an Ingress of a class that is Auto Mode's."""
    given = site.eks.kubernetes
    classes = [each.identity.name for each in given.ingress_classes if each.controller == AUTO_MODES]
    return any(
        each.identity.cluster == cluster.key and each.class_name in classes for each in given.ingresses
    )


def _where(wanted: MaybeFlag, proof: Proof) -> Proof:
    """A proof of what is needed only where something is on."""
    if wanted is False:
        return Proof(verdict="proven")
    if proof.holds or wanted is True:
        return proof
    return Proof(verdict="unproven", steps=proof.steps, missing=describe(wanted))


def _some(part: Part, role: Role, cluster: EksCluster, site: Site) -> Proof:
    """Whether the role allows all of a part; refuted where it allows nothing of it."""
    keys = {CLUSTER_TAG.lower(): cluster.name or cluster.key}
    proofs = {action: may(site, role, action, resource, keys=keys) for action, resource in part.items()}
    lacking = [action for action, proof in proofs.items() if proof.verdict == "refuted"]
    if not lacking or len(lacking) == len(proofs):
        return every(proofs.values())
    missing = f"whether EKS does without {lacking[0]}, which {role.subject.logical_id} does not allow"
    return Proof(verdict="unproven", missing=missing)
