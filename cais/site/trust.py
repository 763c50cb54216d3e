"""Who may assume a role: its trust policy, evaluated for an AWS service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.matching import Match, best, matches_action, opposite, worst
from cais.site.proof import Proof
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from cais.site.model.identity import Principal, Role, Statement

ASSUME = "sts:AssumeRole"


def service_may_assume(role: Role, service: str) -> Proof:
    """Whether an AWS service, such as "ecs-tasks.amazonaws.com", may assume the role."""
    name = role.subject.logical_id
    allow = best(_applies(each, service) for each in role.trust.statements if each.effect != "Deny")
    deny = best(_applies(each, service) for each in role.trust.statements if each.effect != "Allow")
    if deny is Match.YES or allow is Match.NO:
        trusted = ", ".join(_trusted(role)) or "nobody"
        steps = (f"{name} lets {trusted} assume it, not {service}",)
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    if allow is Match.YES and deny is Match.NO:
        return Proof(verdict="proven", steps=(f"{name} trusts {service}",))
    return Proof(verdict="unproven", missing=f"whether the conditions in the trust policy of {name} hold")


def _applies(statement: Statement, service: str) -> Match:
    if is_leaf(statement.effect):
        return Match.PERHAPS
    principals = best(_is(principal, service) for principal in statement.principals)
    actions = best(matches_action(pattern, ASSUME) for pattern in statement.actions)
    return worst(
        (
            opposite(principals) if statement.except_principals else principals,
            opposite(actions) if statement.except_actions else actions,
            Match.PERHAPS if statement.conditions else Match.YES,
        )
    )


def _is(principal: Principal, service: str) -> Match:
    if is_leaf(principal.kind) or is_leaf(principal.value):
        return Match.PERHAPS
    if principal.value == "*":
        return Match.YES
    return Match.YES if (principal.kind, principal.value) == ("Service", service) else Match.NO


def _trusted(role: Role) -> list[str]:
    return [str(principal.value) for each in role.trust.statements for principal in each.principals]
