"""Services as rules look at them: which container, port and target group belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cais.site.model.values import Pseudo, describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Subject
    from cais.site.model.balancing import Forwarding, TargetGroup
    from cais.site.model.ecs import Container, Service, TargetBinding, TaskDefinition
    from cais.site.model.registry import Image, Repository
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeNumber


class Run(Struct, frozen=True, kw_only=True):
    """A task definition and the service that runs it; None where something outside of the site does."""

    task: TaskDefinition
    service: Service | None

    @property
    def name(self) -> str:
        """What reports call it."""
        return label((self.service or self.task).subject)


class Exposure(Struct, frozen=True, kw_only=True):
    """A container of a service that a target group sends requests to.

    `contract` is set where it is this container's. `forwardings` are the ways that lead to the group.
    """

    service: Service
    task: TaskDefinition
    binding: TargetBinding
    container: Container
    group: TargetGroup
    forwardings: tuple[Forwarding, ...]
    contract: Contract | None

    @property
    def name(self) -> str:
        """What reports call the service."""
        return label(self.service.subject)

    @property
    def aspect(self) -> str:
        """Which of the service's target groups this is about."""
        return self.group.subject.logical_id


def label(subject: Subject) -> str:
    """What reports call a service or a task definition: the path of the construct, or template and id."""
    if subject.construct_path:
        return subject.construct_path.rpartition("/")[0]
    return f"{subject.template} {subject.logical_id}"


def runs(site: Site) -> Iterator[Run]:
    """Every task definition with each service that runs it, or alone."""
    served = set()
    for service in site.ecs.services.values():
        if task := found(site.ecs.task_definitions, service.task_definition):
            served.add(task.key)
            yield Run(task=task, service=service)
    for task in site.ecs.task_definitions.values():
        if task.key not in served:
            yield Run(task=task, service=None)


def exposures(site: Site, contract: Contract | None = None) -> tuple[Exposure, ...]:
    """Every container behind a target group of which all parts are in the site."""
    return tuple(
        Exposure(
            service=service,
            task=task,
            binding=binding,
            container=container,
            group=group,
            forwardings=site.balancing.forwardings.get(group.key, ()),
            contract=contract if contract and owns(contract, container, site) else None,
        )
        for service in site.ecs.services.values()
        for binding in service.targets
        if (task := found(site.ecs.task_definitions, service.task_definition))
        and (container := container_of(task, binding))
        and (group := found(site.balancing.target_groups, binding.target_group))
    )


def container_of(task: TaskDefinition, binding: TargetBinding) -> Container | None:
    """The container that a target group is bound to: of that name, else the only one that may have it."""
    if same := next((each for each in task.containers if each.name == binding.container_name), None):
        return same
    perhaps = [each for each in task.containers if is_leaf(each.name) or is_leaf(binding.container_name)]
    return perhaps[0] if len(perhaps) == 1 else None


def repository_of(image: Image, site: Site) -> Repository | None:
    """The repository of an image, where the site makes it; a literal may name it, too."""
    if found_by_key := found(site.registry.repositories, image.repository):
        return found_by_key
    ours = image.account == Pseudo("AWS::AccountId") and isinstance(image.repository, str)
    named = (each for each in site.registry.repositories.values() if each.name == image.repository)
    return next(named, None) if ours else None


def owns(contract: Contract, container: Container, site: Site) -> bool:
    """Whether the contract is this container's: by its name, or because no other gets requests."""
    if container.name == contract.name:
        return True
    names = {
        (task.key, binding.container_name)
        for service in site.ecs.services.values()
        for binding in service.targets
        if (task := found(site.ecs.task_definitions, service.task_definition))
    }
    return len(names) == 1 and container.name in {name for _, name in names}


def passed_over(contract: Contract, site: Site) -> tuple[str, ...]:
    """The names of the containers that get requests, where the contract is no container's at all."""
    containers = [each for task in site.ecs.task_definitions.values() for each in task.containers]
    if any(owns(contract, container, site) for container in containers):
        return ()
    return tuple(dict.fromkeys(describe(exposure.container.name) for exposure in exposures(site)))


def copies(service: Service, site: Site) -> MaybeNumber:
    """How many tasks a service has at least: what scales it decides, else its desired count."""
    for target in site.scaling.scalable_targets.values():
        if target.service == service.key:
            return target.minimum
    return 1 if service.desired is None else service.desired


def on_fargate(run: Run) -> bool:
    """Whether Fargate runs the tasks, as the service or, without one, the task definition says."""
    if run.service is None:
        return run.task.compatibilities == ("FARGATE",)
    return run.service.launch_type == "FARGATE"
