"""IMG111: the image is built for the processor that runs it.

What breaks: an arm64 image, built on an Apple laptop, on an x86 task: the container ends at once with "exec
format error", and so does the next one.

How it is proven: the platform that CDK builds the image for, that of Docker Hub's `arm64v8/` and `amd64/`, or
the contract's architecture, is the task's.
Of an image that somebody else builds only its registry knows. On EC2 the instances decide, and the rule
says nothing.

Fix: name the platform of the asset, and the same `CpuArchitecture` in the task definition.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        RuntimePlatform: {CpuArchitecture: ARM64, OperatingSystemFamily: LINUX}

Sources: https://github.com/aws-samples/amazon-bedrock-serverless-prompt-chaining/issues/213,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import on_fargate, owns, runs
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container
    from cais.site.model.site import Site

RULE = Rule(id="IMG111", causes=("P19",))
NAMESPACES = {"amd64": "X86_64", "arm32v7": "ARM32", "arm64v8": "ARM64", "i386": "I386"}
"""Of Docker Hub, each for one kind of processor.

https://github.com/docker-library/official-images#architectures-other-than-amd64
"""
ARCHITECTURES = {"x86_64": "X86_64", "arm64": "ARM64", "linux/amd64": "X86_64", "linux/arm64": "ARM64"}


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares every image of a Fargate task with the task's processor."""
    for run in runs(site):
        for container in run.task.containers if on_fargate(run) else ():
            yield _judge(
                run, container, contract if contract and _is_of(contract, container, run, site) else None
            )


def _is_of(contract: Contract, container: Container, run: Run, site: Site) -> bool:
    """Whether the contract's image is what a container runs, under whatever name."""
    images = [each.image.text for each in run.task.containers if owns(contract, each, site)]
    return container.image.text in images


def _judge(run: Run, container: Container, contract: Contract | None) -> Finding:
    wanted = run.task.architecture
    built, source = _built(container, contract)
    claim = Claim(
        subject=run.task.subject,
        proven=f"The image of {shown(container.name)} is built for {shown(wanted)}, as the task runs",
        refuted=f"The image of {shown(container.name)} is built for {built}, not for {shown(wanted)}",
        fix="Name one architecture for the image and for RuntimePlatform.CpuArchitecture.",
        settle=f"docker manifest inspect {describe(container.image.text)}",
        service=run.name,
        aspect=describe(container.name),
    )
    runs_on = f"{run.task.subject.logical_id} runs on {shown(wanted)}"
    if is_leaf(wanted) or built is None:
        return RULE.unproven(claim, describe(wanted) if is_leaf(wanted) else source, runs_on)
    return RULE.proven(claim, source, runs_on) if built == wanted else RULE.refuted(claim, source, runs_on)


def _built(container: Container, contract: Contract | None) -> tuple[str | None, str]:
    """What the image is built for, and how we know; or None, and what is missing."""
    asset = container.image.asset
    if asset and asset.platform:
        return ARCHITECTURES.get(asset.platform, asset.platform), f"CDK builds it for {asset.platform}"
    text = container.image.text
    if container.image.host == "docker.io" and (only := NAMESPACES.get(str(text).partition("/")[0])):
        return only, f"{describe(text)} is for {only} alone"
    if contract:
        return ARCHITECTURES[contract.architecture], f"The contract's architecture is {contract.architecture}"
    return (
        None,
        "the asset's platform, else the machine that deploys decides" if asset else "what it is built for",
    )
