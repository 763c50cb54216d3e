"""OIDC106: what deploys an image waits for what pushes it.

What breaks: jobs without `needs` run side by side, so the deployment may begin before the image is there:
`CannotPullContainerError`, or `ImagePullBackOff`, until somebody runs the workflow again.

How it is proven: a job that deploys needs, directly or through others, every job of its workflow that pushes
an image. `cdk deploy` pushes its own assets and waits for nothing.

Fix: add `needs:` with the job that pushes.

Sample:

    # .github/workflows/deploy.yml
    jobs:
      build: {steps: [{run: docker push comments}]}
      deploy: {steps: [{run: helm upgrade --install comments chart}]}

Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.commands import deploys, pushes
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.delivery import Workflow
    from cais.site.model.site import Site

RULE = Rule(id="OIDC106", causes=("G9",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks every job that deploys in a workflow that pushes."""
    for workflow in site.workflows:
        pushing = {name for name, job in workflow.jobs.items() if any(map(pushes, job.steps))}
        for name, job in workflow.jobs.items():
            if not pushing - {name} or not any(map(deploys, job.steps)):
                continue
            missing = sorted(pushing - {name} - _before(workflow, name))
            claim = Claim(
                subject=job.subject,
                proven="The job waits for the image that it deploys",
                refuted=f"The job may deploy before {' and '.join(missing)} has pushed the image",
                fix=f"Add `needs: [{', '.join(missing)}]`.",
                service=job.name,
            )
            yield RULE.refuted(claim) if missing else RULE.proven(claim)


def _before(workflow: Workflow, name: str) -> set[str]:
    """The jobs that are over when this one begins."""
    seen: set[str] = set()
    waiting = list(workflow.jobs[name].needs)
    while waiting:
        needed = waiting.pop()
        if needed in workflow.jobs and needed not in seen:
            seen.add(needed)
            waiting += workflow.jobs[needed].needs
    return seen
