"""IMG101: the task reaches the registry of its image.

What breaks: a task in a private subnet without a way to ECR, to its layers in S3 or to the internet stays
in PENDING for minutes, then stops with "ResourceInitializationError … There is a connection issue between
the task and Amazon ECR" or "CannotPullContainerError … i/o timeout", and so does the next one.

How it is proven: from each subnet of the service, port 443 of `ecr.api`, `ecr.dkr` and S3, or of the
internet for other registries: routes, NAT and public addresses; else endpoints with private DNS names,
their security groups and policies; the task's own groups; network ACLs. An endpoint with a private DNS name
is used even where a NAT gateway would work.

Fix: a NAT gateway, or a public address in a public subnet, or the endpoints `ecr.api`, `ecr.dkr` and S3's
gateway with 443 open between them and the tasks.

Sample:

    PrivateRoute:
      Type: AWS::EC2::Route
      Properties:
        DestinationCidrBlock: 10.1.0.0/16

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html,
https://github.com/aws/containers-roadmap/issues/48
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.image.registries import reaches_registry
from cais.rules.places import blamed, of_start
from cais.rules.rule import Claim, Rule
from cais.rules.services import runs
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.registry import Image
    from cais.site.model.site import Site

RULE = Rule(id="IMG101", causes=("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P30"))
CAUSES = {
    "": ("P1", "P2", "P3", "P30"),
    "AWS::EC2::SecurityGroup": ("P4", "P5", "P7"),
    "AWS::EC2::VPC": ("P6",),
    "AWS::EC2::VPCEndpoint": ("P3", "P6", "P8"),
    "AWS::EC2::NetworkAcl": ("P9",),
}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for each registry of every service."""
    for run in runs(site):
        images = {_registry(container.image): container.image for container in run.task.containers}
        for registry, image in images.items() if run.service else ():
            yield _judge(run, registry, image, site)


def _registry(image: Image) -> str:
    if is_leaf(image.registry):
        return describe(image.registry)
    return "ECR" if image.registry == "ecr" else describe(image.host or image.registry)


def _judge(run: Run, registry: str, image: Image, site: Site) -> Finding:
    proof = reaches_registry(of_start(run, site), image, site)
    claim = Claim(
        subject=(run.service or run.task).subject,
        proven=f"The task reaches {registry}, where its image is",
        refuted=f"The task cannot reach {registry}, where its image is",
        fix="Give it NAT, a public address in a public subnet, or endpoints of ecr.api, ecr.dkr and s3.",
        settle="Name the templates of the network, too, or try it: aws ecs run-task with the same network.",
        service=run.name,
        aspect=registry,
        causes=blamed(proof, CAUSES) if proof.verdict == "refuted" else RULE.causes,
    )
    return RULE.judged(claim, proof)
