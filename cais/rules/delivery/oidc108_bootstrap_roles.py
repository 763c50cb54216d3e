"""OIDC108: a role that deploys with CDK may assume the roles of the bootstrap.

What breaks: `cdk deploy` does next to nothing with the credentials that it starts with: it assumes
`cdk-…-deploy-role-…` and `cdk-…-file-publishing-role-…`. Without sts:AssumeRole on them it says "current
credentials could not be used to assume", and then fails for want of a permission.

How it is proven: for a job that runs `cdk deploy`, the policies of the roles that let it in are evaluated as
IAM does, for the deploying role of the default bootstrap.

Fix: allow sts:AssumeRole on the roles that `cdk bootstrap` made in this account and region.

Sample:

    # .github/workflows/deploy.yml
    jobs:
      deploy: {steps: [{run: npx cdk deploy EcsStack}]}

Sources: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html,
https://github.com/aws-actions/configure-aws-credentials/issues/1189
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.commands import deploys_with_cdk
from cais.rules.delivery.github import credentials, jobs, meant_by, tokens
from cais.rules.rule import Claim, Rule
from cais.site.permission import may
from cais.site.proof import Proof, either
from cais.site.trust import token_may_assume
from cais.template.text import join
from cais.template.values import Pseudo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.delivery import Job
    from cais.site.model.site import Site

RULE = Rule(id="OIDC108", causes=("G6",), speed="fast")
DEPLOYING_ROLE = join(
    [
        "arn:",
        Pseudo("AWS::Partition"),
        ":iam::",
        Pseudo("AWS::AccountId"),
        ":role/cdk-hnb659fds-deploy-role-",
        Pseudo("AWS::AccountId"),
        "-",
        Pseudo("AWS::Region"),
    ]
)


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every job that deploys with CDK."""
    for job in jobs(site):
        if not any(map(deploys_with_cdk, job.steps)):
            continue
        proofs = list(_proofs(job, site))
        claim = Claim(
            subject=job.subject,
            proven="The job may assume the role that deploys for CDK",
            refuted="The job may not assume the role that deploys for CDK",
            fix="Allow sts:AssumeRole on the roles of the bootstrap to the role that the job assumes.",
            settle="aws iam simulate-principal-policy --policy-source-arn ROLE --action-names sts:AssumeRole",
            service=job.name,
        )
        if proofs:
            yield RULE.judged(claim, either(proofs))


def _proofs(job: Job, site: Site) -> Iterator[Proof]:
    """What the policies say of each role that lets the job in."""
    for step in credentials(job):
        for role in meant_by(step, site):
            if any(token_may_assume(site.identity, role, each).holds for each in tokens(job, step, role)):
                yield may(site, role, "sts:AssumeRole", DEPLOYING_ROLE)
