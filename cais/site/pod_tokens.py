"""Whether pods may assume a role with the tokens that their cluster issues: IAM roles for service accounts.

https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cais.site.model.identity import WebIdentity
from cais.site.model.values import Attribute, Text, describe, found
from cais.site.proof import Proof, every
from cais.site.trust import token_may_assume
from cais.template.facts import ISSUER
from cais.template.text import is_leaf, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.eks import EksCluster
    from cais.site.model.identity import Condition, OidcProvider, Principal, Role, Statement
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

NAME = "issuer"
"""What the cluster's issuer is called while a trust policy is read."""
AUDIENCE = "sts.amazonaws.com"
LITERAL = re.compile(r"(oidc\.eks\..+/id/[0-9A-Z]+)(:[^/]+)?$")
"""An issuer by its id, and the claim of it that a condition is about."""


class _Reading(Struct, frozen=True, kw_only=True):
    """A trust policy with one name for the cluster's issuer, however it is written.

    `literal` is an issuer that is taken to be the cluster's.
    """

    site: Site
    cluster: EksCluster
    literal: str = ""

    def statement(self, given: Statement) -> Statement:
        """The statement with the names of issuers."""
        return replace(
            given,
            principals=tuple(map(self._principal, given.principals)),
            conditions=tuple(map(self._condition, given.conditions)),
        )

    def written(self, step: str, role: Role) -> str:
        """A step of a proof, with the issuers and the keys of conditions as the template writes them."""
        mine = self.literal or f"the issuer of {self.cluster.subject.logical_id}"
        step = re.sub(f", not {NAME}$", f", not {mine}", step)
        for given in (each for statement in role.trust.statements for each in statement.conditions):
            read = describe(self._condition(given).key)
            step = step.replace(f" wants {read} ", f" wants {describe(given.key)} ")
        return step.replace(f"{NAME}:oidc.", "oidc.")

    def _principal(self, given: Principal) -> Principal:
        issuer = _issuer(given.value, self.site) if given.kind == "Federated" else None
        if issuer is None:
            return given
        return replace(given, value=f"arn:aws:iam:::oidc-provider/{self._name(issuer)}")

    def _condition(self, given: Condition) -> Condition:
        parts = given.key.parts if isinstance(given.key, Text) else (given.key,)
        literal = LITERAL.search(describe(given.key))
        if literal and literal[2]:
            return replace(given, key=self._name(literal[1]) + literal[2])
        issuer = _issuer(join(parts[:-1]), self.site)
        if issuer is None or not isinstance(parts[-1], str):
            return given
        return replace(given, key=self._name(issuer) + parts[-1])

    def _name(self, issuer: Key) -> str:
        same = bool(self.literal) and _id(issuer) == _id(self.literal)
        return NAME if same or issuer == self.cluster.key else f"{NAME}:{describe(issuer)}"


def pod_may_assume(
    site: Site, role: Role, cluster: EksCluster, *, namespace: MaybeText, account: MaybeText
) -> Proof:
    """Whether the pods of a service account may assume the role, and IAM knows their cluster's issuer.

    A literal issuer may be the cluster's, if that was made before: where all else fits, it is left open.
    """
    subject = join(["system:serviceaccount:", namespace, ":", account])
    token = WebIdentity(provider=NAME, claims={"sub": subject, "aud": AUDIENCE})

    def read(literal: str = "") -> Proof:
        reading = _Reading(site=site, cluster=cluster, literal=literal)
        trust = replace(role.trust, statements=tuple(map(reading.statement, role.trust.statements)))
        proof = token_may_assume(site.identity, replace(role, trust=trust), token)
        return replace(proof, steps=tuple(reading.written(each, role) for each in proof.steps))

    literals = dict.fromkeys(_literals(role, site))
    for literal, proof in ((each, read(each)) for each in literals):
        if proof.verdict != "refuted" and read().verdict == "refuted":
            missing = f"whether {literal} is the issuer of {cluster.subject.logical_id}"
            return Proof(verdict="unproven", missing=missing)
    return every((read(*list(literals)[:1]), _registered(site, cluster)))


def _literals(role: Role, site: Site) -> Iterator[str]:
    """The issuers that a trust policy names by their ids, as principals."""
    for statement in role.trust.statements:
        for each in statement.principals:
            issuer = _issuer(each.value, site) if each.kind == "Federated" else None
            if isinstance(issuer, str):
                yield issuer
        for condition in statement.conditions:
            if literal := LITERAL.search(describe(condition.key)):
                yield literal[1]


def _id(issuer: Key) -> str:
    return describe(issuer).rpartition("/")[2]


def _registered(site: Site, cluster: EksCluster) -> Proof:
    name = cluster.subject.logical_id
    owners = {each.key: _issuer(each.url, site) for each in site.identity.oidc_providers.values()}
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


def _issuer(value: MaybeText, site: Site) -> Key | None:
    """Whose issuer a text ends with, or is the provider of; None where nobody knows.

    That of a cluster of the templates is the cluster's key, another one is what it is called.
    """
    last = _last(value)
    if not isinstance(last, Attribute):
        literal = LITERAL.search(describe(value))
        return literal[1] if literal else None
    key = replace(last, name="Ref")
    if provider := found(site.identity.oidc_providers, key):
        return None if provider.key == _last(provider.url) else _issuer(provider.url, site)
    return key if last.name in {ISSUER, "OpenIdConnectIssuerUrl"} else None


def _last(value: MaybeText) -> MaybeText:
    return value.parts[-1] if isinstance(value, Text) else value
