# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# ministack lives in a package folder of its own
"""Where ministack 1.5.33 differs from AWS in what our deployments rest on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ministack.core.responses import error_response_json
from ministack.services import ecr, ecs
from ministack.services.cloudformation import provisioners, stacks

if TYPE_CHECKING:
    from collections.abc import Callable

VERBATIM = {"DockerLabels", "Options"}  # maps whose keys are nobody's to rename
PATIENCE_SECONDS = 180


def restore() -> None:
    """Makes ministack do as AWS does."""
    provisioners._normalize_container_defs = _camel
    ecr._describe_images = _absent_images_are_errors(ecr._describe_images)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    handlers.update({name: _until_steady(handlers[name]) for name in ("create", "update")})
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind == "AWS::ECS::Service" or blocks(kind)


def _camel(value: Any) -> Any:
    """CloudFormation's names as the API spells them, at every depth; ministack stops at the first few."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key[:1].lower() + key[1:]: item if key in VERBATIM else _camel(item) for key, item in value.items()
    }


def _absent_images_are_errors(describe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The cdk CLI builds and pushes what ECR does not know; an empty list would mean that it does."""

    def describe_images(request: dict[str, Any]) -> Any:
        name = request["repositoryName"]
        for image in request.get("imageIds", []):
            if name in ecr._repositories and not ecr._find_image(name, image):
                return error_response_json("ImageNotFoundException", f"{image} does not exist", 400)
        return describe(request)

    return describe_images


def _until_steady(change: Callable[..., Any]) -> Callable[..., Any]:
    """CloudFormation waits for a service's deployment, and fails when the circuit breaker stopped it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
    """

    def changed(*arguments: Any) -> Any:
        result = change(*arguments)
        service = ecs._services[result[0].partition(":service/")[2]]
        deployment = ecs._primary_deployment(service)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while deployment["rolloutState"] == "IN_PROGRESS" and time.monotonic() < deadline:
            time.sleep(0.1)
        if deployment["rolloutState"] != "COMPLETED":
            raise ValueError(
                f"ECS deployment is {deployment['rolloutState']}: {deployment['rolloutStateReason']}"
            )
        return result

    return changed
