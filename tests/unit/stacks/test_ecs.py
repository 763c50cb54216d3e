import json
from typing import Any

import pytest

from tests.synthesis import CONTRACT, Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "EcsStack"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/comments:1.2.3"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def assembly(synthesize: Synthesize) -> Assembly:
    return synthesize()


@pytest.fixture
def service(assembly: Assembly) -> dict[str, Any]:
    return assembly.one(STACK, "AWS::ECS::Service")


@pytest.fixture
def containers(assembly: Assembly) -> dict[str, dict[str, Any]]:
    task = assembly.one(STACK, "AWS::ECS::TaskDefinition")
    return {container["Name"]: container for container in task["ContainerDefinitions"]}


def test_tasks_run_on_fargate_in_the_private_subnets(service: dict[str, Any]):
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert service["LaunchType"] == "FARGATE"
    assert network["AssignPublicIp"] == "DISABLED"
    assert all("PrivateSubnet" in subnet["Fn::ImportValue"] for subnet in network["Subnets"])


def test_a_deployment_replaces_all_tasks_at_once_or_rolls_back(service: dict[str, Any]):
    assert service["DeploymentConfiguration"] == {
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
    }
    assert "DesiredCount" not in service, "a deployment would undo what autoscaling arrived at"


def test_the_grace_period_covers_the_start_and_a_database_that_wakes(synthesize: Synthesize):
    grace = {
        store: synthesize(store=store).one(STACK, "AWS::ECS::Service")["HealthCheckGracePeriodSeconds"]
        for store in ("postgres", "dynamodb")
    }
    assert grace["dynamodb"] > CONTRACT.startup_seconds
    assert grace["postgres"] >= grace["dynamodb"] + 30


def test_the_service_waits_for_listener_roles_and_the_way_to_the_database(assembly: Assembly):
    (service,) = assembly.resources(STACK, "AWS::ECS::Service").values()
    kinds = [
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::IAM::Policy",
        "AWS::EC2::SecurityGroupIngress",
    ]
    for kind in kinds:
        assert set(assembly.resources(STACK, kind)) <= set(service["DependsOn"])


def test_the_target_group_checks_the_contract(assembly: Assembly):
    group = assembly.one(STACK, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert group["TargetType"] == "ip"
    assert (group["Protocol"], group["Port"]) == ("HTTP", CONTRACT.port)
    assert (group["HealthCheckPath"], group["Matcher"]) == (CONTRACT.health_path, {"HttpCode": "200"})
    assert "HealthCheckPort" not in group
    assert group["HealthCheckTimeoutSeconds"] < group["HealthCheckIntervalSeconds"]
    assert group["HealthCheckIntervalSeconds"] * group["HealthyThresholdCount"] <= 10
    attributes = {item["Key"]: item["Value"] for item in group["TargetGroupAttributes"]}
    assert attributes["deregistration_delay.timeout_seconds"] == str(CONTRACT.drain_seconds)


def test_the_load_balancer_is_public_and_plain_without_a_certificate(assembly: Assembly):
    balancer = assembly.one(STACK, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internet-facing"
    assert all("PublicSubnet" in subnet["Fn::ImportValue"] for subnet in balancer["Subnets"])
    attributes = {item["Key"]: item["Value"] for item in balancer["LoadBalancerAttributes"]}
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    listener = assembly.one(STACK, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Protocol"]) == (80, "HTTP")
    assert listener["DefaultActions"][0]["Type"] == "forward"


def test_a_certificate_brings_https_and_a_redirect(synthesize: Synthesize):
    assembly = synthesize(certificate_arn=CERTIFICATE)
    listeners = {
        listener["Port"]: listener
        for listener in assembly.all(STACK, "AWS::ElasticLoadBalancingV2::Listener")
    }
    assert set(listeners) == {80, 443}
    (redirect,) = listeners[80]["DefaultActions"]
    assert redirect["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert listeners[443]["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert "TLS13" in listeners[443]["SslPolicy"]
    assert listeners[443]["DefaultActions"][0]["Type"] == "forward"
    group = next(
        group
        for group in assembly.all(STACK, "AWS::EC2::SecurityGroup")
        if group["GroupDescription"] == "The load balancer"
    )
    assert {rule["FromPort"] for rule in group["SecurityGroupIngress"]} == {80, 443}


def test_security_groups_open_one_port_each_way(assembly: Assembly):
    groups = {
        resource["Properties"]["GroupDescription"]: (name, resource["Properties"])
        for name, resource in assembly.resources(STACK, "AWS::EC2::SecurityGroup").items()
    }
    balancer, balancer_rules = groups["The load balancer"]
    tasks, task_rules = groups["The tasks"]
    assert [(rule["CidrIp"], rule["ToPort"]) for rule in balancer_rules["SecurityGroupIngress"]] == [
        ("0.0.0.0/0", 80)
    ]
    assert "SecurityGroupEgress" not in balancer_rules
    assert "SecurityGroupIngress" not in task_rules
    assert [rule["ToPort"] for rule in task_rules["SecurityGroupEgress"]] == [443]
    ways_in = assembly.all(STACK, "AWS::EC2::SecurityGroupIngress")
    (from_balancer,) = [rule for rule in ways_in if rule["GroupId"] == _group(tasks)]
    assert from_balancer["SourceSecurityGroupId"] == _group(balancer)
    assert (from_balancer["FromPort"], from_balancer["ToPort"]) == (CONTRACT.port, CONTRACT.port)
    ways_out = assembly.all(STACK, "AWS::EC2::SecurityGroupEgress")
    (to_tasks,) = [rule for rule in ways_out if rule["GroupId"] == _group(balancer)]
    assert to_tasks["DestinationSecurityGroupId"] == _group(tasks)
    assert (to_tasks["FromPort"], to_tasks["ToPort"]) == (CONTRACT.port, CONTRACT.port)


def _group(logical_id: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, "GroupId"]}


def test_the_task_is_sized_by_the_contract(assembly: Assembly):
    task = assembly.one(STACK, "AWS::ECS::TaskDefinition")
    assert (task["Cpu"], task["Memory"]) == (str(CONTRACT.cpu), str(CONTRACT.memory_mib))
    assert task["RuntimePlatform"] == {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"}
    assert task["NetworkMode"] == "awsvpc"


def test_the_container_checks_itself_and_drains(containers: dict[str, dict[str, Any]]):
    service = containers[CONTRACT.name]
    assert service["PortMappings"] == [{"ContainerPort": CONTRACT.port, "Protocol": "tcp"}]
    assert service["HealthCheck"]["Command"] == ["CMD", "python", "-m", "service", "health"]
    assert service["HealthCheck"]["StartPeriod"] >= CONTRACT.startup_seconds
    assert CONTRACT.drain_seconds < service["StopTimeout"] <= 120
    assert "Command" not in service, "the image's own"


def test_containers_can_do_little(containers: dict[str, dict[str, Any]]):
    for container in containers.values():
        assert container["ReadonlyRootFilesystem"]
        assert container["LinuxParameters"] == {
            "Capabilities": {"Drop": ["ALL"]},
            "InitProcessEnabled": True,
        }
        assert not container.get("Privileged")
        assert container["LogConfiguration"]["LogDriver"] == "awslogs"


def test_the_schema_is_migrated_before_the_service_starts(containers: dict[str, dict[str, Any]]):
    migrate = containers["migrate"]
    assert migrate["Command"] == ["python", "-m", "service", "migrate"]
    assert not migrate["Essential"]
    assert containers[CONTRACT.name]["Essential"]
    assert containers[CONTRACT.name]["DependsOn"] == [{"ContainerName": "migrate", "Condition": "SUCCESS"}]
    assert migrate["Environment"] == containers[CONTRACT.name]["Environment"]
    assert migrate["Secrets"] == containers[CONTRACT.name]["Secrets"]


def test_the_database_is_named_and_its_password_injected(containers: dict[str, dict[str, Any]]):
    service = containers[CONTRACT.name]
    (url,) = service["Environment"]
    assert url["Name"] == "DATABASE_URL"
    scheme, host, rest = url["Value"]["Fn::Join"][1]
    assert (scheme, rest) == ("postgresql://comments@", ":5432/comments?sslmode=verify-full")
    assert "EndpointAddress" in host["Fn::ImportValue"]
    (password,) = service["Secrets"]
    assert password["Name"] == "DATABASE_PASSWORD"
    assert password["ValueFrom"]["Fn::Join"][1][-1] == ":password::"


def test_a_table_is_named_and_needs_no_migration(synthesize: Synthesize):
    (container,) = synthesize(store="dynamodb").one(STACK, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    (url,) = container["Environment"]
    assert url["Value"]["Fn::Join"][1][0] == "dynamodb://"
    assert "Secrets" not in container
    assert "DependsOn" not in container


def test_only_ecs_assumes_the_task_s_roles(assembly: Assembly):
    task = assembly.one(STACK, "AWS::ECS::TaskDefinition")
    for role in ("ExecutionRoleArn", "TaskRoleArn"):
        name = task[role]["Fn::GetAtt"][0]
        trust = assembly.resources(STACK, "AWS::IAM::Role")[name]["Properties"]["AssumeRolePolicyDocument"]
        (statement,) = trust["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}


def test_the_execution_role_pulls_reads_and_logs_and_no_more(synthesize: Synthesize):
    statements = synthesize(image=IMAGE).statements(STACK)
    granted = {action: statement["Resource"] for statement in statements for action in _actions(statement)}
    assert set(granted) == {
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
    }
    assert [action for action, resource in granted.items() if resource == "*"] == [
        "ecr:GetAuthorizationToken"
    ]
    assert json.dumps(granted["ecr:BatchGetImage"]).count(
        "ecr:eu-west-1:123456789012:repository/team/comments"
    )


def test_an_image_of_another_registry_gets_no_rights_on_ecr(synthesize: Synthesize):
    assembly = synthesize(image="docker.io/team/comments:1.2.3", targets="ecs")
    assert not [
        action
        for statement in assembly.statements(STACK)
        for action in _actions(statement)
        if action.startswith("ecr:")
    ]


def _actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_copies_follow_cpu_and_requests_within_the_contract(assembly: Assembly):
    target = assembly.one(STACK, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (CONTRACT.min_copies, CONTRACT.max_copies)
    metrics = {
        policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"][
            "PredefinedMetricType"
        ]
        for policy in assembly.all(STACK, "AWS::ApplicationAutoScaling::ScalingPolicy")
    }
    assert metrics == {"ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"}


def test_it_can_be_watched(assembly: Assembly):
    cluster = assembly.one(STACK, "AWS::ECS::Cluster")
    assert {"Name": "containerInsights", "Value": "enabled"} in cluster["ClusterSettings"]
    assert assembly.one(STACK, "AWS::Logs::LogGroup")["RetentionInDays"] == 30
