import json
import re
from typing import Any

import pytest

from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "ObservabilityStack"
ALARM = "AWS::CloudWatch::Alarm"
EMAIL = "team@example.org"
ON_TARGETS = {
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
    ("AWS/ApplicationELB", "UnHealthyHostCount"),
    ("AWS/ApiGateway", "5xx"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
}
ON_STORES = {
    "postgres": {("AWS/RDS", "ACUUtilization")},
    "dynamodb": {("AWS/DynamoDB", "ReadThrottleEvents"), ("AWS/DynamoDB", "WriteThrottleEvents")},
}


def measured(alarms: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms}


@pytest.fixture(params=ON_STORES)
def assembly(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(store=request.param, alarm_email=EMAIL)


def test_nobody_to_tell_means_no_stack(synthesize: Synthesize):
    assert STACK not in synthesize().stacks


@pytest.mark.parametrize("store", ON_STORES)
def test_what_aws_measures_of_targets_and_store_raises_an_alarm(store: str, synthesize: Synthesize):
    alarms = synthesize(store=store, alarm_email=EMAIL).all(STACK, ALARM)
    assert measured(alarms) == ON_TARGETS | ON_STORES[store]


def test_only_what_is_deployed_is_watched(synthesize: Synthesize):
    alarms = synthesize(targets="serverless", alarm_email=EMAIL).all(STACK, ALARM)
    assert {namespace for namespace, _ in measured(alarms)} == {"AWS/ApiGateway", "AWS/Lambda", "AWS/RDS"}


def test_of_functions_the_one_that_serves_is_watched(assembly: Assembly):
    alarms = [alarm for alarm in assembly.all(STACK, ALARM) if alarm["Namespace"] == "AWS/Lambda"]
    assert {alarm["AlarmDescription"] for alarm in alarms} == {
        "Errors of LambdaStack/Service/Function",
        "Throttles of LambdaStack/Service/Function",
    }


def test_there_is_no_security_finding(assembly: Assembly):
    assert [finding for finding in assembly.findings() if finding["severity"] != "warning"] == []


def test_an_alarm_tells_of_its_beginning_and_its_end(assembly: Assembly):
    (topic,) = assembly.resources(STACK, "AWS::SNS::Topic")
    for alarm in assembly.all(STACK, ALARM):
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm["TreatMissingData"] == "notBreaching"
    assert assembly.one(STACK, "AWS::SNS::Subscription")["Endpoint"] == EMAIL


def test_an_alarm_names_its_resource_by_reference(assembly: Assembly):
    for alarm in assembly.all(STACK, ALARM):
        assert alarm["Dimensions"]
        assert all(isinstance(dimension["Value"], dict) for dimension in alarm["Dimensions"]), alarm


def test_cloudwatch_of_this_account_alone_may_publish_and_use_the_key(assembly: Assembly):
    key = assembly.one(STACK, "AWS::KMS::Key")
    topic = assembly.one(STACK, "AWS::SNS::TopicPolicy")
    statements = [*key["KeyPolicy"]["Statement"], *topic["PolicyDocument"]["Statement"]]
    ours = [
        statement
        for statement in statements
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    allowed = {action for statement in ours for action in _list(statement["Action"])}
    assert {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey*"} <= allowed
    for statement in ours:
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_what_is_watched_knows_nothing_of_it(assembly: Assembly):
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    dependants = {name for name, artifact in manifest.items() if STACK in artifact.get("dependencies", ())}
    assert dependants == set()


def test_every_alarm_is_on_the_dashboard(assembly: Assembly):
    body = json.dumps(assembly.one(STACK, "AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert set(assembly.resources(STACK, ALARM)) == set(re.findall(r'"Fn::GetAtt": \["(\w+)", "Arn"\]', body))


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
