"""Comments in a DynamoDB table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam

ACTIONS = ("dynamodb:DescribeTable", "dynamodb:PutItem", "dynamodb:Query")
"""What the service does: ping, add, list. It never scans, changes or deletes."""


class DynamoDbStore(Construct):
    """An on-demand table. Callers are known by their roles, so it has no secret and admits no networks."""

    in_vpc = False
    has_schema = False
    secret = None

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        text = dynamodb.AttributeType.STRING
        self._table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="content_id", type=text),
            sort_key=dynamodb.Attribute(name="comment_id", type=text),
            billing=dynamodb.Billing.on_demand(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            # With point-in-time recovery on, DynamoDB keeps a backup of a deleted table for 35 days.
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.environment = {"DATABASE_URL": f"dynamodb://{self._table.table_name}"}

    def grant_access(self, role: iam.IGrantable) -> None:
        """Let `role` ping the table, add and list."""
        self._table.grant(role, *ACTIONS)

    def admit(self, scope: Construct, client: ec2.ISecurityGroup) -> None:
        """Nothing to do: DynamoDB is reached over HTTPS like any other AWS service."""
