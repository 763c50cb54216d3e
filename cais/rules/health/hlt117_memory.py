"""HLT117: the container has the memory that the image needs.

What breaks: the kernel kills a container that takes more memory than it has: exit code 137,
`OutOfMemoryError`, and the next task dies the same way.

How it is seen: the container's or the task's memory is below the contract's. That is advice: how much a
process takes under load, no template tells.

Fix: raise the task's memory to the contract's.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        Cpu: "256"
        Memory: "256"

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="HLT117", causes=("H25",))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares the memory of what a contract is for with the contract's."""
    for exposure in exposures(site, contract):
        limits = [each for each in (exposure.container.memory, exposure.task.memory) if isinstance(each, int)]
        if exposure.contract is None or not limits:
            continue
        has, needs = min(limits), exposure.contract.memory_mib
        claim = Claim(
            subject=exposure.task.subject,
            proven=f"The container has {has} MiB, the contract needs {needs} MiB",
            refuted=f"The container has {has} MiB, the contract needs {needs} MiB",
            fix=f"Give the task at least {needs} MiB.",
            service=exposure.name,
            aspect=exposure.aspect,
        )
        yield RULE.proven(claim) if has >= needs else RULE.advice(claim)
