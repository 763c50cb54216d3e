"""API Gateway: HTTP APIs by the request of 512 KB, REST APIs by the request.

https://aws.amazon.com/api-gateway/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import SERVICES
from cais.compare.cost.quantities import monthly_requests
from cais.compare.expression import ceiling, expression, maximum
from cais.compare.load import REQUEST_KB, RESPONSE_KB

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope

METERED_KB = 512
PRICES = {"HTTP": "http-api-request", "REST": "rest-api-request"}


def http_api_requests(*, requests: Operand, request_kb: Operand, response_kb: Operand) -> Expression:
    """The requests that are billed: each counts once for every 512 KB of the larger of its two payloads."""
    return expression(requests) * maximum(1, ceiling(maximum(request_kb, response_kb) / METERED_KB))


def charge_apis(scope: Scope, bill: Bill) -> None:
    """The APIs that the requests come through."""
    if scope.kind != "serverless":
        return
    apis = scope.within(scope.site.serverless.apis)
    for api in apis.values():
        requests = monthly_requests() * SERVICES / len(apis)
        if api.protocol == "HTTP":
            requests = http_api_requests(requests=requests, request_kb=REQUEST_KB, response_kb=RESPONSE_KB)
        price = PRICES.get(str(api.protocol), f"{api.protocol}-api-request".lower())
        bill.charge(
            topic="entrance",
            label=f"{api.protocol} API requests",
            quantity=requests,
            price=price,
            resources=(api.subject,),
            basis="every request of the month, by 512 KB of an HTTP API",
        )
