"""Roles and their policies."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cais.site.builders import values as v
from cais.site.builders.embedded import marked
from cais.site.model.identity import (
    Condition,
    Identity,
    InstanceProfile,
    ManagedPolicy,
    OidcProvider,
    PolicyDocument,
    Principal,
    Role,
    Statement,
)
from cais.template.text import is_leaf
from cais.template.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.findings import Subject
    from cais.site.marks import Marks
    from cais.site.model.values import Key
    from cais.template import Assembly, Resource, Value

INLINE = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy")
MANAGED = "AWS::IAM::ManagedPolicy"
PROVIDERS = ("AWS::IAM::OIDCProvider", "Custom::AWSCDKOpenIdConnectProvider")


def build_identity(assembly: Assembly) -> Identity:
    """Every role with all that gives it permissions, wherever that was declared."""
    written = _written(assembly)
    roles = {
        role.key: role for role in (_role(each, written) for each in assembly.resources("AWS::IAM::Role"))
    }
    managed = {policy.key: policy for policy in map(_managed, assembly.resources(MANAGED))}
    strays: list[Subject] = []
    gained: defaultdict[Key, list[Resource]] = defaultdict(list)
    for resource in assembly.resources(*INLINE, MANAGED):
        for holder in _holders(resource):
            gained[holder].append(resource)
            if holder not in roles:
                strays.append(v.subject(resource))
    return Identity(
        roles={name: _with(role, gained[name]) for name, role in roles.items()},
        managed_policies=managed,
        instance_profiles={
            profile.key: profile for profile in map(_profile, assembly.resources("AWS::IAM::InstanceProfile"))
        },
        oidc_providers={
            provider.key: provider for provider in map(_provider, assembly.resources(*PROVIDERS))
        },
        strays=tuple(strays),
    )


def document(value: Value, holder: Subject, written: Mapping[Key, Value] | None = None) -> PolicyDocument:
    """A policy document, which may be JSON in a string; one that is open has one statement, open as well.

    `written` are mappings that CDK writes as such strings, by their keys.
    """
    tree, marks = (
        marked(value, what="a policy") if isinstance(value, str) or is_leaf(value) else (value, None)
    )
    statements = v.items(v.mapping(marks.restored(tree) if marks else tree).get("Statement"))
    return PolicyDocument(
        subject=holder, statements=tuple(_statement(each, marks, written or {}) for each in statements)
    )


def _written(assembly: Assembly) -> dict[Key, Value]:
    """Mappings whose names only the deployment knows: CDK has a resource that makes them out of JSON."""
    made = assembly.resources("Custom::AWSCDKCfnJson")
    return {v.own_key(each): each.properties.get("Value") for each in made}


def _role(resource: Resource, written: Mapping[Key, Value]) -> Role:
    given, holder = resource.properties, v.subject(resource)
    inline = [v.mapping(policy).get("PolicyDocument", policy) for policy in v.items(given.get("Policies"))]
    return Role(
        key=v.own_key(resource),
        subject=holder,
        name=v.optional_text(given.get("RoleName")),
        trust=document(given.get("AssumeRolePolicyDocument"), holder, written),
        inline=tuple(document(policy, holder) for policy in inline),
        managed=v.keys(given.get("ManagedPolicyArns")),
        boundary=v.optional_key(given.get("PermissionsBoundary")),
    )


def _managed(resource: Resource) -> ManagedPolicy:
    holder = v.subject(resource)
    body = document(resource.properties.get("PolicyDocument"), holder)
    return ManagedPolicy(key=v.own_key(resource), subject=holder, document=body)


def _profile(resource: Resource) -> InstanceProfile:
    roles = v.keys(resource.properties.get("Roles"))
    return InstanceProfile(key=v.own_key(resource), subject=v.subject(resource), roles=roles)


def _provider(resource: Resource) -> OidcProvider:
    given = resource.properties
    url = v.text(given.get("Url"), "")
    return OidcProvider(
        key=v.own_key(resource),
        subject=v.subject(resource),
        url=url.removeprefix("https://") if isinstance(url, str) else url,
        audiences=v.texts(given.get("ClientIdList", given.get("ClientIDList"))),
    )


def _holders(resource: Resource) -> Iterator[Key]:
    """The roles that a policy is attached to."""
    yield from v.keys(resource.properties.get("Roles"))
    if resource.type == "AWS::IAM::RolePolicy":
        yield v.key(resource.properties.get("RoleName"))


def _with(role: Role, policies: list[Resource]) -> Role:
    """The role with what other resources attach to it."""
    inline = [policy for policy in policies if policy.type != MANAGED]
    return replace(
        role,
        inline=(
            *role.inline,
            *(document(each.properties.get("PolicyDocument"), v.subject(each)) for each in inline),
        ),
        managed=(*role.managed, *(v.own_key(each) for each in policies if each.type == MANAGED)),
        attached=tuple(map(v.subject, policies)),
    )


def _statement(value: Value, marks: Marks | None, written: Mapping[Key, Value]) -> Statement:
    if not isinstance(value, dict):
        return Statement(effect=value if is_leaf(value) else Unknown("a statement that is no mapping"))
    given = v.mapping(value)
    effect: Any = given.get("Effect")
    return Statement(
        effect=effect
        if is_leaf(effect) or effect in ("Allow", "Deny")
        else Unknown(f"the effect {effect!r}"),
        actions=v.texts(given.get("Action", given.get("NotAction"))),
        except_actions="NotAction" in given,
        resources=v.texts(given.get("Resource", given.get("NotResource"))),
        except_resources="NotResource" in given,
        principals=tuple(_principals(given.get("Principal", given.get("NotPrincipal")))),
        except_principals="NotPrincipal" in given,
        conditions=tuple(_conditions(given.get("Condition"), marks, written)),
    )


def _principals(value: Value) -> Iterator[Principal]:
    if value == "*":
        yield Principal("AWS", "*")
    elif is_leaf(value) or isinstance(value, str):
        kind = value if is_leaf(value) else Unknown(f"who {value} is")
        yield Principal(kind, kind)
    for kind, names in v.mapping(value).items():
        good: Any = kind if kind in ("AWS", "Service", "Federated", "CanonicalUser") else Unknown(kind)
        yield from (Principal(good, v.text(name, "")) for name in v.items(names))


def _conditions(value: Value, marks: Marks | None, written: Mapping[Key, Value]) -> Iterator[Condition]:
    if is_leaf(value):
        yield Condition("open", value, ())
    for operator, given in v.mapping(value).items():
        tests, names = given, marks
        if is_leaf(given) and (key := v.key(given)) in written:
            tests, names = marked(written[key])
            tests = tests if is_leaf(tests) else names.restored(tests)
        if is_leaf(tests):
            yield Condition(operator, tests, ())
        for name, wanted in v.mapping(tests).items():
            yield Condition(operator, names.restored(name) if names else name, v.texts(wanted))
