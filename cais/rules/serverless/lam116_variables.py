"""LAM116: Lambda takes the function's variables.

What breaks: names that Lambda sets itself, such as AWS_REGION, names with characters that it does not allow,
or more than 4 KB of variables: CreateFunction is refused ("reserved keys that are currently not supported
for modification").

How it is proven: each name against AWS's list and form, and the length of all that is known.

Fix: rename the variable; keep what is long in Systems Manager or S3.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Environment: {Variables: {AWS_REGION: eu-west-1}}

Sources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM116", causes=("L24",), speed="fast")
MOST_BYTES = 4096
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
RESERVED = {
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every function with variables."""
    for function in site.serverless.functions.values():
        if function.environment or function.open_environment:
            yield _judge(function)


def _judge(function: Function) -> Finding:
    problems = list(_problems(function))
    claim = Claim(
        subject=function.subject,
        proven=f"Lambda takes the function's variables: {', '.join(sorted(function.environment)) or '?'}",
        refuted=f"Lambda refuses the function's variables: {'; '.join(problems)}",
        fix="Rename the variable, or keep what is long in Systems Manager or S3.",
        settle="Give the parameters that set them: --parameter KEY=VALUE.",
        service=name_of(function),
    )
    if problems:
        return RULE.refuted(claim, *problems)
    if function.open_environment:
        return RULE.unproven(claim, describe(function.open_environment[0]))
    return RULE.proven(claim)


def _problems(function: Function) -> Iterator[str]:
    for name in function.environment:
        if name in RESERVED:
            yield f"{name} is Lambda's own"
        elif not NAME.fullmatch(name):
            yield f"{name} is no name that it allows"
    known = [f"{name}{value}" for name, value in function.environment.items() if isinstance(value, str)]
    size = sum(len(text.encode()) for text in known)
    if size > MOST_BYTES:
        yield f"they have {size} bytes, of {MOST_BYTES}"
