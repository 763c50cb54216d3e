"""OIDC107: a push or a deployment that fails, fails its job.

What breaks: `docker push … || true` and `continue-on-error` turn a refused push into a green job. What comes
next deploys an image that is not there, or the one of last week.

How it is proven: from the commands of the step, and from its `continue-on-error`.

Fix: remove `|| true`; retry what may fail by chance.

Sample:

    # .github/workflows/deploy.yml
    jobs:
      build: {steps: [{run: docker push comments || true}]}

Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepscontinue-on-error
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.delivery.commands import commands, deploys, deploys_with_cdk, pushes
from cais.rules.delivery.github import jobs
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.delivery import Step
    from cais.site.model.site import Site

RULE = Rule(id="OIDC107", causes=("G9",))
SWALLOWED = re.compile(r"\|\|\s*(true|:|exit\s+0|echo\b)")
WITHOUT_EXIT = re.compile(r"^\s*set\s+\+e", flags=re.MULTILINE)


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks every step that pushes or deploys."""
    for job in jobs(site):
        for step in job.steps:
            if not (pushes(step) or deploys(step) or deploys_with_cdk(step)):
                continue
            claim = Claim(
                subject=job.subject,
                proven=f'"{step.name}" fails when its push or deployment does',
                refuted=f'"{step.name}" is green even when its push or deployment failed',
                fix="Remove what hides the failure.",
                service=job.name,
                aspect=step.name,
            )
            hidden = list(_hiding(step))
            yield RULE.advice(claim, *hidden) if hidden else RULE.proven(claim)


def _hiding(step: Step) -> Iterator[str]:
    if step.may_fail:
        yield "continue-on-error: true"
    if WITHOUT_EXIT.search(step.run):
        yield "set +e"
    for line in commands(step).splitlines():
        if SWALLOWED.search(line) and _matters(step, line):
            yield line.strip()


def _matters(step: Step, line: str) -> bool:
    alone = replace(step, run=line)
    return pushes(alone) or deploys(alone) or deploys_with_cdk(alone)
