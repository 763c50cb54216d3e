"""Reads one container definition of a task.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-taskdefinition-containerdefinition.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.text import is_leaf
from cais.verify.images import image_of
from cais.verify.reading_target_group import number
from cais.verify.workload import ContainerCheck, Limit, TargetCheck, Workload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.template.document import Assembly

Properties = dict[str, Any]
SHELL = ("/bin/sh", "-c")
NO_CHECK = TargetCheck(path="/")


def read_container(
    assembly: Assembly,
    container: Properties,
    *,
    task: Properties,
    port: int,
    check: TargetCheck | None,
    given: Mapping[str, str],
    before: tuple[Workload, ...] = (),
) -> Workload:
    """The container as it is run; one without a `check` of its own is none that a load balancer asks."""
    environment = {pair["Name"]: pair.get("Value") for pair in container.get("Environment", ())}
    known = {name: value for name, value in environment.items() if isinstance(value, str)}
    wanted = wanted_variables(container)
    linux = container.get("LinuxParameters", {})
    capabilities = linux.get("Capabilities", {})
    return Workload(
        name=container["Name"],
        image=image_of(assembly, container["Image"]),
        port=port,
        check=check or NO_CHECK,
        command=tuple(container.get("Command", ())),
        entry_point=tuple(container.get("EntryPoint", ())),
        environment={
            **known,
            **{name: value for name, value in given.items() if name in wanted or check},
        },
        health=_health(container.get("HealthCheck", {})),
        cpu=_whole(container.get("Cpu") or task.get("Cpu")),
        memory_mib=_whole(container.get("Memory") or task.get("Memory")),
        user=container.get("User"),
        read_only_root=container.get("ReadonlyRootFilesystem", False) in {True, "true"},
        writable_paths=tuple(mount["ContainerPath"] for mount in container.get("MountPoints", ())),
        tmpfs={each["ContainerPath"]: _mount(each) for each in linux.get("Tmpfs", ())},
        limits=_limits(container),
        capabilities_dropped=tuple(capabilities.get("Drop", ())),
        capabilities_added=tuple(capabilities.get("Add", ())),
        init_process=linux.get("InitProcessEnabled", False) in {True, "true"},
        stop_timeout=number(container.get("StopTimeout"), 30),
        before=before,
        architecture="arm64" if _architecture(task) == "ARM64" else "x86_64",
    )


def wanted_variables(container: Properties) -> set[str]:
    """The names of the variables and secrets that the container is to have."""
    pairs = (*container.get("Environment", ()), *container.get("Secrets", ()))
    return {pair["Name"] for pair in pairs}


def _whole(value: Any) -> int | None:
    return None if value is None or is_leaf(value) else int(value)


def _architecture(task: Properties) -> str:
    return task.get("RuntimePlatform", {}).get("CpuArchitecture", "X86_64")


def _health(check: Properties) -> ContainerCheck | None:
    kind, *words = check.get("Command", ["NONE"])
    command = {"CMD": tuple(words), "CMD-SHELL": (*SHELL, *words)}.get(kind)
    if command is None:
        return None
    return ContainerCheck(
        command=command,
        interval=number(check.get("Interval"), 30),
        timeout=number(check.get("Timeout"), 5),
        retries=int(number(check.get("Retries"), 3)),
        start_period=number(check.get("StartPeriod"), 0),
    )


def _mount(tmpfs: Properties) -> str:
    """The options of a mount in memory, its size in MiB among them."""
    size = [f"size={tmpfs['Size']}m"] if "Size" in tmpfs else []
    return ",".join([*size, *tmpfs.get("MountOptions", ())])


def _limits(container: Properties) -> tuple[Limit, ...]:
    return tuple(
        Limit(each["Name"], int(each["SoftLimit"]), int(each["HardLimit"]))
        for each in container.get("Ulimits", ())
    )
