"""LAM110: the handler knows the events that it gets.

What breaks: HTTP APIs and function URLs send payload format 2.0, which has no `httpMethod`; a load balancer
with multi-value headers sends no `queryStringParameters`. The aws-wsgi adapter, which nobody maintains any
more, reads both: `KeyError`, and 502 for every request.

How it is proven: where the image or the code in the template shows aws-wsgi, or Python code that takes
`event["httpMethod"]`, nothing sends it events of the other kind.

Fix: `PayloadFormatVersion: "1.0"`, or an adapter that knows both formats, such as apig-wsgi.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        ImageConfig: {Command: ["app.handler", "awsgi"]}

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.functions import Caller, callers, name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.balancing import TargetGroup
from cais.site.model.serverless import FunctionUrl
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM110", causes=("L1", "L2"))
ADAPTER = re.compile(r"\b(?:aws-wsgi|awsgi)\b")
FIRST_FORMAT = re.compile(r"event\[['\"]httpMethod['\"]\]")
SECOND_FORMAT = "requestContext"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every function that shows what it reads."""
    for function in site.serverless.functions.values():
        reader = _reader(function)
        for caller in callers(function, site) if reader else ():
            yield _judge(function, reader, caller)


def _judge(function: Function, reader: str, caller: Caller) -> Finding:
    sends, fits = _events(caller)
    name = caller.subject.logical_id
    claim = Claim(
        subject=caller.subject,
        proven=f"{reader} knows the events of {name}",
        refuted=f"{reader} does not know the events of {name}: {sends}",
        fix='Set PayloadFormatVersion to "1.0", or take an adapter that knows it.',
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=name_of(function),
        aspect=name,
        causes=("L2",) if isinstance(caller, TargetGroup) else ("L1",),
    )
    if fits is None:
        return RULE.unproven(claim, sends)
    return (
        RULE.proven(claim, f"{name} sends {sends}") if fits else RULE.refuted(claim, f"{name} sends {sends}")
    )


def _reader(function: Function) -> str:
    """What reads events of the first format alone; empty where nothing shows."""
    code = function.code if isinstance(function.code, str) else ""
    recipe = (function.image.asset.recipe or "") if function.image and function.image.asset else ""
    words = " ".join(map(describe, (*function.entry_point, *function.command)))
    if any(ADAPTER.search(text) for text in (code, recipe, words)):
        return "aws-wsgi"
    if str(function.runtime).startswith("python") and FIRST_FORMAT.search(code) and SECOND_FORMAT not in code:
        return "The handler"
    return ""


def _events(caller: Caller) -> tuple[str, bool | None]:
    """What is sent, and whether it is of the first format."""
    if isinstance(caller, TargetGroup):
        many = caller.attributes.get("lambda.multi_value_headers.enabled", "false")
        known = {"true": ("multi-value headers", False), "false": ("single-value headers", True)}
        return known.get(str(many), (describe(many), None))
    version = "2.0" if isinstance(caller, FunctionUrl) else caller.payload_format
    if not isinstance(version, str):
        return describe(version or "the payload format"), None
    return f"payload format {version}", version == "1.0"
