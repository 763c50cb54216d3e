"""OIDC101: a job's token is one that a role trusts.

What breaks: `Not authorized to perform sts:AssumeRoleWithWebIdentity`. The token's subject is not what it was
expected to be: with `environment:` it is `repo:OWNER/NAME:environment:ENVIRONMENT`, and the branch is not in
it any more; of a pull request it is `repo:OWNER/NAME:pull_request`; names are compared letter by letter.

How it is proven: for each step that assumes a role, the tokens that the events, their filters and the
environment can bring are put to the trust policy, as STS does. One that gets in is enough. Where a variable
of GitHub names the role, any role in the templates that trusts GitHub may be meant; whose trust policy is not
in the templates is left open.

Fix: trust the subject that the job has, letter by letter.

Sample:

    # .github/workflows/deploy.yml
    on: {push: {branches: [main]}}
    jobs:
      deploy:
        environment: production

Sources: https://docs.github.com/en/actions/reference/security/oidc,
https://github.com/aws-actions/configure-aws-credentials/issues/511
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.github import credentials, jobs, meant_by, tokens
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe
from cais.site.proof import Proof
from cais.site.trust import token_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.delivery import Job, Step
    from cais.site.model.site import Site

RULE = Rule(id="OIDC101", causes=("G1", "G4"), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every step that assumes a role."""
    for job in jobs(site):
        for step in credentials(job):
            yield _judge(job, step, site)


def _judge(job: Job, step: Step, site: Site) -> Finding:
    wanted = step.inputs["role-to-assume"]
    claim = Claim(
        subject=job.subject,
        proven=f"A role lets the job in that assumes {wanted}",
        refuted=f"No role lets the job in that assumes {wanted}: its token has another subject",
        fix="Trust the subject that the job has, or change the job's environment or events.",
        settle="aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument",
        service=job.name,
        aspect=wanted,
    )
    asked = [
        (describe(token.claims["sub"]), token_may_assume(site.identity, role, token))
        for role in meant_by(step, site)
        for token in tokens(job, step, role)
    ]
    if not asked:
        return RULE.unproven(claim, f"whom the role {wanted} trusts")
    return RULE.judged(claim, _best([proof for _, proof in asked]))


def _best(proofs: list[Proof]) -> Proof:
    """Any way in is enough. It is the job that is marked, which is as often at fault as the role."""
    best = min(proofs, key=lambda proof: ("proven", "unproven", "refuted").index(proof.verdict))
    if best.verdict != "refuted":
        return best
    return Proof(
        verdict="refuted", steps=tuple(dict.fromkeys(step for each in proofs for step in each.steps))
    )
