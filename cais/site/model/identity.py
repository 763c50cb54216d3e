"""Identities: roles, their trust and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.values import Key, Leaf, MaybeText

PrincipalKind = Literal["AWS", "Service", "Federated", "CanonicalUser"]


class Principal(Struct, frozen=True):
    """Who a statement is about: "*" of any kind is everyone."""

    kind: PrincipalKind | Leaf
    value: MaybeText


class Condition(Struct, frozen=True):
    """One condition of a statement, such as StringEquals on aws:SourceAccount; one value must match."""

    operator: str
    key: MaybeText
    values: tuple[MaybeText, ...]


class Statement(Struct, frozen=True, kw_only=True):
    """A statement. `except_actions` means that `actions` came as NotAction; likewise the others.

    In an identity's policy `principals` is empty, in a trust policy `resources` is.
    """

    effect: Literal["Allow", "Deny"] | Leaf
    actions: tuple[MaybeText, ...] = ()
    except_actions: bool = False
    resources: tuple[MaybeText, ...] = ()
    except_resources: bool = False
    principals: tuple[Principal, ...] = ()
    except_principals: bool = False
    conditions: tuple[Condition, ...] = ()


class PolicyDocument(Struct, frozen=True, kw_only=True):
    """A policy, with the resource that holds it."""

    subject: Subject
    statements: tuple[Statement, ...]


class ManagedPolicy(Struct, frozen=True, kw_only=True):
    """A customer managed policy."""

    key: Key
    subject: Subject
    document: PolicyDocument


class Role(Struct, frozen=True, kw_only=True):
    """An IAM role. `managed` are keys of customer managed policies or ARNs of AWS's.

    `attached` are the other resources that give it permissions: what must exist before it is used.
    """

    key: Key
    subject: Subject
    name: MaybeText | None
    trust: PolicyDocument
    inline: tuple[PolicyDocument, ...] = ()
    managed: tuple[Key, ...] = ()
    boundary: Key | None = None
    attached: tuple[Subject, ...] = ()


class InstanceProfile(Struct, frozen=True, kw_only=True):
    """What gives an EC2 instance its role."""

    key: Key
    subject: Subject
    roles: tuple[Key, ...] = ()


class OidcProvider(Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider of IAM; `url` without "https://"."""

    key: Key
    subject: Subject
    url: MaybeText
    audiences: tuple[MaybeText, ...] = ()


class WebIdentity(Struct, frozen=True, kw_only=True):
    """A token of an OpenID Connect provider: "sub", "aud" and further claims, of which parts may be open."""

    provider: str
    claims: Mapping[str, MaybeText]


class Identity(Struct, frozen=True, kw_only=True):
    """Everything above, by key. `strays` are policies whose roles are not known."""

    roles: Mapping[Key, Role] = field(default_factory=dict)
    managed_policies: Mapping[Key, ManagedPolicy] = field(default_factory=dict)
    instance_profiles: Mapping[Key, InstanceProfile] = field(default_factory=dict)
    oidc_providers: Mapping[Key, OidcProvider] = field(default_factory=dict)
    strays: tuple[Subject, ...] = ()
