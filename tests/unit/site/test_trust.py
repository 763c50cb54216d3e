import pytest

from cais.site.trust import service_may_assume
from tests.unit.site.conftest import MakeSite

ECS = "ecs-tasks.amazonaws.com"


def role(*statements: str) -> str:
    listed = ", ".join(statements)
    return f"""
Role:
  Type: AWS::IAM::Role
  Properties: {{AssumeRolePolicyDocument: {{Statement: [{listed}]}}}}
"""


def allow(principal: str, rest: str = 'Action: "sts:AssumeRole"', effect: str = "Allow") -> str:
    return f"{{Effect: {effect}, Principal: {principal}, {rest}}}"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (role(allow(f"{{Service: {ECS}}}")), "proven"),
        (role(allow(f"{{Service: [ec2.amazonaws.com, {ECS}]}}", 'Action: "sts:*"')), "proven"),
        (role(allow('"*"')), "proven"),
        (role(allow("{Service: ec2.amazonaws.com}")), "refuted"),
        (role(allow("{Service: ecs.amazonaws.com}")), "refuted"),
        (
            role(
                allow(
                    '{Federated: "arn:aws:iam::1:oidc-provider/x"}', 'Action: "sts:AssumeRoleWithWebIdentity"'
                )
            ),
            "refuted",
        ),
        (role(allow(f"{{Service: {ECS}}}", 'Action: "sts:TagSession"')), "refuted"),
        (role(), "refuted"),
        (role(allow(f"{{Service: {ECS}}}"), allow('"*"', effect="Deny")), "refuted"),
        (
            role(
                allow(
                    f"{{Service: {ECS}}}",
                    'Action: "sts:AssumeRole", Condition: {StringEquals: {"aws:SourceAccount": "1"}}',
                )
            ),
            "unproven",
        ),
        (role(allow("{Service: !ImportValue Service}")), "unproven"),
    ],
)
def test_a_service_may_assume_a_role_that_trusts_it(site: MakeSite, text: str, verdict: str):
    (found,) = site(text).identity.roles.values()
    proof = service_may_assume(found, ECS)
    assert proof.verdict == verdict
    assert bool(proof.missing) == (verdict == "unproven")
