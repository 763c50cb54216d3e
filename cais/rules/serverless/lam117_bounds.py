"""LAM117: the function's settings are within Lambda's bounds.

What breaks: a timeout above 900 s, memory or storage out of bounds, SnapStart for an image, a file system
elsewhere than below /mnt or outside of a VPC: CreateFunction is refused.

How it is proven: each setting against AWS's bounds.

Fix: a timeout from 1 to 900 s, memory from 128 to 10,240 MiB, storage from 512 to 10,240 MiB; SnapStart for
functions from zip files without a file system and without more storage.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        MemorySize: 64

Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html,
https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM117", causes=("L25",), speed="fast")
BOUNDS = {"timeout": (1, 900), "memory": (128, 10_240), "storage": (512, 10_240)}
PROPERTIES = {"timeout": "Timeout", "memory": "MemorySize", "storage": "EphemeralStorage"}
LEAST_STORAGE = 512


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at the settings of every function."""
    for function in site.serverless.functions.values():
        yield _judge(function)


def _judge(function: Function) -> Finding:
    problems = [*_out_of_bounds(function), *_unfit(function)]
    claim = Claim(
        subject=function.subject,
        proven="The function's timeout, memory and storage are within Lambda's bounds",
        refuted=f"Lambda refuses the function: {'; '.join(problems)}",
        fix="Set it within the bounds that the message names.",
        settle="Give the parameters that set them: --parameter KEY=VALUE.",
        service=name_of(function),
    )
    if problems:
        return RULE.refuted(claim, *problems)
    unknown = [value for name in BOUNDS if is_leaf(value := getattr(function, name))]
    return RULE.unproven(claim, ", ".join(map(describe, unknown))) if unknown else RULE.proven(claim)


def _out_of_bounds(function: Function) -> Iterator[str]:
    for name, (least, most) in BOUNDS.items():
        value = getattr(function, name)
        if isinstance(value, int) and not least <= value <= most:
            yield f"{PROPERTIES[name]} is {value}, and may be {least} to {most}"


def _unfit(function: Function) -> Iterator[str]:
    if function.snap_start == "PublishedVersions":
        if function.image:
            yield "SnapStart is not for images"
        if function.mounts:
            yield "SnapStart is not for functions with a file system"
        if isinstance(function.storage, int) and function.storage > LEAST_STORAGE:
            yield f"SnapStart is not for functions with more than {LEAST_STORAGE} MiB of storage"
    for path in function.mounts:
        if isinstance(path, str) and not path.startswith("/mnt/"):
            yield f"the file system is at {path}, and may be below /mnt alone"
    if function.mounts and not function.subnets:
        yield "a function with a file system has to be in a VPC"
