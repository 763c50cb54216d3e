"""LAM109: what sends requests to the function may call it.

What breaks: an API, a load balancer or a public URL calls a function only if the function's own policy lets
it. Without an `AWS::Lambda::Permission` an API answers 500, a URL 403, and a load balancer refuses the
function as a target: "elasticloadbalancing principal does not have permission to invoke …".

How it is proven: for each integration, target group and public URL there is a permission for its service, of
the same version or alias, from this source. An API that calls with a role of its own needs none. A public URL
that is made since October 2025 needs `lambda:InvokeFunction` beside `lambda:InvokeFunctionUrl`: where only
that is missing, it is advice.

Fix: add an `AWS::Lambda::Permission` for apigateway.amazonaws.com, elasticloadbalancing.amazonaws.com or,
for a public URL, for everyone.

Sample:

    Permission:
      Type: AWS::Lambda::Permission
      Properties:
        Principal: events.amazonaws.com

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html#apigateway-permissions,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html,
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import Caller, callers, name_of
from cais.rules.rule import Claim, Rule
from cais.rules.serverless.callers import INVOKE, from_api, from_group, is_same, lets
from cais.site.matching import Match, matches_action, worst
from cais.site.model.balancing import TargetGroup
from cais.site.model.serverless import Callee, FunctionUrl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function, Permission
    from cais.site.model.site import Site

RULE = Rule(id="LAM109", causes=("L11",), speed="fast")
API, BALANCER, EVERYONE = "apigateway.amazonaws.com", "elasticloadbalancing.amazonaws.com", "*"
BY_URL = "lambda:InvokeFunctionUrl"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for everything that sends requests to a function."""
    for function in site.serverless.functions.values():
        for caller in callers(function, site):
            if needs_permission(caller):
                yield _judge(function, caller, site)


def needs_permission(caller: Caller) -> bool:
    """Whether the function's policy decides: not where an API has a role, or a URL knows its callers."""
    if isinstance(caller, FunctionUrl):
        return caller.authentication == "NONE"
    return isinstance(caller, TargetGroup) or caller.role is None


def _judge(function: Function, caller: Caller, site: Site) -> Finding:
    name, who = caller.subject.logical_id, _principal(caller)
    # Several templates may call their permissions the same.
    matches = [(each.subject, _lets(site, each, function, caller)) for each in _permissions(site)]
    surely, perhaps = (
        [permission.logical_id for permission, match in matches if match is wanted]
        for wanted in (Match.YES, Match.PERHAPS)
    )
    half = bool(surely) and isinstance(caller, FunctionUrl) and not _may_invoke(site, caller)
    claim = Claim(
        subject=function.subject,
        proven=f"{name} may call the function",
        refuted=f"{name} may not call the function if it is new: no permission has {INVOKE} for {who}"
        if half
        else f"{name} may not call the function: no permission lets {who}",
        fix=f"Add an AWS::Lambda::Permission for {who}, with {INVOKE}.",
        settle=f"aws lambda get-policy --function-name {function.subject.logical_id}",
        service=name_of(function),
        aspect=name,
    )
    if surely:
        said = f"{surely[0]} lets {who}"
        return RULE.advice(claim, said) if half else RULE.proven(claim, said)
    if missing := [*(f"whether {each} means {name}" for each in perhaps), *site.gaps, *site.serverless.gaps]:
        return RULE.unproven(claim, missing[0])
    here = [each.logical_id for each, _ in matches if each.template == function.subject.template]
    return RULE.refuted(claim, *(f"{each} is for somebody or something else" for each in here))


def _permissions(site: Site) -> Iterable[Permission]:
    return site.serverless.permissions.values()


def _may_invoke(site: Site, url: FunctionUrl) -> bool:
    """Whether everybody may call the function itself, as URLs need that are made since October 2025."""
    return any(
        lets(site, permission, url.callee, EVERYONE, Match.YES) is Match.YES
        for permission in _permissions(site)
    )


def _principal(caller: Caller) -> str:
    if isinstance(caller, FunctionUrl):
        return "everyone"
    return BALANCER if isinstance(caller, TargetGroup) else API


def _lets(site: Site, permission: Permission, function: Function, caller: Caller) -> Match:
    if isinstance(caller, FunctionUrl):
        return worst(
            (
                Match.YES if permission.principal == EVERYONE else Match.NO,
                matches_action(permission.action, BY_URL),
                is_same(site, permission.callee, caller.callee),
            )
        )
    if isinstance(caller, TargetGroup):
        callee, source = target_of(function, caller, site), from_group(permission.source, caller)
    else:
        callee = caller.callee or Callee(function=function.key)
        source = from_api(site, permission.source, caller)
    return lets(site, permission, callee, _principal(caller), source)


def target_of(function: Function, group: TargetGroup, site: Site) -> Callee:
    """The function, version or alias that a target group calls."""
    aliases = [target for target in group.targets if site.serverless.aliases.get(target) == function.key]
    return Callee(function=function.key, qualifier=aliases[0] if aliases else None)
