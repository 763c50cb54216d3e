"""OIDC104: subjects with the ids of owner and repository get in.

What breaks: repositories that were created, renamed or transferred after 15 July 2026 send
`repo:OWNER@ID/NAME@ID:…`. A trust policy that has names alone lets none of their jobs in. And where names
alone are trusted, whoever gets the name after you gets the role.

How it is proven: from the subjects in the trust policies. Which form a repository sends is not in any
template, so a role that trusts names alone is left open.

Fix: trust the subject with the ids, beside the one without where the repository is older.

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
              StringEquals: {"token.actions.githubusercontent.com:sub": "repo:octo-org/comments:pull_request"}

Sources: https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims,
https://github.com/aws-actions/configure-aws-credentials/issues/1888
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.delivery.github import SUBJECT, conditions_on, github_roles
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="OIDC104", causes=("G2",), speed="fast")
NAMED = re.compile(r"repo:(?P<owner>[^:/@*?]+)/(?P<name>[^:/@*?]+):")
WITH_IDS = re.compile(r"repo:[^:/]*[@*][^:/]*/[^:/]*[@*]")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks every role that trusts GitHub for subjects of a repository."""
    for role in github_roles(site):
        conditions = conditions_on(role, SUBJECT)
        subjects = [value for each in conditions for value in each.values if isinstance(value, str)]
        named = [match for each in subjects if (match := NAMED.match(each))]
        admits_ids = any(map(WITH_IDS.match, subjects))
        if not named and not admits_ids:
            continue
        repository = f"{named[0]['owner']}/{named[0]['name']}" if named else "OWNER/NAME"
        claim = Claim(
            subject=role.subject,
            proven="Subjects with the ids of owner and repository get in",
            refuted="",
            fix="",
            settle=f"gh api repos/{repository}/actions/oidc/customization/sub",
            service=role.subject.construct_path or role.subject.logical_id,
        )
        if admits_ids:
            yield RULE.proven(claim)
        else:
            yield RULE.unproven(
                claim, f"whether {repository} sends them, as it does if made after 15 July 2026"
            )
