"""OIDC102: a job that assumes a role may ask for a token.

What breaks: without `permissions: id-token: write` GitHub gives the job no token: "Credentials could not be
loaded, please check your action inputs". The permission is never there by default, and `permissions` of a job
takes the place of the workflow's, all of it.

How it is proven: from the permissions of the job, else of its workflow.

Fix: add `id-token: write` to the job's permissions, beside `contents: read`.

Sample:

    # .github/workflows/deploy.yml
    permissions: {contents: read}

Sources: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws,
https://github.com/aws-actions/configure-aws-credentials#oidc
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.github import credentials, jobs
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="OIDC102", causes=("G5",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every job that assumes a role."""
    for job in jobs(site):
        if not any(credentials(job)):
            continue
        claim = Claim(
            subject=job.subject,
            proven="The job may ask for a token",
            refuted="The job assumes a role, and may not ask for the token that this takes",
            fix="Add `id-token: write` to the permissions of the job.",
            service=job.name,
        )
        yield RULE.proven(claim) if job.may_get_token else RULE.refuted(claim)
