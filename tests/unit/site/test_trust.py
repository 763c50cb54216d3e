import pytest

from cais.site.trust import service_may_assume
from tests.unit.site.conftest import MakeSite

ECS = "ecs-tasks.amazonaws.com"
TASKS = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*"


def role(*statements: str) -> str:
    listed = ", ".join(statements)
    return f"""
Role:
  Type: AWS::IAM::Role
  Properties: {{AssumeRolePolicyDocument: {{Statement: [{listed}]}}}}
"""


def allow(principal: str, rest: str = 'Action: "sts:AssumeRole"', effect: str = "Allow") -> str:
    return f"{{Effect: {effect}, Principal: {principal}, {rest}}}"


def under(condition: str) -> str:
    return allow(f"{{Service: {ECS}}}", f'Action: "sts:AssumeRole", Condition: {{{condition}}}')


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
        (role(allow('{Service: !Sub "ecs-tasks.${AWS::URLSuffix}"}')), "proven"),
        (role(allow('{Service: !Sub "ec2.${AWS::URLSuffix}"}')), "refuted"),
        (role(allow('{Service: !Sub "${AWS::StackName}.amazonaws.com"}')), "unproven"),
        (role(under('StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}')), "proven"),
        (role(under('StringNotEquals: {"aws:SourceAccount": !Ref AWS::AccountId}')), "refuted"),
        (role(under(f'ArnLike: {{"aws:SourceArn": !Sub "{TASKS}"}}')), "proven"),
        (role(under(f'ArnLike: {{"aws:SourceArn": !Sub "{TASKS.replace(":ecs:", ":batch:")}"}}')), "refuted"),
        (role(under('ArnLike: {"aws:SourceArn": "arn:aws:ecs:us-west-2:111122223333:*"}')), "unproven"),
        (role(under('StringEquals: {"aws:PrincipalOrgID": o-1}')), "unproven"),
    ],
)
def test_a_service_may_assume_a_role_that_trusts_it(site: MakeSite, text: str, verdict: str):
    (found,) = site(text).identity.roles.values()
    proof = service_may_assume(found, ECS)
    assert proof.verdict == verdict
    assert bool(proof.missing) == (verdict == "unproven")
