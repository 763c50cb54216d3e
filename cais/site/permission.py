"""Whether a role may do something: its policies, evaluated as IAM does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cais.site.managed_policies import ALLOWED
from cais.site.matching import Match, best, matches_action, matches_resource, opposite, worst
from cais.site.model.identity import PolicyDocument, Statement
from cais.site.model.values import describe, found
from cais.site.proof import Proof
from cais.template.text import is_leaf
from cais.template.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.identity import Role
    from cais.site.model.network import Endpoint
    from cais.site.model.site import Site
    from cais.site.model.values import Key

POLICY_OF_AWS = ":iam::aws:policy/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What some policies say: how surely they allow and deny, with the holder of what decided."""

    allow: Match
    deny: Match
    by: str
    open: tuple[str, ...]


def may(site: Site, role: Role, action: str, resource: Key) -> Proof:
    """Whether the role's own policies, within its boundary, allow the action on the resource.

    What the resource's policy adds or takes is not looked at. A condition leaves it unproven.
    """
    who = role.subject.logical_id
    what = f"{action} on {describe(resource)}"
    answer = _ask(site, _policies(role), role, action, resource)
    if answer.deny is Match.YES:
        return Proof(verdict="refuted", steps=(f"{answer.by} denies {who} {what}",), culprit=role.subject)
    if answer.allow is Match.NO and not answer.open:
        steps = (f"No policy of {who} allows {what}",)
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    if answer.allow is not Match.YES or answer.deny is Match.PERHAPS:
        missing = ", ".join(answer.open) or f"whether {answer.by} means {what}"
        return Proof(verdict="unproven", missing=missing)
    proof = Proof(verdict="proven", steps=(f"{answer.by} allows {who} {what}",))
    return _within_boundary(site, role, action, resource, proof)


def endpoint_lets(endpoint: Endpoint, action: str, resource: Key) -> Proof:
    """Whether the policy of a VPC endpoint lets somebody do the action; without one everything passes."""
    name = endpoint.subject.logical_id
    if endpoint.policy is None:
        return Proof(verdict="proven")
    statements = endpoint.policy.statements
    allow = best(_applies(each, action, resource) for each in statements if each.effect != "Deny")
    deny = best(_applies(each, action, resource) for each in statements if each.effect != "Allow")
    if deny is Match.YES or allow is Match.NO:
        said = f"The policy of {name} does not let {action} on {describe(resource)} pass"
        return Proof(verdict="refuted", steps=(said,), culprit=endpoint.subject)
    named = any(principal.value != "*" for each in statements for principal in each.principals)
    if allow is Match.YES and deny is Match.NO and not named:
        return Proof(verdict="proven", steps=(f"The policy of {name} lets {action} pass",))
    return Proof(verdict="unproven", missing=f"whom and what the policy of {name} lets pass")


def _within_boundary(site: Site, role: Role, action: str, resource: Key, proof: Proof) -> Proof:
    if role.boundary is None:
        return proof
    answer = _ask(site, [role.boundary], role, action, resource)
    name = describe(role.boundary)
    if answer.deny is Match.YES or (answer.allow is Match.NO and not answer.open):
        steps = (*proof.steps, f"The permissions boundary {name} does not allow {action}")
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    if answer.allow is Match.YES and answer.deny is Match.NO:
        return Proof(verdict="proven", steps=(*proof.steps, f"So does the permissions boundary {name}"))
    return Proof(
        verdict="unproven", steps=proof.steps, missing=f"what the permissions boundary {name} allows"
    )


def _policies(role: Role) -> list[Key | PolicyDocument]:
    return [*role.inline, *role.managed]


def _ask(
    site: Site, policies: list[Key] | list[Key | PolicyDocument], role: Role, action: str, resource: Key
) -> _Answer:
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
            match = _applies(statement, action, resource)
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
        actions = ALLOWED.get(last.partition(POLICY_OF_AWS)[2])
        if actions:
            allowed = Statement(effect="Allow", actions=actions, resources=("*",))
            return PolicyDocument(subject=role.subject, statements=(allowed,))
    return None


def _applies(statement: Statement, action: str, resource: Key) -> Match:
    """Whether the statement is about this action on this resource."""
    if is_leaf(statement.effect) and not statement.actions:
        return Match.PERHAPS
    actions = best(matches_action(pattern, action) for pattern in statement.actions)
    resources = best(matches_resource(pattern, resource) for pattern in statement.resources)
    return worst(
        (
            opposite(actions) if statement.except_actions else actions,
            opposite(resources) if statement.except_resources else resources,
            Match.PERHAPS if statement.conditions else Match.YES,
        )
    )
