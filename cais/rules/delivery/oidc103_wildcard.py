"""OIDC103: a wildcard stands under StringLike.

What breaks: under StringEquals `repo:octo-org/comments:*` is compared letter by letter, and no token has a
star in its subject: `Not authorized to perform sts:AssumeRoleWithWebIdentity` for every job.

How it is proven: from the conditions on the subject in the trust policies of roles that trust GitHub.

Fix: name the subjects; a wildcard, where one is wanted, belongs under StringLike.

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
              StringEquals: {"token.actions.githubusercontent.com:sub": "repo:octo-org/comments:*"}

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://github.com/aws-actions/configure-aws-credentials/issues/1137
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.github import SUBJECT, conditions_on, github_roles
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.identity import Condition
    from cais.site.model.site import Site

RULE = Rule(id="OIDC103", causes=("G3",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks every role that trusts GitHub."""
    for role in github_roles(site):
        name = role.subject.construct_path or role.subject.logical_id
        claim = Claim(
            subject=role.subject,
            proven="No wildcard stands where it is compared letter by letter",
            refuted="A wildcard in the subject is compared letter by letter, so it never matches",
            fix="Name the subjects, or compare by StringLike.",
            service=name,
        )
        wrong = [condition for condition in conditions_on(role, SUBJECT) if _literal_wildcard(condition)]
        words = [f"{each.operator} {' or '.join(map(describe, each.values))}" for each in wrong]
        yield RULE.refuted(claim, *words) if wrong else RULE.proven(claim)


def _literal_wildcard(condition: Condition) -> bool:
    """Whether no value can match: a value without a wildcard beside it still does."""
    plain = [value for value in condition.values if isinstance(value, str)]
    literal = "StringEquals" in condition.operator
    return literal and len(plain) == len(condition.values) and all("*" in value for value in plain)
