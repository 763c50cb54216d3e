"""Takes a stack back to the template that was deployed before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from scripts.bootstrap import Bootstrap

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_TO_DO = "No updates are to be performed"


def deployed_template(cloudformation: Any, stack: str) -> str | None:
    """The stack's template as it was deployed; None where there is no such stack."""
    try:
        body = cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return body if isinstance(body, str) else json.dumps(body)


def roll_back(stack: str, template: str, *, bootstrap: Bootstrap, cloudformation: Any, s3: Any) -> None:
    """Deploys `template` again, with the parameters as they are, and waits until that is done.

    CloudFormation takes 51,200 bytes at most in a call, so the template goes through the bootstrap's bucket.

    Raises:
        WaiterError: the stack cannot be taken back, either; CloudFormation's events tell why.
    """
    key = f"rollback/{hashlib.sha256(template.encode()).hexdigest()}.json"
    s3.put_object(Bucket=bootstrap.bucket, Key=key, Body=template.encode())
    given = [
        {"ParameterKey": name, "UsePreviousValue": True}
        for name in json.loads(template).get("Parameters", {})
    ]
    try:
        cloudformation.update_stack(
            StackName=stack,
            TemplateURL=f"https://{bootstrap.bucket}.s3.{bootstrap.region}.amazonaws.com/{key}",
            Parameters=given,
            Capabilities=CAPABILITIES,
            RoleARN=bootstrap.execution_role_arn,
        )
    except ClientError as error:
        if NOTHING_TO_DO in error.response["Error"]["Message"]:
            return
        raise
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack)
