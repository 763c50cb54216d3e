"""LAM108: the caller waits as long as the function may run.

What breaks: an API answers 503 or 504 after its own 30 seconds (29 for a REST API), while the function
still runs, and is paid for. The caller tries again, and the work is done twice.

How it is seen: the function's timeout against the integration's. That is advice: most requests are quick.

Fix: let the function give up first, with a `Timeout` below the API's.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Timeout: 60

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Integration
    from cais.site.model.site import Site

RULE = Rule(id="LAM108", causes=("L14",))
PATIENCE_MS = {"REST": 29_000, "HTTP": 30_000, "WEBSOCKET": 29_000}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares every integration with its function."""
    for integration in site.serverless.integrations.values():
        waits = _waits(integration, site)
        function = integration.callee and found(site.serverless.functions, integration.callee.function)
        if function is None or waits is None or not isinstance(function.timeout, int):
            continue
        name, seconds = integration.subject.logical_id, waits / 1000
        claim = Claim(
            subject=function.subject,
            proven=f"{name} waits {seconds:g} s, the function runs for {function.timeout} s at most",
            refuted=f"{name} waits {seconds:g} s, the function may run for {function.timeout} s",
            fix=f"Set Timeout to {int(seconds) - 1} or less.",
            service=name_of(function),
            aspect=name,
        )
        yield RULE.proven(claim) if function.timeout <= seconds else RULE.advice(claim)


def _waits(integration: Integration, site: Site) -> int | None:
    """How long an API waits, in milliseconds; None where nobody knows."""
    api = found(site.serverless.apis, integration.api)
    if integration.timeout_ms is not None:
        return integration.timeout_ms if isinstance(integration.timeout_ms, int) else None
    return PATIENCE_MS.get(str(api.protocol)) if api else None
