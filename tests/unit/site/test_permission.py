import fnmatch

import hypothesis
import pytest
from hypothesis import strategies as st

from cais.site.matching import ANY, Match, matches_action, matches_resource
from cais.site.permission import may
from cais.template.values import Attribute, Pseudo, Text, Unknown
from tests.unit.site.conftest import MakeSite

REPOSITORY = "arn:aws:ecr:eu-west-1:123456789012:repository/web"
PULL = "ecr:BatchGetImage"


def role(*statements: str, managed: str = "[]", boundary: str = "") -> str:
    policies = "".join(f"\n      - {statement}" for statement in statements)
    inline = "\n    Policies: [{PolicyName: x, PolicyDocument: {Statement: *s}}]" if statements else ""
    listed = f"\n    Anchor: &s{policies}" if statements else ""
    return f"""
Role:
  Type: AWS::IAM::Role
  Properties:{listed}
    AssumeRolePolicyDocument: {{Statement: []}}
    ManagedPolicyArns: {managed}{boundary}{inline}
"""


ALLOW = '{Effect: Allow, Action: "ecr:Batch*", Resource: "*"}'


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (role(ALLOW), "proven"),
        (role('{Effect: Allow, Action: ["s3:*", "ECR:batchgetimage"], Resource: ["*"]}'), "proven"),
        (role(f'{{Effect: Allow, Action: "*", Resource: "{REPOSITORY}"}}'), "proven"),
        (role('{Effect: Allow, Action: "*", Resource: "arn:aws:ecr:*:*:repository/w?b"}'), "proven"),
        (role('{Effect: Allow, NotAction: "iam:*", NotResource: "arn:aws:s3:::*"}'), "proven"),
        (role(), "refuted"),
        (role('{Effect: Allow, Action: "ecr:Get*", Resource: "*"}'), "refuted"),
        (role('{Effect: Allow, Action: "*", Resource: "arn:aws:ecr:*:*:repository/other"}'), "refuted"),
        (role('{Effect: Allow, NotAction: "ecr:*", Resource: "*"}'), "refuted"),
        (role(ALLOW, '{Effect: Deny, Action: "*", Resource: "*"}'), "refuted"),
        (role(ALLOW, '{Effect: Deny, Action: "s3:*", Resource: "*"}'), "proven"),
        (role('{Effect: Allow, Action: "*", Resource: "*", Condition: {Bool: {"a:b": "true"}}}'), "unproven"),
        (
            role(ALLOW, '{Effect: Deny, Action: "*", Resource: "*", Condition: {Bool: {"a:b": "1"}}}'),
            "unproven",
        ),
        (role(managed='["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]'), "proven"),
        (role(managed='["arn:aws:iam::aws:policy/SomethingElse"]'), "unproven"),
        (role(managed='["arn:aws:iam::123456789012:policy/mine"]'), "unproven"),
        (
            role(ALLOW, boundary="\n    PermissionsBoundary: arn:aws:iam::aws:policy/AdministratorAccess"),
            "proven",
        ),
        (
            role(
                ALLOW, boundary="\n    PermissionsBoundary: arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"
            ),
            "refuted",
        ),
        (role(ALLOW, boundary="\n    PermissionsBoundary: !ImportValue Boundary"), "unproven"),
    ],
)
def test_policies_are_evaluated_as_iam_does(site: MakeSite, text: str, verdict: str):
    made = site(text)
    (found,) = made.identity.roles.values()
    proof = may(made, found, PULL, REPOSITORY)
    assert proof.verdict == verdict
    assert bool(proof.missing) == (verdict == "unproven")
    assert (proof.culprit == found.subject) == (verdict == "refuted")


def test_a_policy_whose_role_is_not_known_leaves_a_missing_permission_open(site: MakeSite):
    made = site(
        role()
        + "Stray: {Type: AWS::IAM::Policy, Properties: {Roles: [!ImportValue Role], PolicyDocument: {}}}"
    )
    (found,) = made.identity.roles.values()
    assert may(made, found, PULL, REPOSITORY).verdict == "unproven"


SOME_SUBNET = Text(("arn:aws:ec2:", Pseudo("AWS::Region"), ":", Pseudo("AWS::AccountId"), ":subnet/", ANY))
HERE = Text(("arn:", Pseudo("AWS::Partition"), ":ec2:", *SOME_SUBNET.parts[1:]))
IN_BUCKET = Text((Attribute("t", "Bucket", "Arn"), "/*"))
OPEN = Text(("arn:aws:ecr:", Pseudo("AWS::Region"), ":", Pseudo("AWS::AccountId"), ":repository/web"))


@pytest.mark.parametrize(
    ("pattern", "resource", "match"),
    [
        (OPEN, OPEN, Match.YES),
        ("arn:aws:ecr:*:*:repository/web", OPEN, Match.YES),
        (Text((*OPEN.parts[:-1], ":repository/other")), OPEN, Match.NO),
        (REPOSITORY, OPEN, Match.PERHAPS),
        (OPEN, REPOSITORY, Match.PERHAPS),
        (Attribute("t", "Repository", "Arn"), Attribute("t", "Repository", "Ref"), Match.YES),
        (Attribute("t", "Repository", "Arn"), Attribute("t", "Other", "Ref"), Match.NO),
        (Text((Attribute("t", "Bucket", "Arn"), "/*")), Attribute("t", "Bucket", "Ref"), Match.PERHAPS),
        (
            Text((Attribute("t", "Bucket", "Arn"), "/*")),
            Text((Attribute("t", "Bucket", "Ref"), "/a")),
            Match.YES,
        ),
        (
            Text((Attribute("t", "Bucket", "Arn"), "/*")),
            Text((Attribute("t", "Other", "Ref"), "/a")),
            Match.NO,
        ),
        (REPOSITORY, Attribute("t", "Repository", "Ref"), Match.PERHAPS),
        ("*", Attribute("t", "Repository", "Ref"), Match.YES),
        ("arn:aws:ec2:*:*:subnet/*", SOME_SUBNET, Match.YES),
        ("arn:aws-us-gov:ec2:*:*:subnet/*", HERE, Match.YES),
        ("arn:aws-us-gov:ec2:*:*:instance/*", HERE, Match.NO),
        (HERE, "arn:aws-us-gov:ec2:eu-west-1:123456789012:subnet/a", Match.PERHAPS),
        (Text(("arn:", Pseudo("AWS::Partition"), ":s3:::a")), "arn:aws:s3:::a", Match.YES),
        ("arn:aws-us-gov:s3:::a", "arn:aws:s3:::a", Match.NO),
        ("arn:aws:ec2:*:*:subnet/subnet-0a", SOME_SUBNET, Match.PERHAPS),
        ("arn:aws:ec2:*:*:s?????/*-0a", SOME_SUBNET, Match.PERHAPS),
        ("arn:aws:ec2:*:*:instance/*", SOME_SUBNET, Match.NO),
        ("arn:aws:ec2:*:subnet/*", Text(("arn:aws:ec2:", Unknown("x"), ":subnet/a")), Match.YES),
        ("arn:aws:ec2:*:instance/*", Text(("arn:aws:ec2:", Unknown("x"), ":subnet/a")), Match.PERHAPS),
        ("arn:aws:ec2:*:instance/b", Text(("arn:aws:ec2:", Unknown("x"), ":subnet/a")), Match.NO),
    ],
)
def test_resources_with_open_parts(pattern: str, resource: str, match: Match):
    assert matches_resource(pattern, resource) is match


@hypothesis.given(st.text("ab:*?", max_size=8), st.text("ab:", max_size=8))
def test_patterns_match_as_they_do_in_a_shell(pattern: str, action: str):
    expected = Match.YES if fnmatch.fnmatchcase(action, pattern) else Match.NO
    assert matches_action(pattern, action) is expected
    assert matches_resource(pattern, action) is expected


@hypothesis.given(*[st.text("ab:/", max_size=4)] * 3, st.tuples(*[st.integers(0, 12)] * 2))
def test_what_is_open_rules_nothing_out_that_it_may_be(
    before: str, inside: str, after: str, cut: tuple[int, int]
):
    whole, (start, end) = before + inside + after, sorted(cut)
    open_text = Text((before, ANY if set(inside) <= {"a", "b"} else Unknown("x"), after))
    assert matches_resource(f"{whole[:start]}*{whole[end:]}", open_text) is not Match.NO
    assert matches_resource(open_text, whole) is not Match.NO
