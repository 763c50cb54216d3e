"""Reads from an assembly which function gets requests, how, and what runs before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cais.site.build import build_site
from cais.site.builders import values as v
from cais.site.model.values import describe, found
from cais.verify.errors import UnreadableError
from cais.verify.images import image_of
from cais.verify.workload import TargetCheck, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText
    from cais.template import Assembly
    from cais.verify.lambda_event import FrontEnd

PORT = 8080
EMULATOR = "/aws-lambda-rie"
TRIGGER = "Custom::Trigger"
MULTI_VALUE = "lambda.multi_value_headers.enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """A function as a run needs it. `timeout` in seconds; `resource` is its logical id.

    `front_end` is None for one that no request reaches. `unknown` names variables that only a deployment
    can give.
    """

    resource: str
    workload: Workload
    timeout: int
    front_end: FrontEnd | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The function that gets requests, and those that the deployment calls before."""

    function: LambdaFunction
    before: tuple[LambdaFunction, ...] = ()


def read_function(assembly: Assembly, *, given: Mapping[str, str], emulator: Path) -> Found:
    """The assembly's one function of an image that gets requests.

    `given` are variables that replace the template's; `emulator` is the runtime interface emulator.

    Raises:
        UnreadableError: there is no such function, or more than one.
    """
    site = build_site(assembly)
    served: dict[Key, FrontEnd] = {key: kind for key, kind in _front_ends(site) if _has_image(site, key)}
    if len(served) != 1:
        names = ", ".join(describe(key) for key in served) or "none"
        raise UnreadableError(f"one function of an image has to get requests; in these templates do: {names}")
    ((key, front_end),) = served.items()
    return Found(
        function=_read(site.serverless.functions[key], assembly, given, emulator, front_end),
        before=tuple(
            _read(each, assembly, given, emulator, None) for each in _triggered(site, assembly) if each.image
        ),
    )


def _has_image(site: Site, key: Key) -> bool:
    function = found(site.serverless.functions, key)
    return function is not None and function.image is not None


def _front_ends(site: Site) -> Iterator[tuple[Key, FrontEnd]]:
    """What calls a function with requests, and in which shape."""
    serverless = site.serverless
    for integration in serverless.integrations.values():
        if integration.callee:
            kind: FrontEnd = "format 2.0" if integration.payload_format == "2.0" else "format 1.0"
            yield integration.callee.function, kind
    for url in serverless.urls.values():
        yield url.callee.function, "format 2.0"
    for group in site.balancing.target_groups.values():
        multi = group.attributes.get(MULTI_VALUE) == "true"
        for target in group.targets if group.target_type == "lambda" else ():
            yield serverless.aliases.get(target, target), "ALB, multi-value headers" if multi else "ALB"


def _triggered(site: Site, assembly: Assembly) -> Iterator[Function]:
    """Functions that CDK's Trigger calls while the stack is deployed, such as a migration."""
    for resource in assembly.resources(TRIGGER):
        version = v.key(resource.properties.get("HandlerArn"))
        if function := found(site.serverless.functions, site.serverless.aliases.get(version, version)):
            yield function


def _read(
    function: Function,
    assembly: Assembly,
    given: Mapping[str, str],
    emulator: Path,
    front_end: FrontEnd | None,
) -> LambdaFunction:
    known = {name: value for name, value in function.environment.items() if isinstance(value, str)}
    environment = {**known, **given}
    timeout, memory = _whole(function.timeout, 3), _whole(function.memory, 128)
    platform = {
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.subject.logical_id,
    }
    return LambdaFunction(
        resource=function.subject.logical_id,
        workload=Workload(
            name=function.subject.logical_id,
            image=image_of(assembly, function.image.text if function.image else ""),
            port=PORT,
            check=TargetCheck(path="/"),
            entry_point=(EMULATOR,),
            command=(*_words(function.entry_point), *_words(function.command)),
            environment={**environment, **platform},
            memory_mib=memory,
            read_only_root=True,
            tmpfs={"/tmp": f"size={_whole(function.storage, 512)}m,mode=1777"},  # noqa: S108 - Lambda's own name for it
            files={EMULATOR: emulator},
            stop_timeout=2,
            architecture="arm64" if function.architecture == "arm64" else "x86_64",
        ),
        timeout=timeout,
        front_end=front_end,
        unknown=tuple(sorted(set(function.environment) - set(environment))),
    )


def _words(given: tuple[MaybeText, ...]) -> tuple[str, ...]:
    return tuple(describe(word) for word in given)


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) else default
