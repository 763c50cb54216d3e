"""LAM119: what must last is kept outside of the function.

What breaks: a copy of a function lives for minutes or hours, and its file system is read-only but for /tmp.
An image that keeps comments in SQLite there loses them with the copy, and every copy has others; at a path
elsewhere than /tmp it cannot write at all.

How it is seen: for an image that keeps state, as the contract says, no variable names a database in a local
file. A file in /tmp is advice, one where nothing may be written is refuted, and one in a mounted file system
is fine.

Fix: name a store outside of the function, such as postgresql:// or dynamodb://.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Environment: {Variables: {DATABASE_URL: "sqlite:///app.db"}}

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html,
https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import contract_of, name_of
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM119", causes=("L17",))
LOCAL = "sqlite:///"


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks at the variables of every function of a contract that keeps state."""
    for function in site.serverless.functions.values():
        ours = contract_of(contract, function, site)
        if ours and ours.keeps_state:
            yield _judge(function)


def _judge(function: Function) -> Finding:
    local = {
        variable: value
        for variable, value in function.environment.items()
        if isinstance(value, str) and value.startswith(LOCAL)
    }
    variable, value = next(iter(local.items()), ("", ""))
    claim = Claim(
        subject=function.subject,
        proven="No variable tells the function to keep state in itself",
        refuted=f"{variable} tells the function to keep state in itself: {value}",
        fix="Name a store outside of the function, such as postgresql:// or dynamodb://.",
        service=name_of(function),
    )
    path = "/" + value.removeprefix(LOCAL).lstrip("/")
    mounts = [each for each in function.mounts if isinstance(each, str)]
    if not local or any(path.startswith(f"{mount}/") for mount in mounts):
        return RULE.proven(claim)
    if path.startswith("/tmp/"):  # noqa: S108 - where Lambda lets a function write
        return RULE.advice(claim, f"{path} is gone with the copy of the function that wrote it")
    return RULE.refuted(claim, f"{path} is in the image, which is read-only")
