from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from tests.unit.eks.templates import CLUSTER, STACK, by, managed_policies, properties, references, text

if TYPE_CHECKING:
    from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk


def test_the_api_answers_inside_the_vpc_alone_by_default(either: Assembly):
    access = either.one(STACK, CLUSTER)["ResourcesVpcConfig"]

    assert access["EndpointPrivateAccess"] is True
    assert access["EndpointPublicAccess"] is False


def test_the_api_answers_named_networks_when_asked(synthesize: Synthesize):
    access = synthesize(eks_public_cidrs="203.0.113.0/24,198.51.100.7/32").one(STACK, CLUSTER)[
        "ResourcesVpcConfig"
    ]

    assert access["EndpointPrivateAccess"] is True
    assert access["EndpointPublicAccess"] is True
    assert access["PublicAccessCidrs"] == ["203.0.113.0/24", "198.51.100.7/32"]


def test_the_control_plane_logs_all_that_it_can(either: Assembly):
    types = either.one(STACK, CLUSTER)["Logging"]["ClusterLogging"]["EnabledTypes"]

    assert {one["Type"] for one in types} == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }


def test_secrets_are_encrypted_with_a_key_that_rotates(either: Assembly):
    (encryption,) = either.one(STACK, CLUSTER)["EncryptionConfig"]

    assert encryption["Resources"] == ["secrets"]
    (key,) = references(encryption)
    assert properties(either, key)["EnableKeyRotation"] is True


def test_kubectl_is_as_old_as_the_cluster(either: Assembly):
    version = either.one(STACK, CLUSTER)["Version"]

    assert (
        f"kubectl-v{version.replace('.', '')[1:]}"
        in metadata.distribution("aws-cdk.lambda-layer-kubectl-v36").name
    )
    assert version == "1.36"


def test_kubectl_runs_inside_the_vpc_and_may_do_little_else(either: Assembly):
    handler = by(either, "AWS::Lambda::Function", Handler="index.handler")
    (role,) = references(properties(either, handler)["Role"])

    assert properties(either, handler)["VpcConfig"]["SubnetIds"]
    assert managed_policies(either, role) == {"AWSLambdaVPCAccessExecutionRole"}
    statements = [
        statement
        for policy in either.all(STACK, "AWS::IAM::Policy")
        if references(policy["Roles"]) == {role}
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert {statement["Action"]: "*" in text(statement["Resource"]) for statement in statements} == {
        "eks:DescribeCluster": False,
        "s3:GetObject": False,
    }


def test_the_deploying_role_and_the_handler_administer_the_cluster_and_nobody_else(either: Assembly):
    entries = either.all(STACK, "AWS::EKS::AccessEntry")
    principals = {text(entry["PrincipalArn"]) for entry in entries}

    assert either.one(STACK, CLUSTER)["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    assert len(principals) == len(entries) == 2
    assert any(":role/cdk-hnb659fds-deploy-role-${AWS::AccountId}" in principal for principal in principals)
    for entry in entries:
        (policy,) = entry["AccessPolicies"]
        assert text(policy["PolicyArn"]).endswith(":cluster-access-policy/AmazonEKSClusterAdminPolicy")
        assert policy["AccessScope"] == {"Type": "cluster"}


def test_a_named_role_administers_the_cluster_too(synthesize: Synthesize):
    role = "arn:aws:iam::111122223333:role/platform/admins"

    entries = synthesize(eks_admin_role_arn=role).all(STACK, "AWS::EKS::AccessEntry")

    assert role in [entry["PrincipalArn"] for entry in entries]


def test_nothing_outlives_the_stack(either: Assembly):
    assert '"Retain"' not in either.text(STACK)
