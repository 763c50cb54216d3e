"""LAM109: what sends requests to the function may call it.

What breaks: an API, a load balancer or a public URL calls a function only if the function's own policy lets
it. Without an `AWS::Lambda::Permission` an API answers 500, a URL 403, and a load balancer refuses the
function as a target: "elasticloadbalancing principal does not have permission to invoke …".

How it is proven: for each integration, target group and public URL there is a permission for its service, of
the same version or alias, from this source. An API that calls with a role of its own needs none. A public URL
that is made since October 2025 needs `lambda:InvokeFunction` beside `lambda:InvokeFunctionUrl`: where only
that is missing, it is advice. A target group registers its function as it is made, so it has to wait for the
permission. One that is made after the group comes too late; where neither waits for the other it is a race,
and advice. CDK lets the group wait.

Fix: add an `AWS::Lambda::Permission` for apigateway.amazonaws.com, elasticloadbalancing.amazonaws.com or,
for a public URL, for everyone.

Sample:

    Permission:
      Type: AWS::Lambda::Permission
      Properties:
        Principal: events.amazonaws.com

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html#apigateway-permissions,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html,
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html,
https://github.com/aws/aws-cdk/issues/4663,
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/230
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.functions import Caller, callers, name_of
from cais.rules.rule import Claim, Rule
from cais.rules.serverless.callers import INVOKE, from_api, from_group, is_same, lets
from cais.site.matching import Match, matches_action, worst
from cais.site.model.balancing import TargetGroup
from cais.site.model.serverless import Callee, FunctionUrl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cais.contract import Contract
    from cais.findings import Finding, Subject
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
        [permission for permission, match in matches if match is wanted]
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
        said = f"{surely[0].logical_id} lets {who} call it"
        if isinstance(caller, TargetGroup):
            return _in_time(claim, said, caller.subject, surely, site)
        return RULE.advice(claim, said) if half else RULE.proven(claim, said)
    open_ones = (f"whether {each.logical_id} means {name}" for each in perhaps)
    if missing := [*open_ones, *site.gaps, *site.serverless.gaps]:
        return RULE.unproven(claim, missing[0])
    here = [each.logical_id for each, _ in matches if each.template == function.subject.template]
    return RULE.refuted(claim, *(f"{each} is for somebody or something else" for each in here))


def _in_time(claim: Claim, said: str, group: Subject, permissions: list[Subject], site: Site) -> Finding:
    """A target group registers its function as it is made, and is refused what no permission lets it yet."""
    name, permission = group.logical_id, permissions[0]
    if any(site.depends(group, each) for each in permissions):
        return RULE.proven(claim, said)
    claim = replace(
        claim,
        refuted=f"{name} does not wait for {permission.logical_id}, and may not call the function until then",
        fix=f"Add DependsOn: {permission.logical_id} to {name}, and no SourceArn that refers to it.",
        settle=f"Deploy {permission.template} before {group.template}.",
    )
    if all(site.depends(each, group) for each in permissions):
        return RULE.refuted(claim, said, f"{permission.logical_id} is made after {name}")
    if permission.template == group.template:
        return RULE.advice(claim, said, "Both are made at the same time, so the race may be won")
    return RULE.unproven(claim, f"whether {permission.template} is deployed before {group.template}", said)


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
