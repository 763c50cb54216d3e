"""DEP114: Fargate has tasks of this size.

What breaks: Fargate sells CPU with memory in steps, and AWS refuses a task definition of any other size: "No
Fargate configuration exists for given values", or "Invalid 'cpu' setting for task".

How it is proven: `Cpu` and `Memory` of each task definition that requires FARGATE against AWS's table; tasks
of Windows have 1, 2 or 4 vCPUs. More than 16 vCPUs are left open, as AWS adds sizes at that end.

Fix: a size of the table, such as 256 with 512, 1024 or 2048 MiB.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties: {Cpu: "256", Memory: "4096"}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeNumber

RULE = Rule(id="DEP114", causes=("H34",), speed="fast")
GIB = 1024
SIZES: Mapping[int, Sequence[int]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: range(1 * GIB, 4 * GIB + 1, GIB),
    1024: range(2 * GIB, 8 * GIB + 1, GIB),
    2048: range(4 * GIB, 16 * GIB + 1, GIB),
    4096: range(8 * GIB, 30 * GIB + 1, GIB),
    8192: range(16 * GIB, 60 * GIB + 1, 4 * GIB),
    16384: range(32 * GIB, 120 * GIB + 1, 8 * GIB),
}
"""MiB of memory by the units of CPU that they go with."""
OF_WINDOWS = (1024, 2048, 4096)


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every task definition that requires Fargate."""
    for run in runs(site):
        if "FARGATE" in run.task.compatibilities:
            yield _judge(run)


def _judge(run: Run) -> Finding:
    task = run.task
    cpu, memory = task.cpu, task.memory
    windows = str(task.operating_system).startswith("WINDOWS")
    sizes = {units: SIZES[units] for units in (OF_WINDOWS if windows else SIZES)}
    size = f"Cpu {_told(cpu)} with Memory {_told(memory)}{' on Windows' if windows else ''}"
    fitting = sizes.get(cpu, ()) if isinstance(cpu, int) else ()
    claim = Claim(
        subject=task.subject,
        proven=f"Fargate has tasks of {size}",
        refuted=f"Fargate has no task of {size}",
        fix=f"With this Cpu, Memory is {_listed(fitting)}."
        if fitting
        else f"Set Cpu to one of {', '.join(map(str, sizes))}, and Memory to what goes with it.",
        settle="Give the parameters that set them: --parameter KEY=VALUE.",
        service=run.name,
    )
    if missing := [describe(each) for each in (cpu, memory, task.operating_system) if is_leaf(each)]:
        return RULE.unproven(claim, missing[0])
    if isinstance(cpu, int) and cpu > max(SIZES):
        return RULE.unproven(claim, f"whether Fargate has {cpu} units of CPU by now")
    return RULE.proven(claim) if memory in fitting else RULE.refuted(claim)


def _told(value: MaybeNumber | None) -> str:
    return "not given" if value is None else shown(value)


def _listed(sizes: Sequence[int]) -> str:
    if isinstance(sizes, range):
        return f"{sizes[0]} to {sizes[-1]} MiB, in steps of {sizes.step}"
    return f"{', '.join(map(str, sizes))} MiB"
