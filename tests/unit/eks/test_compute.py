from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from stacks.settings import Settings, SettingsError, read_settings
from tests.synthesis import CONTRACT, ROOT, Assembly

if TYPE_CHECKING:
    from pathlib import Path

    from cais.contract import Contract
    from stacks.settings import EksCompute

pytestmark = pytest.mark.cdk


@pytest.mark.parametrize(
    ("contract", "nodes"),
    [
        ({"max_copies": 2}, 2),  # one in each zone, though one would hold them
        ({"max_copies": 10}, 3),  # 13 copies in a rollout, 5 on a node by memory and CPU
        ({"max_copies": 10, "memory_mib": 1400}, 7),
        ({"max_copies": 10, "cpu": 1024}, 13),
        ({"max_copies": 40, "cpu": 1, "memory_mib": 1}, 5),  # 50 copies, 10 addresses on a node
    ],
)
def test_there_are_nodes_for_the_most_copies_in_a_rollout(contract: dict[str, Any], nodes: int):
    from eks.managed_nodes import node_count

    assert node_count(replace(CONTRACT, **contract)) == nodes


@pytest.mark.parametrize("contract", [{"cpu": 2048}, {"memory_mib": 4096}])
def test_a_copy_that_no_node_holds_is_refused_with_what_to_do(contract: dict[str, Any]):
    from eks.managed_nodes import node_count

    with pytest.raises(SettingsError, match="eks_compute=auto"):
        node_count(replace(CONTRACT, **contract))


def test_arm64_gets_nodes_and_an_image_of_its_kind(tmp_path: Path):
    assembly = synthesize(tmp_path, replace(CONTRACT, architecture="arm64"), "managed-nodes")
    group = assembly.one("EksStack", "AWS::EKS::Nodegroup")

    assert group["AmiType"] == "AL2023_ARM_64_STANDARD"
    assert group["InstanceTypes"] == ["t4g.medium"]
    assert r"\"architecture\":\"arm64\"" in assembly.text("EksStack")


@pytest.mark.parametrize(("architecture", "pools"), [("arm64", ["arm64"]), ("x86_64", [])])
def test_auto_mode_gets_a_node_pool_for_what_its_own_lacks(
    tmp_path: Path, architecture: Any, pools: list[str]
):
    assembly = synthesize(tmp_path, replace(CONTRACT, architecture=architecture), "auto")
    manifests = [
        manifest
        for one in assembly.all("EksStack", "Custom::AWSCDK-EKS-KubernetesResource")
        for manifest in json.loads(one["Manifest"])
        if manifest["kind"] == "NodePool"
    ]

    assert [manifest["metadata"]["name"] for manifest in manifests] == pools
    for manifest in manifests:
        requirements = manifest["spec"]["template"]["spec"]["requirements"]
        assert {"key": "kubernetes.io/arch", "operator": "In", "values": pools} in requirements


def synthesize(folder: Path, contract: Contract, compute: EksCompute) -> Assembly:
    """EksStack of another contract than the service's."""
    from aws_cdk import App

    from stacks.build import build
    from stacks.registry import installed_targets

    app = App(outdir=str(folder), context=json.loads((ROOT / "cdk.json").read_text())["context"])
    settings = Settings(targets=("eks",), eks_compute=compute, image="registry.example/team/comments:1")
    build(app, settings=settings, contract=contract, targets=installed_targets(), image_folder=folder)
    app.synth()
    return Assembly(folder)


def test_the_target_is_what_its_entry_point_says():
    from eks.target import EksTarget
    from stacks.registry import installed_targets
    from stacks.target import Target

    assert installed_targets()["eks"].load() is EksTarget
    assert isinstance(EksTarget(), Target)
    assert (EksTarget.name, EksTarget.stack_name) == ("eks", "EksStack")


@pytest.mark.parametrize(
    "context",
    [
        {"eks_public_cidrs": "0.0.0.0/0"},
        {"eks_public_cidrs": "203.0.113.0/24,0.0.0.0/0"},
        {"eks_public_cidrs": "203.0.113.9/24"},
        {"eks_public_cidrs": ""},
        {"eks_public_cidrs": "office"},
        {"eks_admin_role_arn": "admins"},
        {"eks_admin_role_arn": "arn:aws:iam::111122223333:user/me"},
    ],
)
def test_access_to_the_cluster_is_never_given_by_mistake(context: dict[str, str]):
    (key,) = context

    with pytest.raises(SettingsError, match=key):
        read_settings(context, targets=["eks"])
