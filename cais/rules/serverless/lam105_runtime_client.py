"""LAM105: something in the image speaks to Lambda.

What breaks: Lambda starts the image and waits for it to ask for events. A web server alone, such as
gunicorn, never asks: every request ends with "Runtime exited" or a timeout while the function starts.

How it is proven: the entry point, the command or the Dockerfile starts a runtime interface client, or the
image stands on one of Lambda's own, or has the Lambda Web Adapter. An entry point or command that starts a
web server in an image whose Dockerfile has none of these is refuted.

Fix: start the handler by `python -m awslambdaric MODULE.HANDLER`, or copy the Lambda Web Adapter to
/opt/extensions.

Sample:

    # FROM python:3.12-slim
    # CMD ["gunicorn", "app:app"]
    Function:
      Type: AWS::Lambda::Function
      Properties:
        ImageConfig: {}
        Code: {ImageUri: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/web:0123abcd"}

Sources: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#runtimes-api-client,
https://github.com/awslabs/aws-lambda-web-adapter
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.dockerfile import Stage, last_stage
from cais.rules.functions import name_of
from cais.rules.health.images import OFFICIAL
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.registry import Image
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM105", causes=("L8",))
CLIENTS = ("awslambdaric", "aws-lambda-ric", "aws_lambda_ric", "aws-lambda-rie", "lambda-entrypoint")
ADAPTERS = ("lambda-adapter", "lambda-web-adapter", "/opt/extensions")
BASES = ("public.ecr.aws/lambda/", "public.ecr.aws/sam/", "amazon/aws-lambda-")
SERVERS = {"daphne", "flask", "granian", "gunicorn", "hypercorn", "nginx", "uvicorn", "uwsgi"}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for the client of every image."""
    for function in site.serverless.functions.values():
        if function.image:
            yield _judge(function, function.image)


def _judge(function: Function, image: Image) -> Finding:
    recipe = image.asset.recipe if image.asset else None
    built = last_stage(recipe, image.asset.build_arguments) if recipe and image.asset else Stage()
    words = [*(function.entry_point or built.entry_point), *(function.command or built.command)]
    started = " ".join(map(describe, words))
    claim = Claim(
        subject=function.subject,
        proven="The image asks Lambda for events",
        refuted=f"The image starts {started}, which never asks Lambda for events",
        fix="Start awslambdaric with the handler, or add the Lambda Web Adapter to the image.",
        settle=f"docker run --rm --entrypoint ls {shown(image.text)} /opt/extensions",
        service=name_of(function),
    )
    starts = f"{function.subject.logical_id} starts {started}"
    stands = f"Its image stands on {built.base}"
    if any(client in started for client in CLIENTS):
        return RULE.proven(claim, starts)
    if any(base in built.base for base in BASES):
        return RULE.proven(claim, stands)
    if recipe and any(adapter in recipe for adapter in ADAPTERS):
        return RULE.proven(claim, "The Dockerfile adds what asks for them")
    if OFFICIAL.fullmatch(built.base) and SERVERS & set(re.split(r"[\s/]+", started)):
        return RULE.refuted(claim, starts, stands)
    return RULE.unproven(claim, f"what {describe(image.text)} starts", *([starts] if words else ()))
