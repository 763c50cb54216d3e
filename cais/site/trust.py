"""Who may assume a role: its trust policy, evaluated for an AWS service or for a token of a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cais.site.conditions import NOTHING, holds
from cais.site.matching import Match, best, equals, matches_action, opposite, worst
from cais.site.model.values import Attribute, Pseudo, Text, Unknown, describe, found
from cais.site.proof import Proof
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cais.site.model.identity import Condition, Identity, Principal, Role, Statement, WebIdentity
    from cais.site.model.values import Key, MaybeText

DOMAIN = Pseudo("AWS::URLSuffix")
LABEL_AND_DOMAIN = 2
HERE = (":", Pseudo("AWS::Region"), ":", Pseudo("AWS::AccountId"), ":")
KEYS_OF: Mapping[str, Mapping[str, MaybeText]] = {
    "ecs-tasks.amazonaws.com": {
        "aws:sourceaccount": Pseudo("AWS::AccountId"),
        "aws:sourcearn": Text(("arn:", Pseudo("AWS::Partition"), ":ecs", *HERE, Unknown("which task"))),
    }
}
"""What a service says of itself as it assumes a role, where AWS documents it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""
ASSUME = "sts:AssumeRole"
TAG_SESSION = "sts:TagSession"
ASSUME_WITH_TOKEN = "sts:AssumeRoleWithWebIdentity"  # noqa: S105 - an action, no password


def service_may_assume(
    role: Role, service: str, action: str = ASSUME, *, source: MaybeText | None = None
) -> Proof:
    """Whether an AWS service, such as "ecs-tasks.amazonaws.com", may assume the role, or tag its session.

    `source` is the ARN of what it does that for, where AWS documents that it says so.
    """
    name = role.subject.logical_id
    request = _Request(
        action=action,
        asks=lambda principal: _is(principal, service),
        keys={**KEYS_OF.get(service, {}), **({} if source is None else {"aws:sourcearn": source})},
        complete=NOTHING,
    )
    answer = request.answer(role)
    if answer is Match.NO:
        trusted = ", ".join(_trusted(role)) or "nobody"
        steps = tuple(request.refused(role)) or (f"{name} lets {trusted} assume it, not {service}",)
        if action != ASSUME:
            steps = (f"{name} does not let {service} do {action}",)
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    if answer is Match.YES:
        return Proof(verdict="proven", steps=(f"{name} trusts {service}",))
    return Proof(verdict="unproven", missing=_missing(role))


def token_may_assume(identity: Identity, role: Role, token: WebIdentity) -> Proof:
    """Whether who holds the token of an OpenID Connect provider may assume the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    request = _Request(
        action=ASSUME_WITH_TOKEN,
        asks=lambda principal: _is_provider(principal, token.provider, identity),
        keys={f"{token.provider}:{claim}".lower(): value for claim, value in token.claims.items()},
        complete=f"{token.provider}:",
    )
    name, subject = role.subject.logical_id, describe(token.claims["sub"])
    answer = request.answer(role)
    if answer is Match.YES:
        return Proof(verdict="proven", steps=(f"{name} trusts {subject}",))
    if answer is Match.NO:
        trusted = ", ".join(_trusted(role)) or "nobody"
        why = tuple(request.refused(role)) or (f"{name} trusts {trusted}, not {token.provider}",)
        steps = (f"The token's subject is {subject}", *why)
        return Proof(verdict="refuted", steps=steps, culprit=role.subject)
    return Proof(verdict="unproven", missing=f"whether the trust policy of {name} means {subject}")


def trusts(identity: Identity, role: Role, provider: str) -> bool:
    """Whether the trust policy names the provider, under whatever conditions."""
    return any(
        _is_provider(principal, provider, identity) is Match.YES and principal.kind == "Federated"
        for statement in role.trust.statements
        for principal in statement.principals
    )


class _Request(Struct, frozen=True, kw_only=True):
    """Who asks to assume a role, and what is known of the request; `complete` is that of `holds`."""

    action: str
    asks: Callable[[Principal], Match]
    keys: Mapping[str, MaybeText]
    complete: str

    def answer(self, role: Role) -> Match:
        """What the trust policy says: a statement that denies is stronger than any that allows."""
        statements = role.trust.statements
        allow = best(self._applies(each) for each in statements if each.effect != "Deny")
        deny = best(self._applies(each) for each in statements if each.effect != "Allow")
        return worst((allow, opposite(deny)))

    def refused(self, role: Role) -> Iterator[str]:
        """Why statements that mean who asks do not let him: what they want, and what is given."""
        name = role.subject.logical_id
        for statement in role.trust.statements:
            if statement.effect == "Deny" and self._applies(statement) is Match.YES:
                yield f"{name} denies {self.action} by a statement of its own"
            meant = statement.effect == "Allow" and self._means(statement) is not Match.NO
            for each in statement.conditions if meant else ():
                if self._holds(each) is Match.NO:
                    wanted = " or ".join(map(describe, each.values))
                    given = self.keys.get(describe(each.key).lower())
                    told = "not there" if given is None else describe(given)
                    yield f"{name} wants {describe(each.key)} {each.operator} {wanted}; it is {told}"

    def _applies(self, statement: Statement) -> Match:
        if is_leaf(statement.effect):
            return Match.PERHAPS
        return worst((self._means(statement), *map(self._holds, statement.conditions)))

    def _means(self, statement: Statement) -> Match:
        """Whether it is about who asks and what he asks for, whatever its conditions."""
        principals = best(map(self.asks, statement.principals))
        actions = best(matches_action(pattern, self.action) for pattern in statement.actions)
        return worst(
            (
                opposite(principals) if statement.except_principals else principals,
                opposite(actions) if statement.except_actions else actions,
            )
        )

    def _holds(self, condition: Condition) -> Match:
        return holds(condition, self.keys, complete=self.complete)


def _is(principal: Principal, service: str) -> Match:
    if is_leaf(principal.kind):
        return Match.PERHAPS
    if principal.value == "*":
        return Match.YES
    return equals(_with_suffix(principal.value), service) if principal.kind == "Service" else Match.NO


def _with_suffix(name: MaybeText) -> MaybeText:
    """A service's name that ends in the domain of its partition, as old versions of CDK write it."""
    if isinstance(name, Text) and len(name.parts) == LABEL_AND_DOMAIN and name.parts[1] == DOMAIN:
        return f"{name.parts[0]}amazonaws.com"
    return name


def _is_provider(principal: Principal, provider: str, identity: Identity) -> Match:
    """Whether a principal is this provider: by its ARN, or as a resource of the templates."""
    if is_leaf(principal.kind):
        return Match.PERHAPS
    if principal.value == "*":
        return Match.YES
    if principal.kind != "Federated":
        return Match.NO
    if resource := found(identity.oidc_providers, _key(principal.value)):
        return Match.PERHAPS if is_leaf(resource.url) else Match(2 * (resource.url == provider))
    last = principal.value.parts[-1] if isinstance(principal.value, Text) else principal.value
    if not isinstance(last, str):
        return Match.PERHAPS
    return Match.YES if last.endswith(f":oidc-provider/{provider}") else Match.NO


def _key(value: MaybeText) -> Key:
    """The key of a resource, by whichever of its attributes it is named."""
    return replace(value, name="Ref") if isinstance(value, Attribute) else value


def _missing(role: Role) -> str:
    """What of a trust policy is open, or that its conditions are."""
    for statement in role.trust.statements:
        principals = (principal.value for principal in statement.principals)
        for each in (statement.effect, *principals, *statement.actions):
            if is_leaf(each):
                return f"whom {role.subject.logical_id} trusts: {describe(each)}"
    return f"whether the conditions in the trust policy of {role.subject.logical_id} hold"


def _trusted(role: Role) -> list[str]:
    return [describe(principal.value) for each in role.trust.statements for principal in each.principals]
