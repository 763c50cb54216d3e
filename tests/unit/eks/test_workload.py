from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.eks.conftest import CHART, COMPUTES, IMAGE, RunHelm
from tests.unit.eks.templates import (
    CHARTS,
    CLUSTER,
    MANIFESTS,
    STACK,
    before,
    by,
    manifests,
    properties,
    references,
    template,
    text,
)

if TYPE_CHECKING:
    from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

LAMBDA_SECONDS = 15 * 60


@pytest.mark.parametrize(
    ("compute", "accounts"),
    [
        ("managed-nodes", {("kube-system", "aws-load-balancer-controller"), ("comments", "comments")}),
        ("auto", {("comments", "comments")}),
    ],
)
def test_pods_get_their_roles_from_pod_identity(
    synthesize: Synthesize, compute: str, accounts: set[tuple[str, str]]
):
    assembly = synthesize(eks_compute=compute)
    associations = assembly.all(STACK, "AWS::EKS::PodIdentityAssociation")

    assert {(one["Namespace"], one["ServiceAccount"]) for one in associations} == accounts
    for association in associations:
        (role,) = references(association["RoleArn"])
        assert properties(assembly, role)["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
            }
        ]


@pytest.mark.parametrize(
    ("compute", "label"),
    [
        ("managed-nodes", "elbv2.k8s.aws/pod-readiness-gate-inject"),
        ("auto", "eks.amazonaws.com/pod-readiness-gate-inject"),
    ],
)
def test_a_rollout_waits_for_the_load_balancer(synthesize: Synthesize, compute: str, label: str):
    (namespace,) = (one for one in manifests(synthesize(eks_compute=compute)) if one["kind"] == "Namespace")

    assert namespace["metadata"]["name"] == "comments"
    assert namespace["metadata"]["labels"] == {
        label: "enabled",
        "pod-security.kubernetes.io/enforce": "restricted",
    }


def test_the_service_comes_after_the_controller_and_goes_before_it(managed: Assembly):
    service = by(managed, CHARTS, Release="comments")
    controller = by(managed, CHARTS, Release="aws-load-balancer-controller")

    assert controller in before(managed, service)
    assert set(managed.resources(STACK, "AWS::EKS::PodIdentityAssociation")) <= before(managed, service)
    assert by(managed, "AWS::EKS::Nodegroup") in before(managed, controller)


def test_the_service_comes_after_all_that_its_pods_need(either: Assembly):
    needed = before(either, by(either, CHARTS, Release="comments"))

    for kind in (MANIFESTS, "AWS::EC2::SecurityGroupIngress", "AWS::EKS::Addon", "AWS::EKS::AccessEntry"):
        names = set(either.resources(STACK, kind)) - {_deploying_entry(either)}
        assert names
        assert names <= needed


def _deploying_entry(assembly: Assembly) -> str:
    entries = assembly.resources(STACK, "AWS::EKS::AccessEntry").items()
    return next(name for name, entry in entries if "deploy-role" in text(entry["Properties"]["PrincipalArn"]))


def test_helm_ends_well_before_the_function_that_runs_it(either: Assembly):
    for chart in either.all(STACK, CHARTS):
        assert chart["Wait"] is True
        assert chart["Atomic"] is True
        assert 2 * int(chart["Timeout"].removesuffix("s")) < LAMBDA_SECONDS  # to install, and to roll back


def test_the_stack_tells_the_url_once_there_is_one(synthesize: Synthesize, managed: Assembly):
    certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/abc"
    address = by(managed, "Custom::AWSCDK-EKS-KubernetesObjectValue", ObjectType="ingress")

    assert text(template(managed)["Outputs"]["Url"]["Value"]).startswith("http://<")
    assert references(template(managed)["Outputs"]["Url"]["Value"]) == {address}
    assert by(managed, CHARTS, Release="comments") in before(managed, address)
    outputs = template(synthesize(certificate_arn=certificate))["Outputs"]
    assert text(outputs["Url"]["Value"]).startswith("https://<")


def test_on_postgres_the_service_reads_one_secret_and_is_let_in(synthesize: Synthesize):
    assembly = synthesize(store="postgres")
    (statement,) = service_statements(assembly)
    ingress = assembly.one(STACK, "AWS::EC2::SecurityGroupIngress")
    values = json.loads(text(properties(assembly, by(assembly, CHARTS, Release="comments"))["Values"]))

    assert set(statement["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
    assert text(statement["Resource"]) == values["environment"]["DATABASE_SECRET_ARN"]
    assert (ingress["FromPort"], ingress["ToPort"]) == (5432, 5432)
    assert ingress["SourceSecurityGroupId"] == {
        "Fn::GetAtt": [by(assembly, CLUSTER), "ClusterSecurityGroupId"]
    }
    assert values["migrate"] is True


def test_on_dynamodb_the_service_uses_one_table(synthesize: Synthesize):
    assembly = synthesize(store="dynamodb")
    (statement,) = service_statements(assembly)
    values = json.loads(text(properties(assembly, by(assembly, CHARTS, Release="comments"))["Values"]))

    assert all(action.startswith("dynamodb:") and "*" not in action for action in statement["Action"])
    assert "*" not in json.dumps(statement["Resource"])
    assert assembly.all(STACK, "AWS::EC2::SecurityGroupIngress") == []
    assert values["environment"]["DATABASE_URL"].startswith("dynamodb://")
    assert "DATABASE_SECRET_ARN" not in values["environment"]
    assert values["migrate"] is False


def service_statements(assembly: Assembly) -> list[dict[str, Any]]:
    association = by(assembly, "AWS::EKS::PodIdentityAssociation", ServiceAccount="comments")
    role = references(properties(assembly, association)["RoleArn"])
    return [
        statement
        for policy in assembly.all(STACK, "AWS::IAM::Policy")
        if references(policy["Roles"]) == role
        for statement in policy["PolicyDocument"]["Statement"]
    ]


@pytest.mark.parametrize("store", ["postgres", "dynamodb"])
def test_the_chart_takes_the_values_that_the_stack_gives(
    run_helm: RunHelm, synthesize: Synthesize, store: str
):
    assembly = synthesize(store=store, image=IMAGE)
    chart = properties(assembly, by(assembly, CHARTS, Release="comments"))

    run = run_helm("template", chart["Release"], str(CHART), values=json.loads(text(chart["Values"])))

    assert run.returncode == 0, run.stderr
    assert IMAGE in run.stdout


@pytest.mark.parametrize("compute", COMPUTES)
def test_without_the_internet_every_aws_service_has_an_endpoint_first(synthesize: Synthesize, compute: str):
    assembly = synthesize(egress="endpoints", eks_compute=compute)
    endpoints = assembly.resources(STACK, "AWS::EC2::VPCEndpoint")
    services = {text(one["Properties"]["ServiceName"]).rpartition(".")[2] for one in endpoints.values()}

    assert services == {"ec2", "eks", "eks-auth", "elasticloadbalancing", "lambda"}
    assert set(endpoints) <= before(assembly, by(assembly, CHARTS, Release="comments"))


@pytest.mark.parametrize(
    ("egress", "compute", "warned"),
    [
        ("endpoints", "managed-nodes", True),
        ("endpoints", "auto", False),
        ("nat", "managed-nodes", False),
    ],
)
def test_the_one_combination_that_cannot_be_deployed_says_so(
    synthesize: Synthesize, egress: str, compute: str, *, warned: bool
):
    findings = synthesize(egress=egress, eks_compute=compute).findings()

    assert any("eks-controller-needs-internet" in finding["ruleName"] for finding in findings) == warned
