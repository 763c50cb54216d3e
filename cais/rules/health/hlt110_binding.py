"""HLT110: the container and the port behind the load balancer exist.

What breaks: a container was renamed, or its port changed, in the task definition alone. ECS refuses the
service ("The container … does not exist in the task definition", "Load balancer container name or port
changed in task definition").

How it is proven: the task definition has a container of that name, and maps that port.

Fix: use one name and one port in `LoadBalancers` and in `ContainerDefinitions`.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties:
        LoadBalancers:
          - {ContainerName: web, ContainerPort: 9000, TargetGroupArn: !Ref Targets}

Sources:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import container_of, runs
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import TargetBinding
    from cais.site.model.site import Site

RULE = Rule(id="HLT110", causes=("H29",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks up what every service binds."""
    for run in runs(site):
        for binding in run.service.targets if run.service else ():
            yield _judge(run, binding)


def _judge(run: Run, binding: TargetBinding) -> Finding:
    name, port = binding.container_name, binding.container_port
    container = container_of(run.task, binding)
    has = ", ".join(shown(each.name) for each in run.task.containers)
    claim = Claim(
        subject=(run.service or run.task).subject,
        proven=f"{run.task.subject.logical_id} has container {shown(name)} with port {shown(port)}",
        refuted=f"{run.task.subject.logical_id} has no container {shown(name)} with port {shown(port)}",
        fix="Use one container name and one port in LoadBalancers and in ContainerDefinitions.",
        settle="Give the parameters that decide it: --parameter KEY=VALUE.",
        service=run.name,
        aspect=f"{describe(name)}:{describe(port)}",
    )
    open_names = [each.name for each in run.task.containers if is_leaf(each.name)]
    doubtful = [describe(each) for each in (name, *open_names) if is_leaf(each)]
    if container is None:
        if doubtful:
            return RULE.unproven(claim, doubtful[0])
        return RULE.refuted(claim, f"{run.task.subject.logical_id} has the containers {has or 'none'}")
    mapped = [mapping.container_port for mapping in container.ports]
    maps = f"{shown(name)} maps {', '.join(map(shown, mapped)) or 'no port'}"
    if port in mapped:
        same = container.name == name
        return RULE.proven(claim, maps) if same else RULE.unproven(claim, doubtful[0], maps)
    if unknown := next((each for each in (port, *mapped) if is_leaf(each)), None):
        return RULE.unproven(claim, describe(unknown), maps)
    return RULE.refuted(claim, maps)
