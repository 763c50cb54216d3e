"""Compute that we choose: EC2 nodes in a managed node group, and what makes them a cluster."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from eks.add_ons import add_on
from eks.controller import LoadBalancerController
from eks.identity import attach, aws_role, pod_role
from eks.values import millicores
from stacks.settings import SettingsError

if TYPE_CHECKING:
    from cais.contract import Contract

# Amazon Linux 2023, as EKS makes no Amazon Linux 2 images for this version any more (K35).
AMI_TYPES = {
    "x86_64": eks.NodegroupAmiType.AL2023_X86_64_STANDARD,
    "arm64": eks.NodegroupAmiType.AL2023_ARM_64_STANDARD,
}
INSTANCE_TYPES = {"x86_64": "t3.medium", "arm64": "t4g.medium"}

# What such a node (2 vCPU, 4 GiB, 17 pod addresses) has left beside the kubelet, add-ons and controller:
# 1930m and 3.3 GiB allocatable, less some 400m, 400 MiB and 7 pods of theirs.
# https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
NODE_MILLICORES = 1500
NODE_MIB = 2900
NODE_PODS = 10
FEWEST_NODES = 2  # one in each zone
SURGE = 1.25  # the Deployment's maxSurge is 25%


class ManagedNodes(Construct):
    """A node group in the private subnets, its add-ons and the load balancer controller, in working order."""

    readiness_gate_label = "elbv2.k8s.aws/pod-readiness-gate-inject"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.ICluster,
        subnets: ec2.SubnetSelection,
        contract: Contract,
    ) -> None:
        super().__init__(scope, construct_id)
        nodes = self._node_group(cluster, subnets, contract)
        # A node is ready only with its network; pods get credentials only where the agent runs (K10, K26).
        cni_role = pod_role(self, "CniRole")
        attach(cni_role, "AmazonEKS_CNI_Policy")
        nodes.node.add_dependency(
            add_on(self, "eks-pod-identity-agent", cluster=cluster),
            add_on(self, "kube-proxy", cluster=cluster),
            add_on(self, "vpc-cni", cluster=cluster, service_account="aws-node", role=cni_role),
        )
        controller = LoadBalancerController(self, "LoadBalancerController", cluster=cluster)
        for name in ("coredns", "metrics-server"):
            pods = add_on(self, name, cluster=cluster)
            pods.node.add_dependency(nodes)
            controller.node.add_dependency(pods)

    def _node_group(
        self, cluster: eks.ICluster, subnets: ec2.SubnetSelection, contract: Contract
    ) -> eks.Nodegroup:
        count = node_count(contract)
        return eks.Nodegroup(
            self,
            "Nodes",
            cluster=cluster,
            subnets=subnets,
            ami_type=AMI_TYPES[contract.architecture],
            instance_types=[ec2.InstanceType(INSTANCE_TYPES[contract.architecture])],
            # To join the cluster (K22) and to pull images (K24); the network's rights are its own pods'.
            node_role=aws_role(
                self,
                "NodeRole",
                service="ec2.amazonaws.com",
                policies=["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"],
            ),
            launch_template_spec=_launch_template(self),
            # Nothing scales the group, so it holds the most copies that the autoscaler may ask for.
            min_size=count,
            max_size=count,
            desired_size=count,
            enable_node_auto_repair=True,
        )


def node_count(contract: Contract) -> int:
    """How many nodes hold the contract's most copies while a rollout replaces them.

    Raises:
        SettingsError: not even one copy fits a node.
    """
    a_node_holds = min(NODE_MILLICORES // millicores(contract), NODE_MIB // contract.memory_mib, NODE_PODS)
    if not a_node_holds:
        instance = INSTANCE_TYPES[contract.architecture]
        raise SettingsError(
            f"a copy of {contract.name} wants {millicores(contract)}m CPU and {contract.memory_mib} MiB; "
            f"a {instance} node has {NODE_MILLICORES}m and {NODE_MIB} MiB left; use -c eks_compute=auto"
        )
    return max(FEWEST_NODES, math.ceil(contract.max_copies * SURGE / a_node_holds))


def _launch_template(scope: Construct) -> eks.LaunchTemplateSpec:
    """IMDSv2 alone, out of reach of pods; an encrypted disk. EKS adds image, user data and security group."""
    disk = ec2.BlockDeviceVolume.ebs(30, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3)
    template = ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        require_imdsv2=True,
        http_put_response_hop_limit=1,
        block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=disk)],
    )
    return eks.LaunchTemplateSpec(
        id=cast("str", template.launch_template_id), version=template.latest_version_number
    )
