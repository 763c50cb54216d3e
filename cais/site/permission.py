"""Whether a role may do something: its policies, evaluated as IAM does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from cais.site.conditions import NOTHING, holds
from cais.site.managed_policies import ALLOWED, ALLOWED_TO_CLUSTERS, CLUSTER_TAG
from cais.site.matching import Match, best, matches_action, matches_resource, opposite, worst
from cais.site.model.identity import Condition, PolicyDocument, Statement
from cais.site.model.values import describe, found
from cais.site.proof import Proof, either
from cais.template.text import is_leaf
from cais.template.values import Attribute, Pseudo, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.site.model.identity import Role
    from cais.site.model.network import Endpoint
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

POLICY_OF_AWS = ":iam::aws:policy/"
ACCOUNT = Pseudo("AWS::AccountId")
NO_KEYS: Mapping[str, MaybeText] = MappingProxyType({})
KEYS: Mapping[str, MaybeText] = {"aws:securetransport": "true", "aws:principalaccount": ACCOUNT}
"""What is known of every request: AWS's own services and SDKs speak TLS, and a role is of this account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""


class _Answer(Struct, frozen=True, kw_only=True):
    """What some policies say: how surely they allow and deny, with the holder of what decided."""

    allow: Match
    deny: Match
    by: str
    open: tuple[str, ...]


class _Request(Struct, frozen=True, kw_only=True):
    """What is asked for. `keys` are the condition keys that are known of it, by their names in lower case."""

    action: str
    resource: Key
    keys: Mapping[str, MaybeText]

    def __str__(self) -> str:
        return f"{self.action} on {describe(self.resource)}"


def may(
    site: Site, role: Role, action: str, resource: Key, *, keys: Mapping[str, MaybeText] = NO_KEYS
) -> Proof:
    """Whether the role's own policies, within its boundary, allow the action on the resource.

    What the resource's policy adds or takes is not looked at. `keys` are condition keys of the request, by
    their names in lower case; a condition on one that is neither there nor in `KEYS` leaves it unproven.
    """
    who = role.subject.logical_id
    what = _request(action, resource, keys)
    answer = _ask(site, _policies(role), role, what)
    if answer.deny is Match.YES:
        return Proof(verdict="refuted", steps=(f"{answer.by} denies {who} {what}",), culprit=role.subject)
    if answer.allow is Match.NO and not answer.open:
        steps = (f"No policy of {who} allows {what}",)
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    if answer.allow is not Match.YES or answer.deny is Match.PERHAPS:
        missing = ", ".join(answer.open) or f"whether {answer.by} means {what}"
        return Proof(verdict="unproven", missing=missing)
    proof = Proof(verdict="proven", steps=(f"{answer.by} allows {who} {what}",))
    return _within_boundary(site, role, what, proof)


def may_by(
    site: Site, role: Role, action: str, ways: Iterable[Key], *, keys: Mapping[str, MaybeText] = NO_KEYS
) -> Proof:
    """The same of one resource that policies write in several ways."""
    return either(may(site, role, action, way, keys=keys) for way in ways)


def _request(action: str, resource: Key, keys: Mapping[str, MaybeText] = NO_KEYS) -> _Request:
    own = {"aws:resourceaccount": ACCOUNT} if isinstance(resource, Attribute) else {}
    return _Request(action=action, resource=resource, keys={**KEYS, **own, **keys})


def endpoint_lets(endpoint: Endpoint, action: str, resource: Key) -> Proof:
    """Whether the policy of a VPC endpoint lets somebody do the action; without one everything passes."""
    name = endpoint.subject.logical_id
    if endpoint.policy is None:
        return Proof(verdict="proven")
    statements, what = endpoint.policy.statements, _request(action, resource)
    allow = best(_applies(each, what) for each in statements if each.effect != "Deny")
    deny = best(_applies(each, what) for each in statements if each.effect != "Allow")
    if deny is Match.YES or allow is Match.NO:
        said = f"The policy of {name} does not let {what} pass"
        return Proof(verdict="refuted", steps=(said,), culprit=endpoint.subject)
    named = any(principal.value != "*" for each in statements for principal in each.principals)
    if allow is Match.YES and deny is Match.NO and not named:
        return Proof(verdict="proven", steps=(f"The policy of {name} lets {action} pass",))
    return Proof(verdict="unproven", missing=f"whom and what the policy of {name} lets pass")


def _within_boundary(site: Site, role: Role, what: _Request, proof: Proof) -> Proof:
    if role.boundary is None:
        return proof
    answer = _ask(site, [role.boundary], role, what)
    name = describe(role.boundary)
    if answer.deny is Match.YES or (answer.allow is Match.NO and not answer.open):
        steps = (*proof.steps, f"The permissions boundary {name} does not allow {what.action}")
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    if answer.allow is Match.YES and answer.deny is Match.NO:
        return Proof(verdict="proven", steps=(*proof.steps, f"So does the permissions boundary {name}"))
    return Proof(
        verdict="unproven", steps=proof.steps, missing=f"what the permissions boundary {name} allows"
    )


def _policies(role: Role) -> list[Key | PolicyDocument]:
    return [*role.inline, *role.managed]


def _ask(site: Site, policies: list[Key] | list[Key | PolicyDocument], role: Role, what: _Request) -> _Answer:
    allow = deny = Match.NO
    by, unknown = role.subject.logical_id, list(_gaps(site))
    for policy in policies:
        document = _document(site, policy, role)
        if document is None:
            unknown.append(
                f"what {describe(policy) if not isinstance(policy, PolicyDocument) else ''} allows"
            )
            continue
        for statement in document.statements:
            match = _applies(statement, what)
            if match is Match.NO:
                continue
            if statement.effect != "Allow":
                sure = match if statement.effect == "Deny" else Match.PERHAPS
                deny, by = best((deny, sure)), document.subject.logical_id
            if statement.effect != "Deny" and match.value > allow.value:
                sure = match if statement.effect == "Allow" else Match.PERHAPS
                allow, by = best((allow, sure)), document.subject.logical_id
    return _Answer(allow=allow, deny=deny, by=by, open=tuple(unknown))


def _gaps(site: Site) -> Iterator[str]:
    """What could hold a policy that nobody sees."""
    yield from site.gaps
    yield from (f"which role {stray.logical_id} is attached to" for stray in site.identity.strays)


def _document(site: Site, policy: Key | PolicyDocument, role: Role) -> PolicyDocument | None:
    if isinstance(policy, PolicyDocument):
        return policy
    if managed := found(site.identity.managed_policies, policy):
        return managed.document
    last = policy.parts[-1] if isinstance(policy, Text) else policy
    if isinstance(last, str) and POLICY_OF_AWS in last:
        return _of_aws(last.partition(POLICY_OF_AWS)[2], role)
    return None


def _of_aws(name: str, role: Role) -> PolicyDocument | None:
    actions = ALLOWED.get(name) or ALLOWED_TO_CLUSTERS.get(name)
    if actions is None:
        return None
    conditions = () if name in ALLOWED else (Condition("StringLike", CLUSTER_TAG, ("*",)),)
    allowed = Statement(effect="Allow", actions=actions, resources=("*",), conditions=conditions)
    return PolicyDocument(subject=role.subject, statements=(allowed,))


def _applies(statement: Statement, what: _Request) -> Match:
    """Whether the statement is about this request."""
    if is_leaf(statement.effect) and not statement.actions:
        return Match.PERHAPS
    actions = best(matches_action(pattern, what.action) for pattern in statement.actions)
    resources = best(matches_resource(pattern, what.resource) for pattern in statement.resources)
    return worst(
        (
            opposite(actions) if statement.except_actions else actions,
            opposite(resources) if statement.except_resources else resources,
            *(holds(condition, what.keys, complete=NOTHING) for condition in statement.conditions),
        )
    )
