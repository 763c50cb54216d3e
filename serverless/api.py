"""The HTTP API before the function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.security import accept

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

REQUESTS_PER_SECOND = 500
BURST = 100

ACCESS_LOG = {
    "time": "$context.requestTime",
    "id": "$context.requestId",
    "client": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""


class Api(Construct):
    """Every path and method, to the function.

    Attributes:
        url: where the service answers.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, function: lambda_.Function) -> None:
        super().__init__(scope, construct_id)
        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=name,
            default_integration=integrations.HttpLambdaIntegration(
                "Function", cast("lambda_.IFunction", function)
            ),
            create_default_stage=False,
        )
        accept(api, "APIG4", "A public API without accounts, as on the other targets; the stage throttles it")
        log_group = logs.LogGroup(
            self, "AccessLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=json.dumps(ACCESS_LOG)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=REQUESTS_PER_SECOND, throttling_burst_limit=BURST
            ),
        )
        self.url = api.api_endpoint
