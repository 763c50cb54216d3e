"""What AWS's own managed policies allow, as far as starting a container needs it.

Each is cut down to the actions that the rules ask for. Every other policy of AWS stays open.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/
"""

from __future__ import annotations

PULL = ("ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
READ = (*PULL, "ecr:BatchCheckLayerAvailability")

ALLOWED: dict[str, tuple[str, ...]] = {
    "AdministratorAccess": ("*",),
    "AmazonEC2ContainerRegistryFullAccess": ("ecr:*",),
    "AmazonEC2ContainerRegistryPowerUser": READ,
    "AmazonEC2ContainerRegistryPullOnly": PULL,
    "AmazonEC2ContainerRegistryReadOnly": READ,
    "CloudWatchLogsFullAccess": ("logs:*",),
    "SecretsManagerReadWrite": ("secretsmanager:*",),
    "service-role/AmazonECSTaskExecutionRolePolicy": (*READ, "logs:CreateLogStream", "logs:PutLogEvents"),
}
"""Actions allowed on every resource, by the name behind "policy/" in the policy's ARN."""
