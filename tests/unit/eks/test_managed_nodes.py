from __future__ import annotations

import json
import re
import tarfile
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis import ROOT
from tests.unit.eks.templates import (
    CHARTS,
    CLUSTER,
    STACK,
    before,
    by,
    managed_policies,
    properties,
    references,
    text,
)

if TYPE_CHECKING:
    from tests.synthesis import Assembly

pytestmark = pytest.mark.cdk

POLICY = ROOT / "eks" / "aws-load-balancer-controller-3.2.2-iam-policy.json"


def test_nodes_are_current_private_and_closed(managed: Assembly):
    group = managed.one(STACK, "AWS::EKS::Nodegroup")
    data = managed.one(STACK, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]

    assert group["AmiType"] == "AL2023_x86_64_STANDARD"
    assert all("PrivateSubnet" in text(subnet) for subnet in group["Subnets"])
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert [disk["Ebs"]["Encrypted"] for disk in data["BlockDeviceMappings"]] == [True]
    assert references(group["LaunchTemplate"]["Id"]) == {by(managed, "AWS::EC2::LaunchTemplate")}


def test_nodes_may_join_and_pull_and_their_network_may_do_the_rest(managed: Assembly):
    (node_role,) = references(managed.one(STACK, "AWS::EKS::Nodegroup")["NodeRole"])
    cni = properties(managed, by(managed, "AWS::EKS::Addon", AddonName="vpc-cni"))
    (identity,) = cni["PodIdentityAssociations"]

    assert managed_policies(managed, node_role) == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }
    assert identity["ServiceAccount"] == "aws-node"
    (cni_role,) = references(identity["RoleArn"])
    assert managed_policies(managed, cni_role) == {"AmazonEKS_CNI_Policy"}


def test_every_add_on_is_named(managed: Assembly, auto: Assembly):
    def names(assembly: Assembly) -> set[str]:
        return {add_on["AddonName"] for add_on in assembly.all(STACK, "AWS::EKS::Addon")}

    assert names(managed) == {"coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"}
    assert names(auto) == {"metrics-server"}  # the others are inside Auto Mode
    for assembly in (managed, auto):
        assert assembly.one(STACK, CLUSTER)["BootstrapSelfManagedAddons"] is False


def test_nodes_find_their_network_and_pods_find_nodes(managed: Assembly):
    nodes = by(managed, "AWS::EKS::Nodegroup")

    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert by(managed, "AWS::EKS::Addon", AddonName=name) in before(managed, nodes)
    for name in ("coredns", "metrics-server"):
        assert nodes in before(managed, by(managed, "AWS::EKS::Addon", AddonName=name))


def test_the_controller_is_pinned_and_knows_where_it_is(managed: Assembly):
    chart = properties(managed, by(managed, CHARTS, Release="aws-load-balancer-controller"))
    values = json.loads(text(chart["Values"]))

    assert chart["Repository"] == "https://aws.github.io/eks-charts"
    assert re.fullmatch(r"\d+\.\d+\.\d+", chart["Version"])
    assert values["clusterName"] == f"<{by(managed, CLUSTER)}>"
    assert values["region"] == "<AWS::Region>"
    assert "Vpc" in values["vpcId"]
    assert values["enableServiceMutatorWebhook"] is False
    assert values["podDisruptionBudget"] == {"maxUnavailable": 1}
    assert "enableCertManager" not in values  # off in the chart


def test_the_controllers_policy_is_that_of_its_version(managed: Assembly):
    from aws_cdk.aws_eks_v2 import AlbControllerVersion

    chart = properties(managed, by(managed, CHARTS, Release="aws-load-balancer-controller"))
    pinned = AlbControllerVersion.V3_2_2
    library = next(file for file in metadata.files("aws-cdk-lib") or () if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(library.locate())) as package:
        shipped = package.extractfile(f"package/aws-eks-v2/lib/addons/alb-iam_policy-{pinned.version}.json")
        assert shipped is not None
        assert json.loads(POLICY.read_text()) == json.load(shipped)
    assert chart["Version"] == pinned.helm_chart_version


def test_the_controller_may_do_all_that_its_policy_says(managed: Assembly):
    def actions(statements: list[dict[str, Any]]) -> set[str]:
        listed = [statement["Action"] for statement in statements]
        return {action for one in listed for action in ([one] if isinstance(one, str) else one)}

    policy = managed.one(STACK, "AWS::IAM::ManagedPolicy")["PolicyDocument"]

    assert actions(policy["Statement"]) == actions(json.loads(POLICY.read_text())["Statement"])
    assert all("arn:aws:" not in text(arn) for one in policy["Statement"] for arn in _listed(one["Resource"]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_managed_nodes_leave_auto_mode_off(managed: Assembly):
    cluster = managed.one(STACK, CLUSTER)

    assert cluster["ComputeConfig"] == {"Enabled": False}
    assert cluster["KubernetesNetworkConfig"]["ElasticLoadBalancing"] == {"Enabled": False}
