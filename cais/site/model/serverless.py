"""Lambda functions and the APIs in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.registry import Image
    from cais.site.model.values import Key, Leaf, MaybeFlag, MaybeNumber, MaybeText


class Callee(Struct, frozen=True, kw_only=True):
    """What is called: a function, by its key or the name of one that is not of the site.

    `qualifier` is the version or alias: its key, or what follows the function's name; None is the function's
    newest code. A permission of one qualifier is none of another.
    """

    function: Key
    qualifier: Key | None = None


class Function(Struct, frozen=True, kw_only=True):
    """A Lambda function. `timeout` in seconds, `memory` and `storage` in MiB.

    `image` is None for a function from a zip file, of which `code` is the text where the template holds it.
    An empty `entry_point` or `command` is the image's. `mounts` are the paths of file systems, `snap_start`
    is what SnapStart applies to. `log_group` None is Lambda's own, /aws/lambda/NAME.
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
    code: MaybeText | None = None
    mounts: tuple[MaybeText, ...] = ()
    snap_start: MaybeText = "None"


class Layer(Struct, frozen=True, kw_only=True):
    """A layer; CDK's kubectl layers tell their versions in the description."""

    key: Key
    subject: Subject
    description: MaybeText | None = None


class FunctionUrl(Struct, frozen=True, kw_only=True):
    """The address of a function; its events have payload format 2.0."""

    key: Key
    subject: Subject
    callee: Callee
    authentication: MaybeText


class Permission(Struct, frozen=True, kw_only=True):
    """Who may invoke a function: `principal` is a service, an account or "*".

    `account` owns what calls. `url_authentication` and `by_url` are conditions on the function's URL.
    """

    key: Key
    subject: Subject
    callee: Callee
    principal: MaybeText
    action: MaybeText
    source: MaybeText | None = None
    account: MaybeText | None = None
    url_authentication: MaybeText | None = None
    by_url: MaybeFlag = False


class Integration(Struct, frozen=True, kw_only=True):
    """What an API calls, in AWS's words. `callee` is None where it is no function.

    `payload_format` is "1.0" or "2.0", `method` the HTTP method of the call to AWS, and `role` what the API
    calls as; without one the function's permissions decide. `routes` are the route keys, or the methods of a
    REST API, which lead here.
    """

    key: Key
    subject: Subject
    api: Key
    kind: MaybeText
    callee: Callee | None
    payload_format: MaybeText | None
    method: MaybeText | None = None
    role: Key | None = None
    routes: tuple[MaybeText, ...] = ()
    timeout_ms: MaybeNumber | None = None


class Stage(Struct, frozen=True, kw_only=True):
    """A stage, at which an API answers, with what makes it. `has_deployment` is whether it shows any."""

    subject: Subject
    api: Key
    name: MaybeText
    has_deployment: MaybeFlag


class Api(Struct, frozen=True, kw_only=True):
    """An API of API Gateway. `protocol` is "REST", "HTTP" or "WEBSOCKET".

    `is_described` is whether a document outside of its properties defines routes, `deployments` are what
    takes its routes to stages.
    """

    key: Key
    subject: Subject
    protocol: MaybeText
    is_described: bool = False
    stages: tuple[Stage, ...] = ()
    deployments: tuple[Subject, ...] = ()


class CustomResource(Struct, frozen=True, kw_only=True):
    """A resource that a function makes: CloudFormation waits for its answer for an hour."""

    subject: Subject
    callee: Callee


class Serverless(Struct, frozen=True, kw_only=True):
    """Everything above, by key. `aliases` maps versions and aliases to their function.

    `strays` are stages and routes of which nobody knows the API or the integration, `gaps` what SAM makes.
    """

    functions: Mapping[Key, Function] = field(default_factory=dict)
    aliases: Mapping[Key, Key] = field(default_factory=dict)
    layers: Mapping[Key, Layer] = field(default_factory=dict)
    urls: Mapping[Key, FunctionUrl] = field(default_factory=dict)
    permissions: Mapping[Key, Permission] = field(default_factory=dict)
    apis: Mapping[Key, Api] = field(default_factory=dict)
    integrations: Mapping[Key, Integration] = field(default_factory=dict)
    custom_resources: tuple[CustomResource, ...] = ()
    strays: tuple[Subject, ...] = ()
    gaps: tuple[str, ...] = ()
