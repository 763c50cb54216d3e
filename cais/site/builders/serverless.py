"""Lambda functions, who may call them, and what does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.builders.apis import build_apis, build_integrations, stray_parts
from cais.site.builders.callees import Callees
from cais.site.builders.registry import read_image
from cais.site.model.serverless import CustomResource, Function, FunctionUrl, Layer, Permission, Serverless
from cais.template.shape import MADE_BY_SAM
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.site.model.values import MaybeText
    from cais.template import Assembly, ImageAsset, Resource, Value

CUSTOM = "AWS::CloudFormation::CustomResource"


def build_serverless(assembly: Assembly) -> Serverless:
    """Everything of Lambda, and of API Gateway as far as it leads to a function."""
    functions = {
        function.key: function
        for function in (
            _function(resource, assembly.image_assets)
            for resource in assembly.resources("AWS::Lambda::Function")
        )
    }
    aliases = {
        v.own_key(each): v.key(each.properties.get("FunctionName"))
        for each in assembly.resources("AWS::Lambda::Alias", "AWS::Lambda::Version")
    }
    callees = Callees(functions, aliases)
    urls = (_url(each, callees) for each in assembly.resources("AWS::Lambda::Url"))
    permissions = (_permission(each, callees) for each in assembly.resources("AWS::Lambda::Permission"))
    return Serverless(
        functions=functions,
        aliases=aliases,
        layers={each.key: each for each in map(_layer, assembly.resources("AWS::Lambda::LayerVersion"))},
        urls={url.key: url for url in urls},
        permissions={permission.key: permission for permission in permissions},
        apis=build_apis(assembly),
        integrations=build_integrations(assembly, callees),
        custom_resources=tuple(_custom_resources(assembly, callees)),
        strays=tuple(stray_parts(assembly)),
        gaps=tuple(f"{each.name}: {MADE_BY_SAM}" for each in assembly.templates if MADE_BY_SAM in each.gaps),
    )


def _function(resource: Resource, assets: Mapping[str, ImageAsset]) -> Function:
    given = resource.properties
    code, network = v.mapping(given.get("Code")), v.mapping(given.get("VpcConfig"))
    image, environment = v.mapping(given.get("ImageConfig")), _environment(given.get("Environment"))
    names = {name: v.text(value, "") for name, value in v.mapping(environment).items()}
    return Function(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("FunctionName")),
        role=v.key(given.get("Role")),
        image=read_image(code["ImageUri"], assets) if "ImageUri" in code else None,
        architecture=_architecture(given.get("Architectures")),
        timeout=v.number(given.get("Timeout"), 3),
        memory=v.number(given.get("MemorySize"), 128),
        storage=v.number(v.mapping(given.get("EphemeralStorage")).get("Size"), 512),
        environment=names,
        open_environment=(environment,) if is_leaf(environment) else (),
        entry_point=v.texts(image.get("EntryPoint")),
        command=v.texts(image.get("Command")),
        runtime=v.optional_text(given.get("Runtime")),
        handler=v.optional_text(given.get("Handler")),
        layers=v.keys(given.get("Layers")),
        subnets=v.keys(network.get("SubnetIds")),
        security_groups=v.keys(network.get("SecurityGroupIds")),
        reserved_concurrency=v.optional_number(given.get("ReservedConcurrentExecutions")),
        log_group=v.optional_key(v.mapping(given.get("LoggingConfig")).get("LogGroup")),
        code=v.optional_text(code.get("ZipFile")),
        mounts=tuple(
            v.text(v.mapping(each).get("LocalMountPath"), "")
            for each in v.items(given.get("FileSystemConfigs"))
        ),
        snap_start=v.text(v.mapping(given.get("SnapStart")).get("ApplyOn"), "None"),
    )


def _environment(value: Value) -> Value:
    return value if is_leaf(value) else v.mapping(value).get("Variables")


def _architecture(value: Value) -> MaybeText:
    names = v.items(value)
    return v.text(names[0], "") if names else "x86_64"


def _layer(resource: Resource) -> Layer:
    description = v.optional_text(resource.properties.get("Description"))
    return Layer(key=v.own_key(resource), subject=v.subject(resource), description=description)


def _url(resource: Resource, callees: Callees) -> FunctionUrl:
    given = resource.properties
    return FunctionUrl(
        key=v.own_key(resource),
        subject=v.subject(resource),
        callee=callees.qualified(given.get("TargetFunctionArn"), given.get("Qualifier")),
        authentication=v.text(given.get("AuthType"), ""),
    )


def _permission(resource: Resource, callees: Callees) -> Permission:
    given = resource.properties
    return Permission(
        key=v.own_key(resource),
        subject=v.subject(resource),
        callee=callees.of(given.get("FunctionName")),
        principal=v.text(given.get("Principal"), ""),
        action=v.text(given.get("Action"), ""),
        source=v.optional_text(given.get("SourceArn")),
        account=v.optional_text(given.get("SourceAccount")),
        url_authentication=v.optional_text(given.get("FunctionUrlAuthType")),
        by_url=v.flag(given.get("InvokedViaFunctionUrl"), default=False),
    )


def _custom_resources(assembly: Assembly, callees: Callees) -> Iterator[CustomResource]:
    for template in assembly.templates:
        for resource in template.resources.values():
            if resource.type == CUSTOM or resource.type.startswith("Custom::"):
                token: Value = resource.properties.get("ServiceToken")
                yield CustomResource(subject=v.subject(resource), callee=callees.of(token))


__all__ = ["build_serverless"]
