"""EKS125: the cluster admits who deploys into it.

What breaks: a permission of IAM lets a role find the cluster; what it may do inside, the cluster's access
entries say. A GitHub job, or CDK's function that runs kubectl, without one is told "the server has asked
for the client to provide credentials" (401). With an entry for other namespaces, or that lets it look only,
it is told "forbidden".

How it is proven: for the role of CDK's kubectl function, and for roles that trust GitHub and have a
permission of EKS by name: an access entry in the cluster, whose policies let it change things, in the
namespaces of what the function installs.

Fix: an `AWS::EKS::AccessEntry` with `AmazonEKSEditPolicy` for the role's namespaces, or with
`AmazonEKSClusterAdminPolicy`.

Sample:

    Deploy:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Statement:
            - Effect: Allow
              Principal: {Federated: "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}
              Action: "sts:AssumeRoleWithWebIdentity"
        Policies:
          - PolicyName: find
            PolicyDocument:
              Statement: [{Effect: Allow, Action: "eks:DescribeCluster", Resource: !GetAtt Kubernetes.Arn}]

Sources: https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html,
https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html,
https://github.com/adorsys/status-list-server/issues/434
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.github import github_roles
from cais.rules.eks.installers import installers
from cais.rules.eks.nodes import doubtful, names_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import Text, Unknown, describe, found, is_leaf
from cais.site.permission import may
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import AccessEntry, EksCluster
    from cais.site.model.identity import Role
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

RULE = Rule(id="EKS125", causes=("K27", "K28"))
FIND = "eks:DescribeCluster"
CHANGING = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy")
LOOKING = ("AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSSecretReaderPolicy")
NATIVE = "AWS::EKS::Cluster"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every role that deploys into a cluster of the site."""
    for role, cluster, namespaces in (*_functions(site), *_jobs(site)):
        proof, name = _admitted(role, cluster, namespaces, site), cluster.subject.logical_id
        claim = Claim(
            subject=role.subject,
            proven=f"{name} admits {role.subject.logical_id}, which deploys into it",
            refuted=f"{name} does not let {role.subject.logical_id} deploy into it",
            fix="Give the role an access entry with AmazonEKSEditPolicy, or the cluster's admin policy.",
            settle="aws eks list-access-entries --cluster-name CLUSTER",
            service=label(role.subject),
            aspect=name,
            causes=("K28",) if proof.culprit else ("K27",) if proof.verdict == "refuted" else (),
        )
        yield RULE.judged(claim, proof)


def _functions(site: Site) -> Iterator[tuple[Role, EksCluster, set[MaybeText]]]:
    """The roles of CDK's kubectl functions, with the namespaces that they install into."""
    for each in installers(site):
        role = found(site.identity.roles, each.function.role)
        if role and each.cluster.subject.type == NATIVE:
            yield role, each.cluster, {release.namespace for release in each.releases}


def _jobs(site: Site) -> Iterator[tuple[Role, EksCluster, set[MaybeText]]]:
    """The roles of GitHub's jobs that may find a cluster, and say so by name."""
    roles = github_roles(site) if site.eks.clusters else []
    for role in roles:
        named = (each for policy in role.inline for each in policy.statements)
        patterns = [action for each in named if each.effect == "Allow" for action in each.actions]
        if any(isinstance(each, str) and each.lower().startswith("eks:") for each in patterns):
            for cluster in site.eks.clusters.values():
                if may(site, role, FIND, cluster.key).holds:
                    yield role, cluster, set()


def _admitted(role: Role, cluster: EksCluster, namespaces: set[MaybeText], site: Site) -> Proof:
    entries = [each for each in site.eks.access_entries.values() if each.cluster in names_of(cluster)]
    entry = next((each for each in entries if each.principal == role.key), None)
    if entry:
        return _lets(entry, namespaces)
    said = f"No access entry of {cluster.subject.logical_id} is for {role.subject.logical_id}"
    doubt = [describe(each.principal) for each in entries if _is_open(each.principal)]
    doubt = [*doubt, doubtful(site.eks.access_entries.values(), site), *site.gaps]
    if cluster.authentication != "API":
        doubt.append("whether aws-auth maps the role")
    missing = next(filter(None, doubt), "")
    return Proof(verdict="unproven" if missing else "refuted", steps=(said,), missing=missing)


def _is_open(principal: Key) -> bool:
    """Whether a principal may be any role: one that is named otherwise, is another one."""
    parts = principal.parts if isinstance(principal, Text) else (principal,)
    return any(isinstance(part, Unknown) for part in parts)


def _lets(entry: AccessEntry, namespaces: set[MaybeText]) -> Proof:
    """Whether an entry lets its role change things; `namespaces` are those that it surely wants to."""
    name = entry.subject.logical_id
    if entry.groups or any(each.name not in {*CHANGING, *LOOKING} for each in entry.policies):
        return Proof(verdict="unproven", missing=f"what the groups and policies of {name} let it do")
    changing = [each for each in entry.policies if each.name in CHANGING]
    told = ", ".join(describe(each.name) for each in entry.policies) or "no policy"
    if not changing:
        return Proof(verdict="refuted", steps=(f"{name} has {told}",), culprit=entry.subject)
    scoped = {namespace for each in changing for namespace in each.namespaces}
    everywhere = any(not each.namespaces for each in changing)
    outside = sorted(describe(each) for each in namespaces - scoped)
    if everywhere or not outside:
        return Proof(verdict="proven", steps=(f"{name} has {told}",))
    if any(is_leaf(each) for each in (*scoped, *namespaces)):
        return Proof(verdict="unproven", missing=f"the namespaces of {name}")
    said = f"{name} has {told} for {', '.join(map(describe, scoped))}, not for {', '.join(outside)}"
    return Proof(verdict="refuted", steps=(said,), culprit=entry.subject)
