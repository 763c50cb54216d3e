"""What a permission of a function lets call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.arns import ACCOUNT, arn, own_name
from cais.site.matching import ANY, Match, equals, matches_action, matches_resource, worst
from cais.site.model.values import Attribute, Pseudo, Text, Unknown, is_leaf

if TYPE_CHECKING:
    from cais.site.model.balancing import TargetGroup
    from cais.site.model.serverless import Callee, Integration, Permission
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

INVOKE = "lambda:InvokeFunction"
CALL = Pseudo("call")
"""The stage, method and path of some call."""


def lets(site: Site, permission: Permission, callee: Callee, principal: str, source: Match) -> Match:
    """Whether a permission lets a service of this account call; `source` is whether it means what calls."""
    return worst(
        (
            _is(permission.principal, principal),
            matches_action(permission.action, INVOKE),
            is_same(site, permission.callee, callee),
            Match.YES if permission.account is None else equals(permission.account, ACCOUNT),
            source,
        )
    )


def is_same(site: Site, one: Callee, other: Callee) -> Match:
    """Whether two are the same: the same version or alias of a function, too."""
    if one.function != other.function:
        known = {one.function, other.function} <= set(site.serverless.functions)
        return Match.NO if known else Match.PERHAPS
    return Match.YES if one.qualifier == other.qualifier else Match.PERHAPS


def from_api(site: Site, source: MaybeText | None, integration: Integration) -> Match:
    """Whether the source of a permission means the routes that lead to an integration."""
    if source is None:
        return Match.YES
    parts = source.parts if isinstance(source, Text) else (source,)
    named = [
        Attribute(each.template, each.logical_id, "Ref") for each in parts if isinstance(each, Attribute)
    ]
    if integration.api in named:
        return _of_routes(parts[-1], integration, site)
    if any(each in site.serverless.apis for each in named):
        return Match.PERHAPS if isinstance(integration.api, Unknown) else Match.NO
    return matches_resource(source, arn("execute-api", integration.api, "/", CALL))


def _of_routes(tail: MaybeText, integration: Integration, site: Site) -> Match:
    """Whether "/STAGE/METHOD/PATH" behind the API's id fits to a stage, and to the method of a route."""
    if tail in {"*", "/*"}:
        return Match.YES
    segments = tail.split("/") if isinstance(tail, str) else []
    stage, method = ([*segments[1:], "*", "*"])[:2]
    api = site.serverless.apis.get(integration.api)
    stages = {"*", *(each.name for each in api.stages)} if api else {"*"}
    methods = {"*", *(str(route).partition(" ")[0] for route in integration.routes)}
    return Match.YES if stage in stages and method in methods else Match.PERHAPS


def from_group(source: MaybeText | None, group: TargetGroup) -> Match:
    """Whether the source of a permission means a target group."""
    if source is None:
        return Match.YES
    if isinstance(source, Attribute):
        own = Attribute(source.template, source.logical_id, "Ref") == group.key
        return Match.YES if own else Match.PERHAPS
    own_arn = arn("elasticloadbalancing", "targetgroup/", own_name(group.name), "/", ANY)
    return matches_resource(source, own_arn)


def _is(given: MaybeText, principal: str) -> Match:
    if isinstance(given, Text) and given.parts[1:] == (Pseudo("AWS::URLSuffix"),):
        given = f"{given.parts[0]}amazonaws.com"
    if is_leaf(given):
        return Match.PERHAPS
    return Match.YES if given in {principal, "*"} else Match.NO
