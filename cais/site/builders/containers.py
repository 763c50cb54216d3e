"""The containers of a task definition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.builders.registry import read_image
from cais.site.model.ecs import (
    Container,
    ContainerHealth,
    ContainerSecret,
    LogConfiguration,
    PortMapping,
)
from cais.template.text import is_leaf
from cais.template.values import Attribute, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.values import Key, MaybeText
    from cais.template import ImageAsset, Value

SECRET_ARN = re.compile(r"(?P<arn>arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(?P<key>[^:]*).*)?")
PARAMETER_TYPES = ("arn:aws:ssm:", "arn:aws-cn:ssm:", "arn:aws-us-gov:ssm:")


def read_container(given: Mapping[str, Value], assets: Mapping[str, ImageAsset]) -> Container:
    """One container definition."""
    return Container(
        name=v.text(given.get("Name"), ""),
        image=read_image(given.get("Image"), assets),
        essential=v.flag(given.get("Essential"), default=True),
        ports=tuple(_port(v.mapping(each)) for each in v.items(given.get("PortMappings"))),
        environment=v.pairs(given.get("Environment"), name="Name", content="Value"),
        open_environment=v.open_pairs(given.get("Environment"), name="Name"),
        environment_files=tuple(
            v.text(v.mapping(each).get("Value"), "") for each in v.items(given.get("EnvironmentFiles"))
        ),
        secrets=tuple(_secret(v.mapping(each)) for each in v.items(given.get("Secrets"))),
        entry_point=_words(given.get("EntryPoint")),
        command=_words(given.get("Command")),
        health=_health(given.get("HealthCheck")),
        log=_log(given.get("LogConfiguration")),
        depends_on=v.pairs(given.get("DependsOn"), name="ContainerName", content="Condition"),
        cpu=v.optional_number(given.get("Cpu")),
        memory=v.optional_number(given.get("Memory")),
        memory_reservation=v.optional_number(given.get("MemoryReservation")),
        stop_timeout=v.optional_number(given.get("StopTimeout")),
        user=v.optional_text(given.get("User")),
        read_only_root=v.flag(given.get("ReadonlyRootFilesystem"), default=False),
        mounts=v.pairs(given.get("MountPoints"), name="ContainerPath", content="SourceVolume"),
        tmpfs=tuple(_tmpfs(given.get("LinuxParameters"))),
        registry_credentials=v.optional_key(
            v.mapping(given.get("RepositoryCredentials")).get("CredentialsParameter")
        ),
        links=v.texts(given.get("Links")),
    )


def _port(given: Mapping[str, Value]) -> PortMapping:
    return PortMapping(
        v.number(given.get("ContainerPort"), 0),
        v.optional_number(given.get("HostPort")),
        v.text(given.get("Protocol"), "tcp"),
        v.optional_text(given.get("Name")),
    )


def _words(value: Value) -> tuple[MaybeText, ...] | None:
    return None if value is None else v.texts(value)


def _tmpfs(value: Value) -> list[MaybeText]:
    mounts = v.items(v.mapping(value).get("Tmpfs"))
    return [v.text(v.mapping(each).get("ContainerPath"), "") for each in mounts]


def _health(value: Value) -> ContainerHealth | None:
    if value is None:
        return None
    given = v.mapping(value)
    return ContainerHealth(
        command=(value,) if is_leaf(value) else v.texts(given.get("Command")),
        interval=v.number(given.get("Interval"), 30),
        timeout=v.number(given.get("Timeout"), 5),
        retries=v.number(given.get("Retries"), 3),
        start_period=v.number(given.get("StartPeriod"), 0),
    )


def _log(value: Value) -> LogConfiguration | None:
    if value is None:
        return None
    given = v.mapping(value)
    options = v.mapping(given.get("Options"))
    return LogConfiguration(
        driver=value if is_leaf(value) else v.text(given.get("LogDriver"), ""),
        options={name: v.text(option, "") for name, option in options.items()},
        log_group=v.optional_key(options.get("awslogs-group")),
    )


def _secret(given: Mapping[str, Value]) -> ContainerSecret:
    text = v.text(given.get("ValueFrom"), "")
    service, source, json_key = _source(text)
    return ContainerSecret(v.text(given.get("Name"), ""), text, service, source, json_key)


def _source(text: MaybeText) -> tuple[Any, Key, MaybeText | None]:
    """The service, the secret or parameter, and the key of a JSON secret that a ValueFrom names."""
    if isinstance(text, str):
        if match := SECRET_ARN.fullmatch(text):
            return "secretsmanager", match["arn"], match["key"] or None
        return "ssm", text, None
    if isinstance(text, Attribute):
        return Unknown(f"what kind of secret {text.logical_id} is"), v.key(text), None
    if isinstance(text, Text) and isinstance(text.parts[0], Attribute):
        rest = text.parts[1] if isinstance(text.parts[1], str) else ""
        # "SECRET:KEY:STAGE:VERSION": only a secret's ARN has anything behind it.
        return "secretsmanager", v.key(text.parts[0]), rest.split(":")[1] or None
    parameter = isinstance(text, Text) and any(
        ":ssm:" in part for part in text.parts if isinstance(part, str)
    )
    return ("ssm" if parameter else Unknown("which secret this is")), text, None
