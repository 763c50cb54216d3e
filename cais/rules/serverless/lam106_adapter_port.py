"""LAM106: the Lambda Web Adapter asks the port that the server listens on.

What breaks: the adapter waits for an answer on port 8080, the server listens on 8000. The adapter says "app
is not ready after …", and every request times out.

How it is proven: where the Dockerfile adds the adapter, or a layer is it, the port of `AWS_LWA_PORT`, else of
`PORT`, else 8080, is the contract's.

Fix: set `AWS_LWA_PORT` to the contract's port.

Sample:

    # FROM python:3.12-slim
    # COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/
    # CMD ["gunicorn", "app:app"]
    Function:
      Type: AWS::Lambda::Function
      Properties:
        ImageConfig: {}
        Code: {ImageUri: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/web:0123abcd"}

Sources: https://github.com/awslabs/aws-lambda-web-adapter#configurations
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.functions import contract_of, name_of
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="LAM106", causes=("L9",))
ADAPTER = "lambda-adapter"
VARIABLES = ("AWS_LWA_PORT", "PORT")
DEFAULT = "8080"


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks at every function of the contract that has the adapter."""
    for function in site.serverless.functions.values():
        ours = contract_of(contract, function, site)
        if ours and ADAPTER in _recipe(function):
            yield _judge(function, ours)


def _judge(function: Function, contract: Contract) -> Finding:
    port = _port(function)
    claim = Claim(
        subject=function.subject,
        proven=f"The web adapter asks port {shown(port)}, as the contract's server listens",
        refuted=f"The web adapter asks port {shown(port)}, the contract's server listens on {contract.port}",
        fix=f'Set the variable AWS_LWA_PORT to "{contract.port}".',
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=name_of(function),
    )
    if not isinstance(port, str) or function.open_environment:
        return RULE.unproven(claim, describe(port if not isinstance(port, str) else "the variables"))
    return RULE.proven(claim) if port == str(contract.port) else RULE.refuted(claim)


def _port(function: Function) -> MaybeText:
    """The port by the function's variables, else by the image's."""
    for variable in VARIABLES:
        if variable in function.environment:
            return function.environment[variable]
        if match := re.search(rf"^ENV\b.*\b{variable}[= ]\"?(\d+)", _recipe(function), re.MULTILINE):
            return match[1]
    return DEFAULT


def _recipe(function: Function) -> str:
    return (function.image.asset.recipe or "") if function.image and function.image.asset else ""
