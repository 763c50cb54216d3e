"""Faults of sections 1 and 2 of the catalogue, each broken into EcsStack or what it stands on.

A fault changes the templates in place and returns the resource that a checker should name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from templates import Break, Place, Templates

SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
ENDPOINT = "AWS::EC2::VPCEndpoint"
ROLE = "AWS::IAM::Role"
POLICY = "AWS::IAM::Policy"
ECS, NETWORK = "EcsStack", "NetworkStack"


@dataclass(frozen=True)
class Fault:
    """One way not to come up: its cause in the catalogue, what was done, on which synthesis.

    `verdict` is "advice" for a fault that makes trouble without stopping this service for good, "unproven"
    for one that only the account can tell.
    """

    cause: str
    what: str
    break_it: Break
    base: str = "nat"
    verdict: str = "refuted"


def _ecs(templates: Templates, kind: str) -> Place:
    return templates.the(kind, stack=ECS)


def _service(templates: Templates) -> Place:
    return _ecs(templates, SERVICE)


def _container(task: Place) -> dict[str, Any]:
    return task.properties["ContainerDefinitions"][0]


def _set(kind: str, **changes: Any) -> Break:
    """Sets properties of the one resource of this type in EcsStack; None removes one."""

    return lambda templates: _ecs(templates, kind).set(**changes)


def _set_container(**changes: Any) -> Break:
    def change(templates: Templates) -> Place:
        task = _ecs(templates, TASK)
        _container(task).update(changes)
        return task

    return change


def _task_ingress(templates: Templates) -> Place:
    port = _service(templates).properties["LoadBalancers"][0]["ContainerPort"]
    return templates.the(INGRESS, stack=ECS, where=lambda place: place.properties["FromPort"] == port)


def _task_group(templates: Templates) -> Place:
    network = _service(templates).properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    logical_id = network["SecurityGroups"][0]["Fn::GetAtt"][0]
    return templates.the(GROUP, stack=ECS, where=lambda place: place.logical_id == logical_id)


def _no_ingress(templates: Templates) -> Place:
    templates.remove(_task_ingress(templates))
    return _task_group(templates)


def _wrong_ingress(templates: Templates) -> Place:
    rule = _task_ingress(templates)
    rule.properties.update(FromPort=80, ToPort=80)
    return rule


def _wrong_egress(templates: Templates) -> Place:
    def to_tasks(place: Place) -> bool:
        return place.logical_id.startswith("LoadBalancer")

    rule = templates.the(EGRESS, stack=ECS, where=to_tasks)
    rule.properties.update(FromPort=8080, ToPort=8080)
    return rule


def _one_zone(templates: Templates) -> Place:
    balancer, service = _ecs(templates, BALANCER), _service(templates)
    balancer.properties["Subnets"] = balancer.properties["Subnets"][:1]
    network = service.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    network["Subnets"] = network["Subnets"][1:]
    return service


def _no_listener_first(templates: Templates) -> Place:
    service = _service(templates)
    listener = _ecs(templates, LISTENER).logical_id
    service.resource["DependsOn"] = [name for name in service.resource["DependsOn"] if name != listener]
    return service


def _no_policy_first(templates: Templates) -> Place:
    service = _service(templates)
    policies = {place.logical_id for place in templates.places(POLICY, stack=ECS)}
    service.resource["DependsOn"] = [name for name in service.resource["DependsOn"] if name not in policies]
    return service


def _redirect_only(templates: Templates) -> Place:
    listener = _ecs(templates, LISTENER)
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    listener.properties["DefaultActions"] = [{"Type": "redirect", "RedirectConfig": redirect}]
    return _ecs(templates, TARGETS)


def _unmapped_port(templates: Templates) -> Place:
    service = _service(templates)
    service.properties["LoadBalancers"][0]["ContainerPort"] = 9000
    return service


def _execution_policy(templates: Templates) -> Place:
    role = _ecs(templates, TASK).properties["ExecutionRoleArn"]["Fn::GetAtt"][0]
    return templates.the(POLICY, stack=ECS, where=lambda place: place.properties["Roles"] == [{"Ref": role}])


def _execution_role(templates: Templates) -> Place:
    role = _ecs(templates, TASK).properties["ExecutionRoleArn"]["Fn::GetAtt"][0]
    return templates.the(ROLE, stack=ECS, where=lambda place: place.logical_id == role)


def _without(*actions: str) -> Break:
    """Takes actions out of the execution role's policy."""

    def change(templates: Templates) -> Place:
        policy = _execution_policy(templates)
        document = policy.properties["PolicyDocument"]
        for statement in document["Statement"]:
            given = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [action for action in given if action not in actions]
        document["Statement"] = [statement for statement in document["Statement"] if statement["Action"]]
        return _execution_role(templates)

    return change


def _token_of_one_repository(templates: Templates) -> Place:
    for statement in _execution_policy(templates).properties["PolicyDocument"]["Statement"]:
        if statement["Action"] == "ecr:GetAuthorizationToken":
            statement["Resource"] = "arn:aws:ecr:us-east-1:123456789012:repository/comments"
    return _execution_role(templates)


def _trust(principal: dict[str, str], action: str = "sts:AssumeRole") -> Break:
    def change(templates: Templates) -> Place:
        role = _execution_role(templates)
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            statement.update(Principal=principal, Action=action)
        return role

    return change


def _secret_on_the_task_role(templates: Templates) -> Place:
    role = _without("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")(templates)
    task_role = _ecs(templates, TASK).properties["TaskRoleArn"]["Fn::GetAtt"][0]
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    templates.add(
        ECS,
        "MisplacedGrant",
        POLICY,
        PolicyName="secret",
        Roles=[{"Ref": task_role}],
        PolicyDocument={"Version": "2012-10-17", "Statement": [statement]},
    )
    return role


def no_default_route(culprit: Break) -> Break:
    """Of the private subnets."""

    def change(templates: Templates) -> Place:
        for route in list(templates.places("AWS::EC2::Route", stack=NETWORK)):
            if "NatGatewayId" in route.properties:
                templates.remove(route)
        return culprit(templates)

    return change


def _public_subnet_without_address(templates: Templates) -> Place:
    service = _service(templates)
    balancer = _ecs(templates, BALANCER)
    network = service.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    network["Subnets"] = balancer.properties["Subnets"]
    return service


def _service_name(place: Place) -> str:
    name = place.properties["ServiceName"]
    parts = name["Fn::Join"][1] if isinstance(name, dict) else [name]
    return "".join(part for part in parts if isinstance(part, str)).lstrip(".")


def _endpoint(templates: Templates, service: str) -> Place:
    return templates.the(
        ENDPOINT,
        where=lambda place: _service_name(place).endswith(f".{service}") or _service_name(place) == service,
    )


def no_endpoint(service: str, culprit: Break) -> Break:
    """Removes the VPC endpoint of a service of AWS, such as "ecr.api"."""

    def change(templates: Templates) -> Place:
        templates.remove(_endpoint(templates, service))
        return culprit(templates)

    return change


def _closed_endpoint_group(templates: Templates) -> Place:
    endpoint = _endpoint(templates, "ecr.api")
    logical_id = endpoint.properties["SecurityGroupIds"][0]["Fn::GetAtt"][0]
    group = templates.the(GROUP, stack=NETWORK, where=lambda place: place.logical_id == logical_id)
    group.properties["SecurityGroupIngress"] = []
    for rule in list(templates.places(INGRESS, stack=NETWORK)):
        if rule.properties["GroupId"] == {"Fn::GetAtt": [logical_id, "GroupId"]}:
            templates.remove(rule)
    return group


def _endpoint_over_nat(templates: Templates) -> Place:
    vpc = {"Ref": templates.the("AWS::EC2::VPC", stack=NETWORK).logical_id}
    group = templates.add(
        NETWORK, "ClosedGroup", GROUP, GroupDescription="closed", VpcId=vpc, SecurityGroupIngress=[]
    )
    subnets = [
        {"Ref": place.logical_id}
        for place in templates.places("AWS::EC2::Subnet", stack=NETWORK)
        if "Private" in place.logical_id
    ]
    templates.add(
        NETWORK,
        "ShadowingEndpoint",
        ENDPOINT,
        VpcEndpointType="Interface",
        ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.ecr.api"},
        VpcId=vpc,
        SubnetIds=subnets,
        SecurityGroupIds=[{"Fn::GetAtt": [group.logical_id, "GroupId"]}],
        PrivateDnsEnabled=True,
    )
    return group


def _no_private_dns(templates: Templates) -> Place:
    endpoint = _endpoint(templates, "ecr.dkr")
    endpoint.properties["PrivateDnsEnabled"] = False
    return endpoint


def _no_dns(templates: Templates) -> Place:
    vpc = templates.the("AWS::EC2::VPC", stack=NETWORK)
    vpc.properties["EnableDnsSupport"] = False
    return vpc


def _only_the_database(templates: Templates) -> Place:
    group = _task_group(templates)
    group.properties["SecurityGroupEgress"] = [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}
    ]
    return group


def _closed_bucket_policy(templates: Templates) -> Place:
    endpoint = _endpoint(templates, "s3")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::mine/*"}
    endpoint.properties["PolicyDocument"] = {"Version": "2012-10-17", "Statement": [statement]}
    return endpoint


def _no_ephemeral_ports(templates: Templates) -> Place:
    vpc = {"Ref": templates.the("AWS::EC2::VPC", stack=NETWORK).logical_id}
    acl = templates.add(NETWORK, "Acl", "AWS::EC2::NetworkAcl", VpcId=vpc)
    for name, egress, ports in (("In", False, (443, 443)), ("Out", True, (0, 65535))):
        templates.add(
            NETWORK,
            f"Acl{name}",
            "AWS::EC2::NetworkAclEntry",
            NetworkAclId={"Ref": "Acl"},
            RuleNumber=100,
            Protocol=6,
            RuleAction="allow",
            Egress=egress,
            CidrBlock="0.0.0.0/0",
            PortRange={"From": ports[0], "To": ports[1]},
        )
    for subnet in list(templates.places("AWS::EC2::Subnet", stack=NETWORK)):
        if "Private" in subnet.logical_id:
            templates.add(
                NETWORK,
                f"Acl{subnet.logical_id}",
                "AWS::EC2::SubnetNetworkAclAssociation",
                NetworkAclId={"Ref": "Acl"},
                SubnetId={"Ref": subnet.logical_id},
            )
    return acl


def _logging(**options: str) -> Break:
    def change(templates: Templates) -> Place:
        task = _ecs(templates, TASK)
        _container(task)["LogConfiguration"]["Options"].update(options)
        return task

    return change


def _group_of_its_own(templates: Templates) -> Place:
    """The role that lacks a permission is to blame, not the task that needs it."""
    _logging(**{"awslogs-group": "/ecs/nowhere", "awslogs-create-group": "true"})(templates)
    return _execution_role(templates)


def _customer_key(templates: Templates) -> Place:
    templates.add("DataStack", "Key", "AWS::KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": []})
    secret = templates.the("AWS::SecretsManager::Secret", stack="DataStack")
    secret.properties["KmsKeyId"] = {"Fn::GetAtt": ["Key", "Arn"]}
    return _execution_role(templates)


def _repository_of_this_stack(templates: Templates) -> Place:
    templates.add(ECS, "Repository", "AWS::ECR::Repository", RepositoryName="comments")
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${Repository}:latest"}
    return _set_container(Image=image)(templates)


_curl = {"Command": ["CMD-SHELL", "curl -f http://localhost:8000/healthz || exit 1"]}
_deployment = {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}

FAULTS = (
    Fault("H1", "the target group has no health check path", _set(TARGETS, HealthCheckPath=None)),
    Fault("H1", "the health check path is /health", _set(TARGETS, HealthCheckPath="/health")),
    Fault("H3", "no rule lets the load balancer in", _no_ingress),
    Fault("H4", "the rule opens 80, the container listens on 8000", _wrong_ingress),
    Fault("H5", "the load balancer may only speak to 8080", _wrong_egress),
    Fault(
        "H6", "gunicorn binds 127.0.0.1", _set_container(Command=["gunicorn", "-b", "127.0.0.1:8000", "a:b"])
    ),
    Fault(
        "H7", "gunicorn listens on 5000", _set_container(Command=["gunicorn", "-b", "0.0.0.0:5000", "a:b"])
    ),
    Fault("H8", "the health check goes to port 9999", _set(TARGETS, HealthCheckPort="9999")),
    Fault("H9", "no grace period", _set(SERVICE, HealthCheckGracePeriodSeconds=0), verdict="advice"),
    Fault("H10", "the timeout is the interval", _set(TARGETS, HealthCheckTimeoutSeconds=5)),
    Fault("H11", "load balancer and tasks in different zones", _one_zone),
    Fault("H12", "target type instance on Fargate", _set(TARGETS, TargetType="instance")),
    Fault("H13", "the service does not wait for its listener", _no_listener_first),
    Fault("H14", "the listener only redirects", _redirect_only),
    Fault(
        "H17",
        "100/100 per cent",
        _set(
            SERVICE,
            DeploymentConfiguration={**_deployment, "MinimumHealthyPercent": 100, "MaximumPercent": 100},
        ),
    ),
    Fault("H21", "HTTPS to a port that speaks HTTP", _set(TARGETS, Protocol="HTTPS")),
    Fault("H29", "a container port that the task does not map", _unmapped_port),
    Fault("P1", "the private subnets lose their default route", no_default_route(_service)),
    Fault("P2", "public subnets, no public address", _public_subnet_without_address),
    Fault("P3", "no S3 gateway endpoint", no_endpoint("s3", _service), base="endpoints"),
    Fault("P3", "no ecr.dkr endpoint", no_endpoint("ecr.dkr", _service), base="endpoints"),
    Fault("P4", "the endpoints' group admits nobody", _closed_endpoint_group, base="endpoints"),
    Fault("P5", "a closed endpoint shadows the NAT gateway", _endpoint_over_nat),
    Fault("P6", "no private DNS name for the endpoint", _no_private_dns, base="endpoints"),
    Fault("P6", "the VPC does not resolve names", _no_dns, base="endpoints"),
    Fault("P7", "the tasks may only speak to the database", _only_the_database),
    Fault("P8", "the S3 endpoint's policy leaves out ECR's bucket", _closed_bucket_policy, base="endpoints"),
    Fault("P9", "a network ACL without ephemeral ports", _no_ephemeral_ports),
    Fault("P10", "no execution role", _set(TASK, ExecutionRoleArn=None)),
    Fault("P11", "no ecr:GetAuthorizationToken", _without("ecr:GetAuthorizationToken")),
    Fault("P11", "ecr:GetAuthorizationToken on one repository", _token_of_one_repository),
    Fault("P12", "no ecr:BatchGetImage", _without("ecr:BatchGetImage")),
    Fault("P13", "the execution role trusts ec2", _trust({"Service": "ec2.amazonaws.com"})),
    Fault("P14", "the service does not wait for the role's policy", _no_policy_first, verdict="advice"),
    Fault("P17", "the repository is made by the same stack", _repository_of_this_stack),
    Fault(
        "P19",
        "arm64 task, x86 image",
        _set(TASK, RuntimePlatform={"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}),
    ),
    Fault("P21", "the secret is granted to the task role", _secret_on_the_task_role),
    Fault("P22", "no Secrets Manager endpoint", no_endpoint("secretsmanager", _service), base="endpoints"),
    Fault("P23", "a customer key without kms:Decrypt", _customer_key),
    Fault(
        "P25",
        "a log group that no template makes",
        _logging(**{"awslogs-group": "/ecs/nowhere"}),
        verdict="unproven",
    ),
    Fault("P26", "may not create the log group", _group_of_its_own),
    Fault("P27", "no logs:CreateLogStream", _without("logs:CreateLogStream")),
    Fault("P27", "no logs endpoint", no_endpoint("logs", _service), base="endpoints"),
    Fault(
        "P29",
        "the execution role trusts an OIDC provider",
        _trust({"Federated": "arn:aws:iam::123456789012:oidc-provider/x"}, "sts:AssumeRoleWithWebIdentity"),
    ),
    Fault("H15", "curl in a slim image", _set_container(HealthCheck=_curl)),
)
