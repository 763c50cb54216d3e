import json

import pytest

from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "DataStack"


@pytest.fixture
def postgres(synthesize: Synthesize) -> Assembly:
    return synthesize(store="postgres")


@pytest.fixture
def dynamodb(synthesize: Synthesize) -> Assembly:
    return synthesize(store="dynamodb")


def test_aurora_scales_to_zero_and_back(postgres: Assembly):
    cluster = postgres.one(STACK, "AWS::RDS::DBCluster")
    assert cluster["Engine"] == "aurora-postgresql"
    assert cluster["EngineVersion"].startswith("16.")
    assert cluster["ServerlessV2ScalingConfiguration"] == {
        "MinCapacity": 0,
        "MaxCapacity": 4,
        "SecondsUntilAutoPause": 600,
    }
    assert postgres.one(STACK, "AWS::RDS::DBInstance")["DBInstanceClass"] == "db.serverless"


def test_aurora_is_not_lost_by_accident(postgres: Assembly):
    (cluster,) = postgres.resources(STACK, "AWS::RDS::DBCluster").values()
    assert cluster["DeletionPolicy"] == cluster["UpdateReplacePolicy"] == "Snapshot"
    assert cluster["Properties"]["DeletionProtection"]
    assert cluster["Properties"]["StorageEncrypted"]
    assert cluster["Properties"]["BackupRetentionPeriod"] == 7


def test_aurora_takes_tls_alone(postgres: Assembly):
    (name,) = postgres.resources(STACK, "AWS::RDS::DBClusterParameterGroup")
    assert postgres.one(STACK, "AWS::RDS::DBClusterParameterGroup")["Parameters"] == {"rds.force_ssl": "1"}
    assert postgres.one(STACK, "AWS::RDS::DBCluster")["DBClusterParameterGroupName"] == {"Ref": name}


def test_the_password_is_generated_and_kept_by_secrets_manager(postgres: Assembly):
    generated = postgres.one(STACK, "AWS::SecretsManager::Secret")["GenerateSecretString"]
    assert generated["GenerateStringKey"] == "password"
    assert json.loads(generated["SecretStringTemplate"]) == {"username": "comments"}


def test_aurora_lives_in_the_private_subnets_and_admits_nobody_by_itself(postgres: Assembly):
    subnets = postgres.one(STACK, "AWS::RDS::DBSubnetGroup")["SubnetIds"]
    assert len(subnets) == 2
    assert all("PrivateSubnet" in subnet["Fn::ImportValue"] for subnet in subnets)
    assert "SecurityGroupIngress" not in postgres.one(STACK, "AWS::EC2::SecurityGroup")
    assert postgres.all(STACK, "AWS::EC2::SecurityGroupIngress") == []
    assert not postgres.one(STACK, "AWS::RDS::DBInstance")["PubliclyAccessible"]


@pytest.mark.parametrize(("stack", "clients"), [("EcsStack", 1), ("EksStack", 1), ("LambdaStack", 1)])
def test_each_target_opens_its_own_way_to_aurora(postgres: Assembly, stack: str, clients: int):
    ways_in = [rule for rule in postgres.all(stack, "AWS::EC2::SecurityGroupIngress") if _is_database(rule)]
    ways_out = [rule for rule in postgres.all(stack, "AWS::EC2::SecurityGroupEgress") if _is_database(rule)]
    assert len(ways_in) == len(ways_out) == clients
    for way_in, way_out in zip(ways_in, ways_out, strict=True):
        assert way_in["SourceSecurityGroupId"] == way_out["GroupId"]
        assert way_in["GroupId"] == way_out["DestinationSecurityGroupId"]
        assert "DataStack" in way_in["GroupId"]["Fn::ImportValue"]


def _is_database(rule: dict[str, object]) -> bool:
    return (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 5432, 5432)


def test_the_table_is_on_demand_and_recoverable(dynamodb: Assembly):
    table = dynamodb.one(STACK, "AWS::DynamoDB::GlobalTable")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert {(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]} == {
        ("content_id", "HASH"),
        ("comment_id", "RANGE"),
    }
    assert {key["AttributeType"] for key in table["AttributeDefinitions"]} == {"S"}
    (replica,) = table["Replicas"]
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert replica["DeletionProtectionEnabled"]


def test_a_table_brings_no_network_and_no_secret(dynamodb: Assembly):
    assert dynamodb.all(STACK, "AWS::SecretsManager::Secret") == []
    assert dynamodb.all("LambdaStack", "AWS::EC2::SecurityGroup") == []
    for stack in ("EcsStack", "EksStack", "LambdaStack"):
        assert "5432" not in dynamodb.text(stack)
        assert "DATABASE_SECRET_ARN" not in dynamodb.text(stack)


@pytest.mark.parametrize("stack", ["EcsStack", "EksStack", "LambdaStack"])
def test_the_service_may_do_to_the_table_what_it_does_and_no_more(dynamodb: Assembly, stack: str):
    statements = [
        statement for statement in dynamodb.statements(stack) if "dynamodb" in json.dumps(statement["Action"])
    ]
    (statement,) = statements
    assert set(statement["Action"]) == {"dynamodb:DescribeTable", "dynamodb:PutItem", "dynamodb:Query"}
    assert "DataStack" in statement["Resource"]["Fn::ImportValue"]
