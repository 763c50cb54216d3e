"""What steps do, as far as their commands tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.delivery import Step

PUSH = re.compile(r"\b(docker|podman|buildah)\s+(image\s+|compose\s+)?push\b|\bbuildx?\b[^\n;&|]*\s--push\b")
DEPLOY = re.compile(
    r"\bhelm\s+(upgrade|install)\b|\bkubectl\s+(apply|set\s+image|rollout\s+restart)\b"
    r"|\baws\s+(ecs\s+update-service|lambda\s+update-function-code)\b"
)
CDK = re.compile(r"\bcdk\s+(deploy|watch)\b")
DEPLOYING_ACTIONS = frozenset({"aws-actions/amazon-ecs-deploy-task-definition"})
BUILD_ACTION = "docker/build-push-action"
CONTINUED = re.compile(r"\\\n\s*")


def commands(step: Step) -> str:
    """The step's commands, each on one line, without comments."""
    lines = CONTINUED.sub(" ", step.run).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def pushes(step: Step) -> bool:
    """Whether the step pushes an image."""
    pushed_by_action = step.uses == BUILD_ACTION and step.inputs.get("push", "").lower() == "true"
    return pushed_by_action or bool(PUSH.search(commands(step)))


def deploys(step: Step) -> bool:
    """Whether the step deploys an image that another one has pushed."""
    return step.uses in DEPLOYING_ACTIONS or bool(DEPLOY.search(commands(step)))


def deploys_with_cdk(step: Step) -> bool:
    """Whether the step runs `cdk deploy`."""
    return bool(CDK.search(commands(step)))
