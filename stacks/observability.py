"""Alarms and a dashboard of what AWS itself measures, and the topic that tells somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from stacks.alarms import Watch, watches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


class ObservabilityStack(Stack):
    """An alarm for every fault that AWS measures on what is in `watched`; those stacks know nothing of it.

    Resources are found by their type, so a target that somebody adds is watched as ours are.
    """

    def __init__(self, scope: Construct, construct_id: str, *, email: str, watched: Sequence[Stack]) -> None:
        super().__init__(scope, construct_id, description="Alarms and a dashboard of what AWS measures")
        tell = cast("cloudwatch.IAlarmAction", actions.SnsAction(self._topic(email)))
        alarms = [
            self._alarm(construct.node.path, watch, tell)
            for stack in watched
            for construct in stack.node.find_all()
            for watch in watches(construct)
        ]
        widgets = [cloudwatch.AlarmWidget(alarm=alarm, width=12) for alarm in alarms]
        cloudwatch.Dashboard(self, "Dashboard", widgets=[widgets])

    def _alarm(self, path: str, watch: Watch, tell: cloudwatch.IAlarmAction) -> cloudwatch.Alarm:
        """An alarm that also tells when it is over; where nothing is measured, nothing is wrong."""
        alarm = cloudwatch.Alarm(
            self,
            f"{path}-{watch.name}".replace("/", "-"),
            alarm_description=f"{watch.name} of {path}",
            metric=watch.metric,
            threshold=watch.limit,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=watch.minutes,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(tell)
        alarm.add_ok_action(tell)
        return alarm

    def _topic(self, email: str) -> sns.ITopic:
        """A topic that CloudWatch alone publishes to; AWS's own key for SNS would keep its alarms out.

        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
        """
        alarms = iam.ServicePrincipal("cloudwatch.amazonaws.com").with_conditions(
            {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        )
        key = kms.Key(
            self,
            "Key",
            description="Alarms on their way",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        topic = sns.Topic(self, "Topic", master_key=cast("kms.IKey", key), enforce_ssl=True)
        topic.grant_publish(alarms)
        key.grant(alarms, "kms:Decrypt", "kms:GenerateDataKey*")
        subscription = cast("sns.ITopicSubscription", subscriptions.EmailSubscription(email))
        topic.add_subscription(subscription)
        return cast("sns.ITopic", topic)
