from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.eks.templates import CHARTS, CLUSTER, STACK, managed_policies, manifests, references, text

if TYPE_CHECKING:
    from tests.synthesis import Assembly

pytestmark = pytest.mark.cdk


def test_auto_mode_brings_its_own_controller_and_nodes(auto: Assembly):
    cluster = auto.one(STACK, CLUSTER)

    assert cluster["ComputeConfig"]["Enabled"] is True
    assert cluster["KubernetesNetworkConfig"]["ElasticLoadBalancing"] == {"Enabled": True}
    assert [chart["Release"] for chart in auto.all(STACK, CHARTS)] == ["comments"]
    assert auto.all(STACK, "AWS::EKS::Nodegroup") == []
    (role,) = references(cluster["ComputeConfig"]["NodeRoleArn"])
    assert managed_policies(auto, role) == {
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }


def test_auto_mode_has_the_ingress_class_that_the_service_names(auto: Assembly):
    made = {manifest["kind"]: manifest for manifest in manifests(auto)}
    values = json.loads(text(auto.one(STACK, CHARTS)["Values"]))

    assert made["IngressClass"]["metadata"]["name"] == values["ingress"]["className"]
    assert made["IngressClass"]["spec"]["controller"] == "eks.amazonaws.com/alb"
    assert (
        made["IngressClass"]["spec"]["parameters"]["name"] == made["IngressClassParams"]["metadata"]["name"]
    )
    assert made["IngressClassParams"]["spec"]["scheme"] == values["ingress"]["scheme"]
