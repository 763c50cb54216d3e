"""The load that a deployed stack had, read from CloudWatch.

An Application Load Balancer is asked first, else an HTTP API, else a function.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cais.compare.load import LoadError, LoadProfile, UnreachableError, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAYS = 14
HOUR = 3600
HOURS_OF_DAY = 24
KB = 1000
Series = dict[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Entrance:
    """A kind of resource that requests come through: its metrics, and how it is named in their dimension.

    `duration` is in units of `milliseconds`; `transferred` is "" where no metric counts bytes.
    """

    resource_type: str
    namespace: str
    dimension: str
    count: str
    duration: str
    milliseconds: int
    transferred: str = ""

    def name(self, physical_id: str) -> str:
        """The value of the dimension; a load balancer's is what follows "loadbalancer/" in its ARN."""
        return physical_id.rpartition("loadbalancer/")[2]


ENTRANCES = (
    Entrance(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS/ApplicationELB",
        "LoadBalancer",
        "RequestCount",
        "TargetResponseTime",
        1000,
        "ProcessedBytes",
    ),
    Entrance(
        "AWS::ApiGatewayV2::Api",
        "AWS/ApiGateway",
        "ApiId",
        "Count",
        "IntegrationLatency",
        1,
        "DataProcessed",
    ),
    Entrance("AWS::Lambda::Function", "AWS/Lambda", "FunctionName", "Invocations", "Duration", 1),
)


def clients(region: str) -> tuple[Any, Any]:
    """Clients of CloudFormation and of CloudWatch.

    Raises:
        UnreachableError: boto3 is not installed.
    """
    try:
        import boto3  # noqa: PLC0415 - only a command that asks for a live stack loads it
    except ImportError as error:
        raise UnreachableError("boto3 is missing: pip install 'cais[live]'") from error
    return boto3.client("cloudformation", region_name=region), boto3.client("cloudwatch", region_name=region)


def load_from_stack(stack: str, *, cloudformation: Any, cloudwatch: Any, now: datetime) -> LoadProfile:
    """The load of the last two weeks of what the stack's requests come through.

    CPU time, payloads of a function and what requests log are in none of these metrics: they stay guesses.

    Raises:
        UnreachableError: AWS cannot be asked.
        LoadError: the stack has no entrance, or nobody asked anything of it.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only here

    try:
        entrance, name = _entrance(stack, cloudformation)
        metrics = _metrics(entrance, name, cloudwatch, now)
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(f"{stack}: AWS cannot be asked: {error}") from error
    requests = sum(metrics["count"].values(), Decimal(0))
    if not requests:
        raise LoadError(f"{stack}: {entrance.namespace} counted no request of {name} in {DAYS} days")
    return _profile(metrics, requests, entrance, source=f"{stack}, {DAYS} days of {entrance.namespace}")


def _entrance(stack: str, cloudformation: Any) -> tuple[Entrance, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [item for page in pages for item in page["StackResourceSummaries"]]
    for entrance in ENTRANCES:
        for resource in found:
            if resource["ResourceType"] == entrance.resource_type and resource.get("PhysicalResourceId"):
                return entrance, entrance.name(resource["PhysicalResourceId"])
    raise LoadError(f"{stack}: has no load balancer, HTTP API or function that requests come through")


def _metrics(entrance: Entrance, name: str, cloudwatch: Any, now: datetime) -> dict[str, Series]:
    """The series by hour: "count", "duration" and "transferred"."""
    wanted = {"count": (entrance.count, "Sum"), "duration": (entrance.duration, "Average")}
    if entrance.transferred:
        wanted["transferred"] = (entrance.transferred, "Sum")
    queries = [
        _query(key, entrance, name, metric=metric, statistic=statistic)
        for key, (metric, statistic) in wanted.items()
    ]
    end = now.replace(minute=0, second=0, microsecond=0)
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=end - timedelta(days=DAYS), EndTime=end
    )
    series: dict[str, Series] = {key: {} for key in (*wanted, "transferred")}
    for result in (item for page in pages for item in page["MetricDataResults"]):
        values = (Decimal(str(value)) for value in result["Values"])
        series[result["Id"]].update(zip(result["Timestamps"], values, strict=True))
    return series


def _query(key: str, entrance: Entrance, name: str, *, metric: str, statistic: str) -> dict[str, Any]:
    dimensions = [{"Name": entrance.dimension, "Value": name}]
    stat = {
        "Metric": {"Namespace": entrance.namespace, "MetricName": metric, "Dimensions": dimensions},
        "Period": HOUR,
        "Stat": statistic,
    }
    return {"Id": key, "MetricStat": stat}


def _profile(
    metrics: Mapping[str, Series], requests: Decimal, entrance: Entrance, *, source: str
) -> LoadProfile:
    hours = DAYS * HOURS_OF_DAY
    profile = LoadProfile(
        requests_per_second=requests / (hours * HOUR),
        shape="hours",
        day=normalised([(Decimal(1) / HOURS_OF_DAY, rate) for rate in _by_hour(metrics["count"])]),
        duration_ms=_mean_duration(metrics) * entrance.milliseconds,
        source=source,
        given=frozenset({"duration_ms"}),
    )
    transferred = sum(metrics["transferred"].values(), Decimal(0)) / requests / KB
    if not transferred:
        return profile
    answer = max(transferred - profile.request_kb, Decimal(0))
    return replace(profile, response_kb=answer, given=profile.given | {"response_kb"})


def _by_hour(counts: Series) -> Iterable[Decimal]:
    """Requests in each hour of the day."""
    sums = [Decimal(0)] * HOURS_OF_DAY
    for moment, count in counts.items():
        sums[moment.hour] += count
    return sums


def _mean_duration(metrics: Mapping[str, Series]) -> Decimal:
    """The mean of the hours' means, weighted by their requests."""
    counts = metrics["count"]
    weighted = [(value, counts.get(moment, Decimal(0))) for moment, value in metrics["duration"].items()]
    total = sum((weight for _, weight in weighted), Decimal(0))
    return sum((value * weight for value, weight in weighted), Decimal(0)) / total if total else Decimal(0)
