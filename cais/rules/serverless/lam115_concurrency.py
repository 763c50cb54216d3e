"""LAM115: copies of the function may run, and not more than its database takes.

What breaks: `ReservedConcurrentExecutions: 0` stops a function: every call is throttled, an API answers 503,
a custom resource hangs. With no bound at all, each copy keeps a connection of its own, and a busy hour takes
all that the database has: "remaining connection slots are reserved".

How it is seen: no reserved concurrency of zero where something calls the function. A function that is told of
a database, without a bound and without a proxy, is advice.

Fix: set `ReservedConcurrentExecutions` to what the database takes, or put an RDS Proxy before it.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        ReservedConcurrentExecutions: 0

Sources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import callers, name_of, told_of
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM115", causes=("L16", "L23"))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every function that something calls."""
    made = {each.callee.function for each in site.serverless.custom_resources}
    for function in site.serverless.functions.values():
        if any(callers(function, site)) or function.key in made:
            yield _judge(function, site)


def _judge(function: Function, site: Site) -> Finding:
    reserved, database = function.reserved_concurrency, _database(function, site)
    bound = "any number of" if reserved is None else f"at most {shown(reserved)}"
    stopped = reserved == 0
    claim = Claim(
        subject=function.subject,
        proven=f"{bound.capitalize()} copies of the function may run at a time",
        refuted="No copy of the function may run: its reserved concurrency is 0"
        if stopped
        else f"{bound.capitalize()} copies of the function may connect to {database} at a time",
        fix="Remove ReservedConcurrentExecutions, or set it to what the database takes.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=name_of(function),
        causes=("L23",) if stopped else ("L16",),
    )
    if is_leaf(reserved):
        return RULE.unproven(claim, describe(reserved))
    if stopped:
        return RULE.refuted(claim)
    return RULE.advice(claim) if reserved is None and database else RULE.proven(claim)


def _database(function: Function, site: Site) -> str:
    """The database that a variable names; empty where none does."""
    named = told_of(function.environment, site.data.databases)
    return next((site.data.databases[key].subject.logical_id for key in named.values()), "")
