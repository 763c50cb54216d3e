"""Alarms and a dashboard of what AWS itself measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns

from stacks.alarm_topic import AlarmTopic
from stacks.alarms import Watch, watches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


class ObservabilityStack(Stack):
    """An alarm for every fault that AWS measures on what is in `watched`; those stacks know nothing of it.

    Resources are found by their type, so a target that somebody adds is watched as ours are. Without a topic
    that tells of other alarms already, `email` is told by one of its own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        email: str,
        alarms: AlarmTopic | None,
        watched: Sequence[Stack],
    ) -> None:
        super().__init__(scope, construct_id, description="Alarms and a dashboard of what AWS measures")
        topic = cast("sns.ITopic", (alarms or AlarmTopic.made_in(self, email=email)).topic)
        tell = cast("cloudwatch.IAlarmAction", actions.SnsAction(topic))
        raised = [
            self._alarm(construct.node.path, watch, tell)
            for stack in watched
            for construct in stack.node.find_all()
            for watch in watches(construct)
        ]
        widgets = [cloudwatch.AlarmWidget(alarm=alarm, width=12) for alarm in raised]
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
