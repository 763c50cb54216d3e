"""What AWS's own managed policies allow, as far as starting a container or a function needs it.

Each is cut down to the actions that the rules ask for. Every other policy of AWS stays open.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/
"""

from __future__ import annotations

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
)
PULL = ("ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
READ = (*PULL, "ecr:BatchCheckLayerAvailability")
BALANCE = (
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateSecurityGroup",
    "ec2:CreateTags",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "elasticloadbalancing:AddTags",
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:CreateTargetGroup",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:RegisterTargets",
)
CLUSTER_TAG = "aws:PrincipalTag/eks:eks-cluster-name"

ALLOWED: dict[str, tuple[str, ...]] = {
    "AdministratorAccess": ("*",),
    "AmazonEC2ContainerRegistryFullAccess": ("ecr:*",),
    "AmazonEC2ContainerRegistryPowerUser": READ,
    "AmazonEC2ContainerRegistryPullOnly": PULL,
    "AmazonEC2ContainerRegistryReadOnly": READ,
    "CloudWatchLogsFullAccess": ("logs:*",),
    "AmazonDynamoDBFullAccess": ("dynamodb:*",),
    "AmazonDynamoDBReadOnlyAccess": (
        "dynamodb:BatchGetItem",
        "dynamodb:Describe*",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
    ),
    "AmazonEKSClusterPolicy": (
        *BALANCE,
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeDhcpOptions",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetHealth",
        "kms:DescribeKey",
    ),
    "AmazonEKSFargatePodExecutionRolePolicy": READ,
    "AmazonEKSWorkerNodeMinimalPolicy": ("eks-auth:AssumeRoleForPodIdentity",),
    "AmazonEKSWorkerNodePolicy": (
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVolumes",
        "ec2:DescribeVpcs",
        "eks-auth:AssumeRoleForPodIdentity",
        "eks:DescribeCluster",
    ),
    "AmazonEKS_CNI_Policy": (
        *INTERFACES,
        "ec2:AttachNetworkInterface",
        "ec2:CreateTags",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DetachNetworkInterface",
        "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:UnassignPrivateIpAddresses",
    ),
    "AmazonSSMManagedInstanceCore": ("ssm:GetParameter", "ssm:GetParameters"),
    "CloudWatchAgentServerPolicy": (
        *LOGS,
        "cloudwatch:PutMetricData",
        "ec2:DescribeTags",
        "ec2:DescribeVolumes",
        "ssm:GetParameter",
    ),
    "SecretsManagerReadWrite": ("secretsmanager:*",),
    "service-role/AWSLambdaBasicExecutionRole": LOGS,
    "service-role/AWSLambdaENIManagementAccess": INTERFACES,
    "service-role/AWSLambdaVPCAccessExecutionRole": (*LOGS, *INTERFACES),
    "service-role/AmazonEC2ContainerServiceforEC2Role": (
        *READ,
        "ecs:DiscoverPollEndpoint",
        "ecs:Poll",
        "ecs:RegisterContainerInstance",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ),
    "service-role/AmazonECSTaskExecutionRolePolicy": (*READ, "logs:CreateLogStream", "logs:PutLogEvents"),
}
"""Actions allowed on every resource, by the name behind "policy/" in the policy's ARN."""

ALLOWED_TO_CLUSTERS: dict[str, tuple[str, ...]] = {
    "AmazonEKSBlockStoragePolicy": ("ec2:AttachVolume", "ec2:CreateTags", "ec2:CreateVolume"),
    "AmazonEKSComputePolicy": (
        "ec2:CreateFleet",
        "ec2:CreateLaunchTemplate",
        "ec2:CreateTags",
        "ec2:RunInstances",
        "iam:PassRole",
    ),
    "AmazonEKSLoadBalancingPolicy": (
        *BALANCE,
        "ec2:GetSecurityGroupsForVpc",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:SetRulePriorities",
    ),
    "AmazonEKSNetworkingPolicy": (
        "ec2:AssignIpv6Addresses",
        "ec2:AssignPrivateIpAddresses",
        "ec2:AttachNetworkInterface",
        "ec2:CreateNetworkInterface",
        "ec2:CreateTags",
    ),
}
"""The same of policies that allow in sessions with `CLUSTER_TAG`, such as EKS has in Auto Mode."""
