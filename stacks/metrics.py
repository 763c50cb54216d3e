"""Where the targets send the service's metrics: Amazon Managed Service for Prometheus, with our rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_aps as aps

from stacks.alarm_topic import AlarmTopic

if TYPE_CHECKING:
    from aws_cdk import App
    from constructs import Construct

STACK_NAME = "MetricsStack"
RULES = Path(__file__).parents[1] / "observability" / "rules.yml"

SCRAPE_SECONDS = 30  # the least that Managed Prometheus's own collector takes, and the most that our rules do

ALERTS = """\
alertmanager_config: |
  route:
    receiver: topic
    group_by: [alertname, job]
  receivers:
    - name: topic
      sns_configs:
        - topic_arn: {topic}
          sigv4:
            region: {region}
          send_resolved: true
          subject: '{{{{ .CommonLabels.alertname }}}} is {{{{ .Status }}}}'
          message: |-
            {{{{ range .Alerts }}}}{{{{ .Annotations.summary }}}}.
            {{{{ .Annotations.action }}}}
            {{{{ end }}}}
"""
"""https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-config.html"""


class MetricsStack(Stack):
    """A workspace with the rules that the tests fire; its alerts go to `email`, where there is one.

    The targets refer to it. What watches the targets is in ObservabilityStack, which refers to them.

    Attributes:
        workspace_arn: the workspace.
        remote_write_url: where collectors write to.
        alarms: who is told; None without an address.
    """

    def __init__(self, scope: Construct, construct_id: str, *, email: str | None) -> None:
        super().__init__(scope, construct_id, description="The service's metrics, and the rules on them")
        self.alarms = AlarmTopic.made_in(self, email=email) if email else None
        workspace = aps.CfnWorkspace(
            self,
            "Workspace",
            alert_manager_definition=self._alerts(self.alarms) if self.alarms else None,
        )
        self.workspace_arn = workspace.attr_arn
        self.remote_write_url = f"{workspace.attr_prometheus_endpoint}api/v1/remote_write"
        if self.alarms:
            self.alarms.admit_prometheus(self.workspace_arn)
        rules = RULES.read_text(encoding="utf-8")
        aps.CfnRuleGroupsNamespace(self, "Rules", name="service", workspace=self.workspace_arn, data=rules)

    def _alerts(self, alarms: AlarmTopic) -> str:
        return ALERTS.format(topic=alarms.topic.topic_arn, region=self.region)


class ManagedPrometheus:
    """The workspace, in a stack that is made when the first target asks for it.

    An empty one would alert for ever, because nobody answers it. Lambda's metrics are in CloudWatch.
    """

    def __init__(self, app: App, *, email: str | None) -> None:
        self._app = app
        self._email = email
        self.made: MetricsStack | None = None

    def stack(self) -> MetricsStack:
        """The stack; the same at every call."""
        self.made = self.made or MetricsStack(self._app, STACK_NAME, email=self._email)
        return self.made
