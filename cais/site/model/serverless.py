"""Lambda functions and the APIs in front of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.registry import Image
    from cais.site.model.values import Key, Leaf, MaybeNumber, MaybeText


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A Lambda function. `timeout` in seconds, `memory` and `storage` in MiB.

    `image` is None for a function from a zip file. An empty `entry_point` or `command` is the image's.
    """

    key: Key
    subject: Subject
    name: MaybeText | None
    role: Key
    image: Image | None = None
    architecture: MaybeText = "x86_64"
    timeout: MaybeNumber = 3
    memory: MaybeNumber = 128
    storage: MaybeNumber = 512
    environment: Mapping[str, MaybeText] = field(default_factory=dict)
    open_environment: tuple[Leaf, ...] = ()
    entry_point: tuple[MaybeText, ...] = ()
    command: tuple[MaybeText, ...] = ()
    runtime: MaybeText | None = None
    handler: MaybeText | None = None
    layers: tuple[Key, ...] = ()
    subnets: tuple[Key, ...] = ()
    security_groups: tuple[Key, ...] = ()
    reserved_concurrency: MaybeNumber | None = None
    log_group: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer; CDK's kubectl layers tell their versions in the description."""

    key: Key
    subject: Subject
    description: MaybeText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUrl:
    """The address of a function; its events have payload format 2.0."""

    key: Key
    subject: Subject
    function: Key
    authentication: MaybeText


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who may invoke a function: `principal` is a service, an account or "*"."""

    key: Key
    subject: Subject
    function: Key
    principal: MaybeText
    action: MaybeText
    source: MaybeText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """What an API calls. `function` is None where it is none; `payload_format` "1.0" or "2.0"."""

    key: Key
    subject: Subject
    api: Key
    kind: MaybeText
    function: Key | None
    payload_format: MaybeText
    timeout_ms: MaybeNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """An API of API Gateway. `protocol` is "REST", "HTTP" or "WEBSOCKET"."""

    key: Key
    subject: Subject
    protocol: MaybeText


@dataclass(frozen=True, slots=True, kw_only=True)
class Serverless:
    """Everything above, by key. `aliases` maps versions and aliases to their function."""

    functions: Mapping[Key, Function] = field(default_factory=dict)
    aliases: Mapping[Key, Key] = field(default_factory=dict)
    layers: Mapping[Key, Layer] = field(default_factory=dict)
    urls: Mapping[Key, FunctionUrl] = field(default_factory=dict)
    permissions: Mapping[Key, Permission] = field(default_factory=dict)
    apis: Mapping[Key, Api] = field(default_factory=dict)
    integrations: Mapping[Key, Integration] = field(default_factory=dict)
