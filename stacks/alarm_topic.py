"""The topic that tells somebody of an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

if TYPE_CHECKING:
    from constructs import Construct

KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey*")


@dataclass(frozen=True, kw_only=True)
class AlarmTopic:
    """A topic, and the key that its messages are encrypted with on their way."""

    topic: sns.Topic
    key: kms.Key

    @classmethod
    def made_in(cls, scope: Construct, *, email: str) -> AlarmTopic:
        """A topic to which CloudWatch publishes; AWS's own key for SNS would keep its alarms out.

        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        """
        alarms = iam.ServicePrincipal("cloudwatch.amazonaws.com").with_conditions(
            {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        )
        key = kms.Key(
            scope,
            "Key",
            description="Alarms on their way",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        topic = sns.Topic(scope, "Topic", master_key=cast("kms.IKey", key), enforce_ssl=True)
        topic.grant_publish(alarms)
        key.grant(alarms, *KEY_ACTIONS)
        subscription = cast("sns.ITopicSubscription", subscriptions.EmailSubscription(email))
        topic.add_subscription(subscription)
        return cls(topic=topic, key=key)

    def admit_prometheus(self, workspace_arn: str) -> None:
        """Let one workspace of Managed Prometheus publish; for the key AWS documents no condition.

        https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html
        """
        prometheus = iam.ServicePrincipal("aps.amazonaws.com")
        of_workspace = prometheus.with_conditions(
            {
                "ArnEquals": {"aws:SourceArn": workspace_arn},
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            }
        )
        publish = iam.PolicyStatement(
            principals=[cast("iam.IPrincipal", of_workspace)],
            actions=["sns:Publish", "sns:GetTopicAttributes"],
            resources=[self.topic.topic_arn],
        )
        self.topic.add_to_resource_policy(publish)
        self.key.grant(cast("iam.IGrantable", prometheus), *KEY_ACTIONS)
