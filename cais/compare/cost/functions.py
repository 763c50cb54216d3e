"""Lambda: requests, and the seconds that they run times the memory.

https://aws.amazon.com/lambda/pricing/
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.assumptions import COLD_SECONDS, COLD_SHARE, SAVINGS_LAMBDA, SERVICES
from cais.compare.cost.quantities import MIB_OF_GIB, monthly_requests
from cais.compare.expression import ceiling, expression
from cais.compare.load import DURATION
from cais.compare.scope import callable_functions
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope
    from cais.site.model.serverless import Function

MILLISECONDS = 1000
ARCHITECTURES = {"x86_64": "x86", "arm64": "arm"}


def gb_seconds(*, requests: Operand, seconds: Operand, memory_mib: Operand) -> Expression:
    """What requests of `seconds` each are billed for: every one is rounded up to the millisecond."""
    billed = ceiling(expression(seconds) * MILLISECONDS) / MILLISECONDS
    return expression(requests) * billed * (expression(memory_mib) / MIB_OF_GIB)


def charge_functions(scope: Scope, bill: Bill) -> None:
    """The functions that answer requests; those that only a deployment calls cost next to nothing."""
    if scope.kind != "serverless":
        return
    functions = scope.within(scope.site.serverless.functions)
    reached = [functions[key] for key in callable_functions(scope.site) if key in functions]
    for function in reached:
        _charge_function(function, Decimal(1) / len(reached), bill)


def _charge_function(function: Function, share: Decimal, bill: Bill) -> None:
    if is_leaf(function.memory) or function.architecture not in ARCHITECTURES:
        missing = function.memory if is_leaf(function.memory) else function.architecture
        bill.leave_open(
            f"function {function.subject.logical_id}", f"not known: {describe(missing)}", (function.subject,)
        )
        return
    requests = monthly_requests() * SERVICES * share
    bill.charge(
        topic="compute",
        label="Lambda requests",
        quantity=requests,
        price="lambda-request",
        resources=(function.subject,),
        basis="every request of the month",
    )
    warm = gb_seconds(requests=requests, seconds=DURATION, memory_mib=int(str(function.memory)))
    cold = gb_seconds(
        requests=requests * COLD_SHARE, seconds=COLD_SECONDS, memory_mib=int(str(function.memory))
    )
    bill.charge(
        topic="compute",
        label="Lambda duration",
        quantity=warm + cold,
        price=f"lambda-gb-second-{ARCHITECTURES[str(function.architecture)]}",
        resources=(function.subject,),
        basis=f"{function.memory} MiB for the time of every request, and of cold starts",
        discount=SAVINGS_LAMBDA,
    )
