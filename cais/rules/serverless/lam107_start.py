"""LAM107: the image has started before the function's time is over.

What breaks: Lambda lets a function start for ten seconds. One that needs longer is started anew by the
first request, within the function's own timeout, which is 3 s by default: then it never gets ready, and
every request ends with "Task timed out".

How it is proven: the timeout covers the contract's seconds to start. A start of ten seconds or less may get
ready with a shorter one, so that is advice.

Fix: raise `Timeout` above the seconds to start, or give the function more memory, which starts it faster.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Timeout: 3

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html,
https://github.com/aws/aws-lambda-web-adapter/pull/520
"""

from __future__ import annotations

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

RULE = Rule(id="LAM107", causes=("L10",))
INIT_SECONDS = 10


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares the timeout of every function of the contract."""
    for function in site.serverless.functions.values():
        if ours := contract_of(contract, function, site):
            yield _judge(function, ours.startup_seconds)


def _judge(function: Function, needed: int) -> Finding:
    timeout = function.timeout
    claim = Claim(
        subject=function.subject,
        proven=f"The image has {shown(timeout)} s to start, and takes {needed} s",
        refuted=f"The image has {shown(timeout)} s to start, and takes {needed} s",
        fix=f"Set Timeout to {2 * needed} or more.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=name_of(function),
    )
    told = f"{function.subject.logical_id} may run for {shown(timeout)} s"
    if not isinstance(timeout, int):
        return RULE.unproven(claim, describe(timeout))
    if timeout >= needed:
        return RULE.proven(claim, told)
    if needed > INIT_SECONDS:
        return RULE.refuted(claim, told, f"Lambda lets it start for {INIT_SECONDS} s before that")
    return RULE.advice(claim, told)
