"""What AWS measures of a resource, and from which value on somebody should look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct

MINUTE = Duration.minutes(1)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A metric that should raise an alarm when it is above `limit` for `minutes` in a row."""

    name: str
    metric: cloudwatch.IMetric
    limit: float
    minutes: int


def watches(construct: IConstruct) -> Iterator[Watch]:
    """What to watch on a construct; nothing where AWS measures no fault of its kind."""
    match construct:
        case elbv2.ApplicationLoadBalancer():
            yield _errors(
                "ServerErrors",
                construct.metrics.http_code_elb(
                    elbv2.HttpCodeElb.ELB_5XX_COUNT, period=MINUTE, statistic="Sum"
                ),
            )
        case elbv2.ApplicationTargetGroup():
            yield from _targets(construct)
        case apigateway.HttpApi():
            yield _errors("ServerErrors", construct.metric_server_error(period=MINUTE, statistic="Sum"))
        case lambda_.Function() if _serves(construct):
            yield _errors("Errors", construct.metric_errors(period=MINUTE))
            yield _errors("Throttles", construct.metric_throttles(period=MINUTE))
        case rds.DatabaseCluster():
            # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
            busy = construct.metric("ACUUtilization", period=MINUTE, statistic="Average")
            yield Watch(name="CapacityUsed", metric=busy, limit=90, minutes=15)
        case dynamodb.TableV2():
            for kind in ("Read", "Write"):
                metric = construct.metric(f"{kind}ThrottleEvents", period=MINUTE, statistic="Sum")
                yield _errors(f"{kind}Throttles", metric)
        case _:
            return


def _serves(function: lambda_.Function) -> bool:
    """Whether it answers requests, and so has its share of the account's concurrency.

    Those that CloudFormation calls have none; where they fail, the deployment does, and says so.
    """
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    return resource.reserved_concurrent_executions is not None


def _targets(group: elbv2.ApplicationTargetGroup) -> Iterator[Watch]:
    answers = group.metrics.http_code_target(
        elbv2.HttpCodeTarget.TARGET_5XX_COUNT, period=MINUTE, statistic="Sum"
    )
    unhealthy = group.metrics.unhealthy_host_count(period=MINUTE, statistic="Minimum")
    yield _errors("ServerErrors", answers)
    yield Watch(name="Unhealthy", metric=unhealthy, limit=0, minutes=5)


def _errors(name: str, metric: cloudwatch.IMetric) -> Watch:
    """More than a handful in each of three minutes: a deployment's or a retry's few wake nobody."""
    return Watch(name=name, metric=metric, limit=5, minutes=3)
