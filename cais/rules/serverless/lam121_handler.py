"""LAM121: the handler is in the function's code.

What breaks: code in the template becomes a file called index. With a handler of another file, every call
ends with `Runtime.ImportModuleError`; where the function makes a custom resource, the stack hangs for an
hour.

How it is proven: the handler begins with "index." where `ZipFile` has the code, and the code has the name
that follows. Where the function makes no custom resource, another handler is advice: the code may be a
placeholder for what is uploaded later. What a zip file or an image holds is not in the template.

Fix: `Handler: index.NAME`, with the name of a function of the code.

Sample:

    Migrate:
      Type: Custom::Migrate
      Properties: {ServiceToken: !GetAtt Function.Arn}
    Function:
      Type: AWS::Lambda::Function
      Properties:
        ImageConfig: !Ref AWS::NoValue
        PackageType: Zip
        Runtime: python3.13
        Handler: app.handler
        Code: {ZipFile: "def handler(event, context): return {}"}

Sources:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.values import Text, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="LAM121", causes=("L27",))
MODULE = "index"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every function whose code is in the template."""
    awaited = {each.callee.function for each in site.serverless.custom_resources}
    for function in site.serverless.functions.values():
        if isinstance(function.code, str | Text) and function.handler is not None:
            yield _judge(function, function.code, function.handler, awaited=function.key in awaited)


def _judge(function: Function, code: str | Text, handler: MaybeText, *, awaited: bool) -> Finding:
    claim = Claim(
        subject=function.subject,
        proven=f"The handler {shown(handler)} is in the function's code",
        refuted=f"The handler {shown(handler)} is not in the function's code, which is the file {MODULE}",
        fix=f"Set Handler to {MODULE}.NAME, with the name of a function of the code.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=name_of(function),
    )
    if not isinstance(handler, str):
        return RULE.unproven(claim, describe(handler))
    module, _, name = handler.rpartition(".")
    texts = [part for part in (code.parts if isinstance(code, Text) else (code,)) if isinstance(part, str)]
    if module.rpartition("/")[2] != MODULE:
        problem = f"{handler} asks for the file {module}"
    elif any(name in text for text in texts):
        return RULE.proven(claim)
    else:
        problem = f"{name} is nowhere in the code"
    return RULE.refuted(claim, problem) if awaited else RULE.advice(claim, problem)
