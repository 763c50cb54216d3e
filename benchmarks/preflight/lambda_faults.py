"""Faults of section 4 of the catalogue, each broken into LambdaStack or what it stands on.

A fault changes the templates in place and returns the resource that a checker should name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecs_faults import Fault, no_default_route, no_endpoint

if TYPE_CHECKING:
    from templates import Break, Place, Templates

LAMBDA, NETWORK, EKS = "LambdaStack", "NetworkStack", "EksStack"
FUNCTION = "AWS::Lambda::Function"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
PERMISSION = "AWS::Lambda::Permission"
GROUP = "AWS::EC2::SecurityGroup"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
ROLE, POLICY = "AWS::IAM::Role", "AWS::IAM::Policy"


def the_function(templates: Templates) -> Place:
    """The one that serves; the other one migrates."""
    return templates.the(
        FUNCTION, stack=LAMBDA, where=lambda place: place.logical_id.startswith("ServiceFunction")
    )


def with_properties(**changes: Any) -> Break:
    """Sets properties of the function; None removes one."""

    return lambda templates: the_function(templates).set(**changes)


def with_variables(**changes: Any) -> Break:
    def change(templates: Templates) -> Place:
        function = the_function(templates)
        function.properties["Environment"]["Variables"].update(changes)
        return function

    return change


def _repository_of_this_stack(templates: Templates) -> Place:
    templates.add(LAMBDA, "Repository", "AWS::ECR::Repository", RepositoryName="comments")
    return with_properties(Code={"ImageUri": {"Fn::Sub": "${Repository.RepositoryUri}:latest"}})(templates)


def _behind_load_balancer(*, permission: bool, **properties: Any) -> Break:
    """The function as the target of a load balancer."""

    def change(templates: Templates) -> Place:
        function = the_function(templates)
        arn = {"Fn::GetAtt": [function.logical_id, "Arn"]}
        if permission:
            templates.add(
                LAMBDA,
                "Balanced",
                PERMISSION,
                Action="lambda:InvokeFunction",
                FunctionName=arn,
                Principal="elasticloadbalancing.amazonaws.com",
            )
        targets = [{"Id": arn}]
        group = templates.add(LAMBDA, "Targets", TARGETS, TargetType="lambda", Targets=targets, **properties)
        return group if permission else function

    return change


def _old_adapter_and_header_lists(templates: Templates) -> Place:
    attributes = [{"Key": "lambda.multi_value_headers.enabled", "Value": "true"}]
    _old_adapter(templates)
    return _behind_load_balancer(permission=True, TargetGroupAttributes=attributes)(templates)


def _old_adapter(templates: Templates) -> Place:
    command = ["-m", "awslambdaric", "awsgi"]
    with_properties(ImageConfig={"EntryPoint": ["python"], "Command": command})(templates)
    return templates.the(INTEGRATION, stack=LAMBDA)


def _remove(kind: str) -> Break:
    """Removes the one resource of this type; the function then lacks it."""

    def change(templates: Templates) -> Place:
        templates.remove(templates.the(kind, stack=LAMBDA))
        return the_function(templates)

    return change


def _no_stage(templates: Templates) -> Place:
    templates.remove(templates.the("AWS::ApiGatewayV2::Stage", stack=LAMBDA))
    return templates.the(INTEGRATION, stack=LAMBDA)


def _no_route(templates: Templates) -> Place:
    templates.remove(templates.the("AWS::ApiGatewayV2::Route", stack=LAMBDA))
    return templates.the(INTEGRATION, stack=LAMBDA)


def _permission_of_another_service(templates: Templates) -> Place:
    templates.the(PERMISSION, stack=LAMBDA).properties["Principal"] = "events.amazonaws.com"
    return the_function(templates)


def _the_one_that_answers(templates: Templates) -> Place:
    """The function that makes the custom resources of EksStack, in the VPC."""
    return templates.the(FUNCTION, stack=EKS, where=lambda place: "framework" in place.logical_id)


def _only_the_database(templates: Templates) -> Place:
    group = templates.the(GROUP, stack=LAMBDA)
    group.properties["SecurityGroupEgress"] = [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"}
    ]
    return group


def _its_role(templates: Templates) -> Place:
    return templates.the(ROLE, stack=LAMBDA, where=lambda place: place.logical_id.startswith("ServiceRole"))


def _trusts_ecs(templates: Templates) -> Place:
    role = _its_role(templates)
    (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"Service": "ecs-tasks.amazonaws.com"}
    return role


def without(action: str) -> Break:
    """Takes the statement with an action from the role of the function."""

    def change(templates: Templates) -> Place:
        policy = templates.the(
            POLICY, stack=LAMBDA, where=lambda place: place.logical_id.startswith("ServiceRole")
        )
        document = policy.properties["PolicyDocument"]
        document["Statement"] = [each for each in document["Statement"] if action not in each["Action"]]
        return _its_role(templates)

    return change


def _handler_of_another_file(templates: Templates) -> Place:
    trigger = templates.the(
        FUNCTION, stack=LAMBDA, where=lambda place: place.logical_id.startswith("AWSCDKTrigger")
    )
    trigger.properties["Code"] = {"ZipFile": "exports.handler = async () => {}"}
    return trigger


FAULTS = (
    Fault("L1", "aws-wsgi behind an HTTP API of format 2.0", _old_adapter),
    Fault("L2", "aws-wsgi behind multi-value headers", _old_adapter_and_header_lists),
    Fault("L6", "the repository is made by the same stack", _repository_of_this_stack),
    Fault("L7", "arm64 function, x86 image", with_properties(Architectures=["arm64"])),
    Fault(
        "L8",
        "the image starts gunicorn",
        with_properties(ImageConfig={"EntryPoint": ["gunicorn"], "Command": ["service:app"]}),
    ),
    Fault("L10", "3 s to start in", with_properties(Timeout=3), verdict="advice"),
    Fault("L11", "no permission for the API", _remove(PERMISSION)),
    Fault("L11", "the permission is for another service", _permission_of_another_service),
    Fault("L11", "no permission for the load balancer", _behind_load_balancer(permission=False)),
    Fault(
        "L13",
        "the load balancer checks the function's health",
        _behind_load_balancer(permission=True, HealthCheckEnabled=True),
        verdict="advice",
    ),
    Fault("L14", "60 s behind an API that waits for 30 s", with_properties(Timeout=60), verdict="advice"),
    Fault("L15", "the private subnets lose their default route", no_default_route(the_function)),
    Fault(
        "L15", "no Secrets Manager endpoint", no_endpoint("secretsmanager", the_function), base="endpoints"
    ),
    Fault("L15", "the function may only speak to the database", _only_the_database),
    Fault(
        "L16", "any number of copies", with_properties(ReservedConcurrentExecutions=None), verdict="advice"
    ),
    Fault("L17", "SQLite in the read-only image", with_variables(DATABASE_URL="sqlite:///comments.db")),
    Fault("L18", "an image of Docker Hub", with_properties(Code={"ImageUri": "nginx:1.27"})),
    Fault("L19", "the role trusts ecs-tasks", _trusts_ecs),
    Fault("L20", "no ec2:CreateNetworkInterface", without("ec2:CreateNetworkInterface")),
    Fault("L21", "no secretsmanager:GetSecretValue", without("secretsmanager:GetSecretValue")),
    Fault("L22", "the API has no stage", _no_stage),
    Fault("L22", "the API has no route", _no_route),
    Fault("L23", "a reserved concurrency of 0", with_properties(ReservedConcurrentExecutions=0)),
    Fault("L24", "a variable of Lambda's own", with_variables(AWS_REGION="eu-west-1")),
    Fault("L25", "SnapStart for an image", with_properties(SnapStart={"ApplyOn": "PublishedVersions"})),
    Fault("L25", "64 MiB of memory", with_properties(MemorySize=64)),
    Fault(
        "L26",
        "no S3 endpoint for the function of custom resources",
        no_endpoint("s3", _the_one_that_answers),
        base="endpoints",
    ),
    Fault("L27", "the handler of code in the template is in another file", _handler_of_another_file),
)
