"""DAT113: what must last is kept outside of the task.

What breaks: a task's own file system ends with the task, and every copy has another one: with two copies
behind a load balancer every second answer lacks what the other one knows, and a deployment loses
everything.

How it is seen: for an image that keeps state, as the contract says, a variable names a database in a local
file, and no volume is mounted there. That is advice: everything comes up.

Fix: name a store outside of the task, such as postgresql:// or dynamodb://, or mount a file system of EFS.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            PortMappings: [{ContainerPort: 8000}]
            Environment: [{Name: DATABASE_URL, Value: "sqlite:////data/web.db"}]

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="DAT113", causes=("A4",))
LOCAL = "sqlite:///"


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks at the variables of every container of a contract that keeps state."""
    for exposure in exposures(site, contract):
        if exposure.contract and exposure.contract.keeps_state:
            yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    local = [
        variable
        for variable, value in exposure.container.environment.items()
        if isinstance(value, str) and value.startswith(LOCAL) and not _is_mounted(value, exposure)
    ]
    claim = Claim(
        subject=exposure.task.subject,
        proven="No variable tells the container to keep state in itself",
        refuted=f"{', '.join(local)} tells the container to keep state in itself",
        fix="Name a store outside of the task, such as postgresql:// or dynamodb://.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    return RULE.advice(claim) if local else RULE.proven(claim)


def _is_mounted(value: str, exposure: Exposure) -> bool:
    """Whether a path is within a volume that outlives the task."""
    lasting = {volume.name for volume in exposure.task.volumes if volume.kind != "empty"}
    mounts = [path for path, volume in exposure.container.mounts.items() if volume in lasting]
    path = "/" + value.removeprefix(LOCAL).lstrip("/")
    return any(path.startswith(f"{mount.rstrip('/')}/") for mount in mounts)
