"""What an image shows without being run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cais.verify.docker import docker
from cais.verify.image_files import holds_program, private_files
from cais.verify.report import VerifyFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.verify.ecs_service import EcsService

DOCKER_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
SHELL = "/bin/sh"
MEBI = 2**20
DISK_MIB = 20 * 1024
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html"""
SECRET_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY", re.IGNORECASE)
SECRET_VALUE = re.compile(
    r"\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_\w{36}|://[^/\s:@]+:[^/\s@]+@"
)
VARIABLE = re.compile(r"(/bin/sh -c #\(nop\)\s+)?ENV ")  # in a history
POINTER = ("_FILE", "_ARN", "_NAME", "_PATH", "_ID")  # names of variables that say where a secret is


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChecks:
    """What was found, and the size of all layers in MiB."""

    findings: tuple[VerifyFinding, ...]
    size_mib: float


def check_image(image: str, service: EcsService, *, contract: Contract | None) -> ImageChecks:
    """The image against the task that is to run it, and against the contract."""
    facts: dict[str, Any] = json.loads(docker("image", "inspect", image))[0]
    config: dict[str, Any] = facts["Config"]
    size = facts["Size"] / MEBI
    return ImageChecks(
        findings=(
            *_architecture(facts, service),
            *_user(config, service),
            *_port(config, service, contract),
            *_health_program(image, config, service),
            *_size(size),
            *_secrets(image, config),
        ),
        size_mib=size,
    )


def _architecture(facts: dict[str, Any], service: EcsService) -> Iterator[VerifyFinding]:
    built = DOCKER_ARCHITECTURES.get(facts["Architecture"], facts["Architecture"])
    asked = service.workload.architecture
    if built != asked:
        yield VerifyFinding(
            cause="P19",
            resource=service.task,
            message=f"the image is built for {built}, the task runs on {asked}",
            fix="Build the image for the task's CpuArchitecture.",
        )


def _user(config: dict[str, Any], service: EcsService) -> Iterator[VerifyFinding]:
    user = service.workload.user or config.get("User", "")
    if user.partition(":")[0] in {"", "0", "root"}:
        yield VerifyFinding(
            cause="",
            resource=service.task,
            message="it runs as root",
            fix="Add USER with a number above 0 to the Dockerfile.",
            severity="advice",
        )


def _port(config: dict[str, Any], service: EcsService, contract: Contract | None) -> Iterator[VerifyFinding]:
    """EXPOSE is a word of the image's author: it is no proof, so this is advice."""
    exposed = {int(port.partition("/")[0]) for port in config.get("ExposedPorts") or {}}
    wanted = {"ContainerPort": service.workload.port, **({"the contract": contract.port} if contract else {})}
    for who, port in wanted.items():
        if exposed and port not in exposed:
            yield VerifyFinding(
                cause="H7",
                resource=service.task,
                message=f"{who} says port {port}, the image exposes {', '.join(map(str, sorted(exposed)))}",
                fix="Say one port in EXPOSE, ContainerPort and the contract.",
                severity="advice",
            )


def _health_program(image: str, config: dict[str, Any], service: EcsService) -> Iterator[VerifyFinding]:
    check = service.workload.health
    if check is None:
        return
    for program in programs(check.command):
        if not holds_program(image, program, environment=config.get("Env") or ()):
            yield VerifyFinding(
                cause="H15",
                resource=service.task,
                message=f"the container health check calls {program}, which is not in the image",
                fix="Call a program that the image has, or install this one.",
            )


def programs(command: tuple[str, ...]) -> list[str]:
    """The programs that a health check starts, as far as a shell's line can be read."""
    if command[0] != SHELL:
        return [command[0]]
    parts = re.split(r"\|\||&&|[|;]", " ".join(command[2:]))
    words = [part.split()[0] for part in parts if part.split()]
    return [SHELL, *(word for word in words if re.fullmatch(r"[\w./-]+", word) and word not in BUILT_IN)]


BUILT_IN = {
    "exit",
    "test",
    "true",
    "false",
    "cd",
    "echo",
    "exec",
    "set",
    "kill",
    "if",
    "then",
    "fi",
    "return",
}


def _size(size: float) -> Iterator[VerifyFinding]:
    if size > DISK_MIB:
        yield VerifyFinding(
            cause="P28",
            resource="image",
            message=f"the image has {size:.0f} MiB, a task's disk {DISK_MIB}",
            fix="Make the image smaller, or raise EphemeralStorage.",
        )


def _secrets(image: str, config: dict[str, Any]) -> Iterator[VerifyFinding]:
    """Whoever may pull the image may read these. What is found is named, never shown."""
    found = [f"the variable {name}" for name in _secret_variables(config.get("Env") or ())]
    history = docker("history", "--no-trunc", "--format={{.CreatedBy}}", image).splitlines()
    commands = [line for line in history if not VARIABLE.match(line)]
    found += ["the command of a layer"] if any(SECRET_VALUE.search(line) for line in commands) else []
    found += [f"the file {path}" for path in private_files(image)]
    for what in found:
        yield VerifyFinding(
            cause="",
            resource="image",
            message=f"{what} looks like a secret, and everyone who may pull the image can read it",
            fix="Take it out of the build, renew it, and let the platform inject it (Secrets).",
            severity="advice",
        )


def _secret_variables(environment: list[str] | tuple[()]) -> Iterator[str]:
    for pair in environment:
        name, _, value = pair.partition("=")
        named = SECRET_NAME.search(name) and not name.upper().endswith(POINTER)
        if value and (named or SECRET_VALUE.search(value)):
            yield name
