"""OIDC105: a role that trusts GitHub asks for the subject and the audience.

What breaks: nothing, and that is the trouble. Without a condition on the subject every repository on GitHub
may assume the role; without one on the audience, a token that a job got for somebody else may. A subject such
as `repo:octo-org/*` lets every repository of the organization and every pull request in.

How it is proven: a statement that lets GitHub in has conditions on `sub` and `aud`, and no subject with a
wildcard for the repository or for all that follows it.

Fix: compare `aud` with `sts.amazonaws.com` and `sub` with the subjects of your jobs, by StringEquals.

Sample:

    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Statement:
          - Effect: Allow
            Principal: {Federated: "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals: {"token.actions.githubusercontent.com:aud": sts.amazonaws.com}

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_secure-by-default.html,
https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.delivery.github import AUDIENCE, SUBJECT, conditions_on, github_roles
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.identity import Role
    from cais.site.model.site import Site

RULE = Rule(id="OIDC105", causes=("G10",), speed="fast")
WIDE = re.compile(r"\*|repo:\*.*|repo:[^:]*/\*.*|repo:[^:]*:?\*")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks every role that trusts GitHub."""
    for role in github_roles(site):
        claim = Claim(
            subject=role.subject,
            proven="The role asks for the subject and the audience",
            refuted="The role lets more of GitHub in than the jobs that need it",
            fix=f"Compare {AUDIENCE} with sts.amazonaws.com, and {SUBJECT} with the subjects of your jobs.",
            service=role.subject.construct_path or role.subject.logical_id,
        )
        faults = list(_faults(role))
        yield RULE.advice(claim, *faults) if faults else RULE.proven(claim)


def _faults(role: Role) -> Iterator[str]:
    subjects = conditions_on(role, SUBJECT)
    if not subjects:
        yield f"No condition on {SUBJECT}: any repository gets in"
    if not conditions_on(role, AUDIENCE):
        yield f"No condition on {AUDIENCE}: tokens that were meant for somebody else get in"
    for condition in subjects:
        for value in condition.values:
            if "Like" in condition.operator and isinstance(value, str) and WIDE.fullmatch(value):
                yield f"{value} lets every job in, of pull requests too"
