"""EKS124: something may give pods addresses.

What breaks: a node is ready once its network plugin runs, and the plugin asks EC2 for the pods' addresses.
Without the plugin the node group fails after half an hour ("NodeCreationFailure"); without the permission
pods stay in ContainerCreating, "failed to assign an IP address to container".

How it is proven: for managed nodes, that a plugin is there before them: EKS's own unless
`BootstrapSelfManagedAddons` is off, else the add-on `vpc-cni`, which may not wait for the nodes. And that
the role of the service account `kube-system/aws-node`, by the add-on, by an association or by annotation,
trusts its pods (as EKS112 and EKS114 ask), and it, else the role of the nodes, may do what
`AmazonEKS_CNI_Policy` has, as far as pods need it: on network interfaces, instances, subnets and security
groups. Where a policy is for some of them, or for those with a tag, it is left open.

Fix: the add-on `vpc-cni`, which the node group depends on, with `AmazonEKS_CNI_Policy`.

Sample:

    Nodes: {Type: AWS::EKS::Nodegroup, DependsOn: [Proxy]}
    Cni: {Type: AWS::EKS::Addon, DependsOn: Nodes}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.eks.accounts import ADD_ONS, Account, account_of_add_on, doubt_of, identity_of, named
from cais.rules.eks.credentials import by_agent, by_token
from cais.rules.eks.nodes import add_ons_of, doubtful, nodes
from cais.rules.eks.ways import unread
from cais.rules.rule import Claim, Rule
from cais.site.arns import arn
from cais.site.matching import ANY
from cais.site.model.values import describe, found, is_leaf
from cais.site.permission import may
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.eks import AddOn
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS124", causes=("K26",))
NAME = "vpc-cni"
INTERFACE = "network-interface"
ACTIONS = {
    "ipv4": {
        "ec2:AssignPrivateIpAddresses": (INTERFACE,),
        "ec2:AttachNetworkInterface": ("instance", INTERFACE),
        "ec2:CreateNetworkInterface": (INTERFACE, "security-group", "subnet"),
    },
    "ipv6": {"ec2:AssignIpv6Addresses": (INTERFACE,)},
}
"""What the plugin does, with the kinds of resources that EC2 asks IAM about.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every managed group of nodes."""
    for each in nodes(site):
        if each.kind == "managed":
            claim = Claim(
                subject=each.subject,
                proven="The pods on these nodes get addresses",
                refuted="The pods on these nodes get no addresses",
                fix="Add vpc-cni before the nodes, and give it or the nodes AmazonEKS_CNI_Policy.",
                settle="kubectl -n kube-system describe daemonset aws-node",
                service=each.name,
                aspect=each.kind,
            )
            yield RULE.judged(claim, _networked(each, site))


def _networked(given: Nodes, site: Site) -> Proof:
    own = add_ons_of(given.cluster, site)
    add_on = next((each for each in own if each.name == NAME), None)
    if add_on is None:
        return _without_add_on(given, own, site)
    name = add_on.subject.logical_id
    if given.cluster.default_add_ons is False and site.depends(add_on.subject, given.subject):
        said = f"{name} waits for {given.subject.logical_id}, whose nodes are not ready without it"
        return Proof(verdict="refuted", steps=(said,), culprit=add_on.subject)
    there = Proof(verdict="proven", steps=(f"{name} is the network plugin",))
    return every((there, _lets(account_of_add_on(add_on, given.cluster), given, site)))


def _without_add_on(given: Nodes, own: list[AddOn], site: Site) -> Proof:
    name = given.cluster.subject.logical_id
    if given.cluster.default_add_ons is True:
        there = Proof(verdict="proven", steps=(f"EKS installs the network plugin in {name}",))
        namespace, account = ADD_ONS[NAME]
        plugin = Account(subject=given.subject, cluster=given.cluster, namespace=namespace, name=account)
        return every((there, _lets(plugin, given, site)))
    if is_leaf(given.cluster.default_add_ons):
        return Proof(verdict="unproven", missing=describe(given.cluster.default_add_ons))
    said = f"BootstrapSelfManagedAddons of {name} is off, and there is no add-on {NAME}"
    if missing := _another(given, own, site):
        return Proof(verdict="unproven", steps=(said,), missing=missing)
    return Proof(verdict="refuted", steps=(said,))


def _lets(account: Account, given: Nodes, site: Site) -> Proof:
    """Whether the plugin gets its role, and what that lets it do; without one it has the nodes'."""
    if identity := identity_of(site, account):
        if doubt := doubt_of(identity, site):
            return Proof(verdict="unproven", missing=doubt)
        return every((by_agent(identity, given.cluster, site), _may(identity.role, given, site)))
    own = named(site, account) or account
    trusts = (by_token(own, site),) if own.role else ()
    return every((*trusts, _may(own.role or given.role, given, site)))


def _may(key: Key | None, given: Nodes, site: Site) -> Proof:
    role, actions = found(site.identity.roles, key), ACTIONS.get(describe(given.cluster.ip_family))
    if role is None or actions is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(key or '')} allows")
    proof = every(
        may(site, role, action, arn("ec2", f"{kind}/", ANY))
        for action, kinds in actions.items()
        for kind in kinds
    )
    missing = _another(given, [], site) if proof.verdict == "refuted" and key == given.role else ""
    return replace(proof, verdict="unproven", missing=missing) if missing else proof


def _another(given: Nodes, own: list[AddOn], site: Site) -> str:
    """What may bring another network plugin; empty where nothing can."""
    key = given.cluster.key
    for add_on in own:
        if is_leaf(add_on.name):
            return f"what {add_on.subject.logical_id} is: {describe(add_on.name)}"
    for workload in site.eks.kubernetes.workloads:
        if workload.identity.cluster == key and workload.identity.kind == "DaemonSet":
            return f"whether {workload.identity} is a network plugin"
    return unread(site, key) or doubtful(site.eks.add_ons.values(), site) or next(iter(site.gaps), "")
