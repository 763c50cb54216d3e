"""Whether pods may assume a role with the tokens that their cluster issues: IAM roles for service accounts.

https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cais.site.model.identity import WebIdentity
from cais.site.model.values import Attribute, Text, found
from cais.site.proof import Proof, every
from cais.site.trust import token_may_assume
from cais.template.facts import ISSUER
from cais.template.text import is_leaf, join

if TYPE_CHECKING:
    from cais.site.model.eks import EksCluster
    from cais.site.model.identity import Condition, OidcProvider, Principal, Role, Statement
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

NAME, ANOTHER = "issuer", "another-issuer"
"""What the cluster's issuer, and any other, is called while a trust policy is read."""
AUDIENCE = "sts.amazonaws.com"
LITERAL = re.compile(r"oidc\.eks\..+/id/[0-9A-Z]+(?=:)")


def pod_may_assume(
    site: Site, role: Role, cluster: EksCluster, *, namespace: MaybeText, account: MaybeText
) -> Proof:
    """Whether the pods of a service account may assume the role, and IAM knows their cluster's issuer.

    A literal issuer is never the cluster's: a cluster of the templates gets its own when it is made.
    """
    subject = join(["system:serviceaccount:", namespace, ":", account])
    token = WebIdentity(provider=NAME, claims={"sub": subject, "aud": AUDIENCE})
    trust = replace(
        role.trust, statements=tuple(_renamed(each, cluster, site) for each in role.trust.statements)
    )
    proof = token_may_assume(site.identity, replace(role, trust=trust), token)
    steps = tuple(step.replace(f"{NAME}:{ANOTHER}", ANOTHER) for step in proof.steps)
    return every((replace(proof, steps=steps), _registered(site, cluster)))


def _registered(site: Site, cluster: EksCluster) -> Proof:
    name = cluster.subject.logical_id
    owners = {each.key: _owner(each.url, site) for each in site.identity.oidc_providers.values()}
    mine = [each for each in site.identity.oidc_providers.values() if owners[each.key] == cluster.key]
    if not mine:
        doubt = next((each for each in site.identity.oidc_providers.values() if _is_open(each)), None)
        if doubt or site.gaps:
            missing = f"the URL of {doubt.subject.logical_id}" if doubt else site.gaps[0]
            return Proof(verdict="unproven", missing=missing)
        return Proof(verdict="refuted", steps=(f"IAM has no OIDC provider with the issuer of {name}",))
    if AUDIENCE in mine[0].audiences:
        return Proof(
            verdict="proven", steps=(f"{mine[0].subject.logical_id} is the OIDC provider of {name}",)
        )
    provider = mine[0].subject
    if any(is_leaf(each) for each in mine[0].audiences):
        return Proof(verdict="unproven", missing=f"the audiences of {provider.logical_id}")
    said = f"{provider.logical_id} does not list the audience {AUDIENCE}"
    return Proof(verdict="refuted", steps=(said,), culprit=provider)


def _is_open(provider: OidcProvider) -> bool:
    return is_leaf(provider.url) and not isinstance(_last(provider.url), Attribute)


def _renamed(statement: Statement, cluster: EksCluster, site: Site) -> Statement:
    """The statement with the one name for the cluster's issuer, however it is written."""
    return replace(
        statement,
        principals=tuple(_principal(each, cluster, site) for each in statement.principals),
        conditions=tuple(_condition(each, cluster, site) for each in statement.conditions),
    )


def _principal(principal: Principal, cluster: EksCluster, site: Site) -> Principal:
    owner = _owner(principal.value, site) if principal.kind == "Federated" else None
    if owner is None:
        return principal
    return replace(principal, value=f"arn:aws:iam:::oidc-provider/{_name(owner, cluster)}")


def _condition(condition: Condition, cluster: EksCluster, site: Site) -> Condition:
    key = condition.key
    if isinstance(key, str):
        return replace(condition, key=LITERAL.sub(f"{NAME}:{ANOTHER}", key))
    if not isinstance(key, Text) or not isinstance(key.parts[-1], str):
        return condition
    owner = _owner(join(key.parts[:-1]), site)
    if owner is None:
        return condition
    prefix = NAME if owner == cluster.key else f"{NAME}:{ANOTHER}"
    return replace(condition, key=prefix + key.parts[-1])


def _name(owner: Key, cluster: EksCluster) -> str:
    return NAME if owner == cluster.key else ANOTHER


def _owner(value: MaybeText, site: Site) -> Key | None:
    """The cluster whose issuer a text ends with, or is the provider of; None where nobody knows."""
    last = _last(value)
    if not isinstance(last, Attribute):
        return None
    key = replace(last, name="Ref")
    if provider := found(site.identity.oidc_providers, key):
        return None if provider.key == _last(provider.url) else _owner(provider.url, site)
    return key if last.name in {ISSUER, "OpenIdConnectIssuerUrl"} else None


def _last(value: MaybeText) -> MaybeText:
    return value.parts[-1] if isinstance(value, Text) else value
