"""What AWS's own managed policies allow, as far as starting a container or a function needs it.

Each is cut down to the actions that the rules ask for. Every other policy of AWS stays open.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/
"""

from __future__ import annotations

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
)
PULL = ("ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
READ = (*PULL, "ecr:BatchCheckLayerAvailability")

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
        "ec2:AssignPrivateIpAddresses",
        "ec2:AttachNetworkInterface",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DetachNetworkInterface",
        "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:UnassignPrivateIpAddresses",
    ),
    "AmazonSSMManagedInstanceCore": ("ec2messages:*", "ssm:GetParameter*", "ssmmessages:*"),
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
