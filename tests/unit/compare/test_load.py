"""Load profiles: from TOML, and from CloudWatch."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from cais.compare.load import LoadError, LoadProfile, UnreachableError, load_profile, shaped
from cais.live.observed_load import load_from_stack

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ALB = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/comments/50dc6c495c0c9188"


def written(folder: Path, text: str) -> Path:
    path = folder / "load.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_says_what_it_knows_and_leaves_the_rest_to_us(tmp_path: Path):
    text = "requests_per_second = 12.5\n[request]\nduration_ms = 40\n[day]\nshape = 'office-hours'"
    profile = load_profile(written(tmp_path, text))
    assert profile.requests_per_second == Decimal("12.5")
    assert profile.values()["request_seconds"] == Decimal("0.040")
    assert profile.known() == {"requests_per_second", "request_seconds"}
    assert profile.response_kb == LoadProfile().response_kb


@pytest.mark.parametrize("shape", ["constant", "office-hours", "spikes"])
def test_every_day_is_a_whole_day_at_the_mean_rate(shape: str):
    day = shaped(shape)
    assert sum(period.share for period in day) == pytest.approx(1)
    assert sum(period.share * period.factor for period in day) == pytest.approx(1)


def test_hours_of_one_rate_are_one_period(tmp_path: Path):
    hours = [0] * 12 + [2] * 12
    day = load_profile(written(tmp_path, f"[day]\nhours = {hours}")).day
    assert [(round(period.share, 6), round(period.factor, 6)) for period in day] == [
        (Decimal("0.5"), 0),
        (Decimal("0.5"), 2),
    ]


def test_every_mistake_is_told_at_once(tmp_path: Path):
    text = "requests_per_second = -1\nrate = 4\n[request]\nduration_ms = 'long'\n[day]\nhours = [1, 2]"
    with pytest.raises(LoadError) as caught:
        load_profile(written(tmp_path, text))
    told = str(caught.value).splitlines()
    assert [line.split(": ", 1)[1].split(" must", 1)[0] for line in told] == [
        "requests_per_second",
        "request.duration_ms",
        "day.hours",
        "the profile has no key 'rate'",
    ]


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(LoadError, match="cannot be read: No such file"):
        load_profile(tmp_path / "none.toml")


@pytest.fixture
def aws():
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    clients = session.client("cloudformation"), session.client("cloudwatch")
    with Stubber(clients[0]) as cloudformation, Stubber(clients[1]) as cloudwatch:
        yield cloudformation, cloudwatch


def resources(*found: tuple[str, str]) -> dict[str, Any]:
    return {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": f"Resource{number}",
                "PhysicalResourceId": name,
                "ResourceType": kind,
                "LastUpdatedTimestamp": NOW,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for number, (kind, name) in enumerate(found)
        ]
    }


def series(name: str, *values: tuple[int, float]) -> dict[str, Any]:
    moments = [datetime(2026, 11, 19, hour, tzinfo=UTC) for hour, _ in values]
    return {
        "Id": name,
        "Timestamps": moments,
        "Values": [value for _, value in values],
        "StatusCode": "Complete",
    }


def test_the_load_of_a_load_balancer(aws: tuple[Stubber, Stubber]):
    cloudformation, cloudwatch = aws
    found = resources(("AWS::Lambda::Function", "helper"), ("AWS::ElasticLoadBalancingV2::LoadBalancer", ALB))
    cloudformation.add_response("list_stack_resources", found, {"StackName": "EcsStack"})
    answer = {
        "MetricDataResults": [
            series("count", (8, 1_209_600), (9, 3_628_800)),
            series("duration", (8, 0.010), (9, 0.030)),
            series("transferred", (8, 4_838_400_000.0), (9, 14_515_200_000.0)),
        ]
    }
    asked = {"MetricDataQueries": ANY, "StartTime": datetime(2026, 11, 6, 9, tzinfo=UTC), "EndTime": ANY}
    cloudwatch.add_response("get_metric_data", answer, asked)
    profile = load_from_stack(
        "EcsStack", cloudformation=cloudformation.client, cloudwatch=cloudwatch.client, now=NOW
    )
    assert profile.requests_per_second == 4
    assert profile.duration_ms == 25, "the mean of requests, not of hours"
    assert profile.response_kb == 4 - profile.request_kb
    assert profile.given == {"duration_ms", "response_kb"}
    rates = {round(period.factor, 6): round(period.share * 24, 6) for period in profile.day}
    assert rates == {0: 22, 6: 1, 18: 1}


def test_a_stack_that_nobody_asked_anything_is_no_load(aws: tuple[Stubber, Stubber]):
    cloudformation, cloudwatch = aws
    found = resources(("AWS::Lambda::Function", "comments"))
    cloudformation.add_response("list_stack_resources", found, {"StackName": "LambdaStack"})
    answer = {"MetricDataResults": [series("count"), series("duration")]}
    cloudwatch.add_response("get_metric_data", answer, None)
    with pytest.raises(LoadError, match="counted no request of comments"):
        load_from_stack(
            "LambdaStack", cloudformation=cloudformation.client, cloudwatch=cloudwatch.client, now=NOW
        )


def test_a_stack_without_an_entrance_is_told(aws: tuple[Stubber, Stubber]):
    cloudformation, cloudwatch = aws
    cloudformation.add_response("list_stack_resources", resources(("AWS::EC2::VPC", "vpc-1")), None)
    with pytest.raises(LoadError, match="has no load balancer"):
        load_from_stack("Net", cloudformation=cloudformation.client, cloudwatch=cloudwatch.client, now=NOW)


def test_a_stack_that_is_not_there_cannot_be_told(aws: tuple[Stubber, Stubber]):
    cloudformation, cloudwatch = aws
    cloudformation.add_client_error(
        "list_stack_resources", "ValidationError", "Stack with id X does not exist"
    )
    with pytest.raises(UnreachableError, match="does not exist"):
        load_from_stack("X", cloudformation=cloudformation.client, cloudwatch=cloudwatch.client, now=NOW)
