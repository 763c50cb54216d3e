import json
from typing import Any

import pytest

from stacks.settings import SettingsError
from tests.synthesis import CONTRACT, Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "LambdaStack"


@pytest.fixture
def postgres(synthesize: Synthesize) -> Assembly:
    return synthesize(store="postgres")


@pytest.fixture
def dynamodb(synthesize: Synthesize) -> Assembly:
    return synthesize(store="dynamodb")


def functions(assembly: Assembly) -> dict[str, dict[str, Any]]:
    """The functions that run our image, by the handler that they call."""
    return {
        function["Properties"]["ImageConfig"]["Command"][0].rpartition(".")[2]: function
        for function in assembly.resources(STACK, "AWS::Lambda::Function").values()
        if function["Properties"].get("PackageType") == "Image"
    }


def test_the_image_runs_with_its_command_overridden(postgres: Assembly):
    function = functions(postgres)["handler"]["Properties"]
    assert function["ImageConfig"] == {
        "EntryPoint": ["python", "-m", "awslambdaric"],
        "Command": ["service.lambda_handler.handler"],
    }
    assert function["Architectures"] == [CONTRACT.architecture]
    assert function["MemorySize"] == CONTRACT.memory_mib
    assert 10 <= function["Timeout"] < 30


def test_concurrency_is_bounded(postgres: Assembly, dynamodb: Assembly):
    for assembly in (postgres, dynamodb):
        assert functions(assembly)["handler"]["Properties"]["ReservedConcurrentExecutions"] == 50


def test_a_database_takes_it_into_the_private_subnets(postgres: Assembly):
    for function in functions(postgres).values():
        network = function["Properties"]["VpcConfig"]
        assert all("PrivateSubnet" in subnet["Fn::ImportValue"] for subnet in network["SubnetIds"])
        assert len(network["SecurityGroupIds"]) == 1
        assert set(postgres.resources(STACK, "AWS::EC2::SecurityGroupIngress")) <= set(function["DependsOn"])
    group = postgres.one(STACK, "AWS::EC2::SecurityGroup")
    assert [rule["ToPort"] for rule in group["SecurityGroupEgress"]] == [443]


def test_a_table_leaves_it_outside(dynamodb: Assembly):
    assert "VpcConfig" not in functions(dynamodb)["handler"]["Properties"]
    assert "ec2:" not in json.dumps(dynamodb.statements(STACK))


def test_the_password_is_fetched_not_handed_over(postgres: Assembly):
    for function in functions(postgres).values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert set(variables) == {"DATABASE_URL", "DATABASE_SECRET_ARN"}
    readers = [
        statement
        for statement in postgres.statements(STACK)
        if "secretsmanager:GetSecretValue" in statement["Action"]
    ]
    assert len(readers) == len(functions(postgres))
    assert all("DataStack" in statement["Resource"]["Fn::ImportValue"] for statement in readers)


def test_only_network_interfaces_are_granted_on_everything(postgres: Assembly):
    for statement in postgres.statements(STACK):
        if statement["Resource"] == "*":
            assert all(action.startswith("ec2:") for action in statement["Action"])


def test_the_schema_is_migrated_before_the_new_image_serves(postgres: Assembly, dynamodb: Assembly):
    (name,) = postgres.resources(STACK, "Custom::Trigger")
    assert name in functions(postgres)["handler"]["DependsOn"]
    trigger = postgres.one(STACK, "Custom::Trigger")
    assert trigger["InvocationType"] == "RequestResponse", "a failed migration fails the deployment"
    version = postgres.resources(STACK, "AWS::Lambda::Version")[trigger["HandlerArn"]["Ref"]]
    migration = postgres.resources(STACK, "AWS::Lambda::Function")[
        version["Properties"]["FunctionName"]["Ref"]
    ]
    assert migration["Properties"]["ImageConfig"]["Command"] == ["service.lambda_handler.migrate"]
    assert set(functions(dynamodb)) == {"handler"}


def test_an_http_api_sends_it_every_request(postgres: Assembly):
    assert postgres.one(STACK, "AWS::ApiGatewayV2::Api")["ProtocolType"] == "HTTP"
    assert postgres.one(STACK, "AWS::ApiGatewayV2::Route")["RouteKey"] == "$default"
    assert postgres.one(STACK, "AWS::ApiGatewayV2::Integration")["PayloadFormatVersion"] == "2.0"
    permission = postgres.one(STACK, "AWS::Lambda::Permission")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert "SourceArn" in permission


def test_the_stage_is_throttled_and_logged(postgres: Assembly):
    stage = postgres.one(STACK, "AWS::ApiGatewayV2::Stage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert "$context.status" in json.loads(stage["AccessLogSettings"]["Format"]).values()
    assert all(group["RetentionInDays"] == 30 for group in postgres.all(STACK, "AWS::Logs::LogGroup"))


def test_an_image_that_lambda_cannot_run_is_refused(synthesize: Synthesize):
    with pytest.raises(SettingsError, match=r"target serverless: .* Amazon ECR only; .*docker\.io"):
        synthesize(image="docker.io/team/comments:1.2.3", targets="serverless")
