"""Faults of databases, their clients and what connects the two.

A fault changes the templates in place and returns the resource that a checker should name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecs_faults import Fault, no_endpoint
from lambda_faults import the_function, with_properties, without

if TYPE_CHECKING:
    from templates import Break, Place, Templates

DATA, ECS, EKS, LAMBDA, NETWORK = "DataStack", "EcsStack", "EksStack", "LambdaStack", "NetworkStack"
CLUSTER, INSTANCE = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
TASK, SERVICE = "AWS::ECS::TaskDefinition", "AWS::ECS::Service"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"


def _with_cluster(**changes: Any) -> Break:
    return lambda templates: templates.the(CLUSTER, stack=DATA).set(**changes)


def _no_rule(kind: str, stack: str, part: str) -> Break:
    """Removes the rule that lets a client of a stack out to the database, or in."""

    def change(templates: Templates) -> Place:
        rule = templates.the(kind, stack=stack, where=lambda place: part in place.logical_id)
        templates.remove(rule)
        groups = DATA if kind == INGRESS else stack
        return templates.the(
            "AWS::EC2::SecurityGroup",
            stack=groups,
            where=lambda place: "LoadBalancer" not in place.logical_id,
        )

    return change


def _address(old: str, new: str) -> Break:
    """Changes the address of the database in the function's variables."""

    def change(templates: Templates) -> Place:
        function = the_function(templates)
        parts = function.properties["Environment"]["Variables"]["DATABASE_URL"]["Fn::Join"][1]
        parts[:] = [part.replace(old, new) if isinstance(part, str) else part for part in parts]
        return function

    return change


def _service(templates: Templates) -> Place:
    return templates.the(SERVICE, stack=ECS)


def _container(templates: Templates) -> dict[str, Any]:
    return templates.the(TASK, stack=ECS).properties["ContainerDefinitions"][0]


def _variable_of_the_task(value: Any) -> Break:
    def change(templates: Templates) -> Place:
        environment = _container(templates)["Environment"]
        for each in environment:
            if each["Name"] == "DATABASE_URL":
                each["Value"] = value
        return templates.the(TASK, stack=ECS)

    return change


def _one_subnet(templates: Templates) -> Place:
    group = templates.the("AWS::RDS::DBSubnetGroup", stack=DATA)
    del group.properties["SubnetIds"][1:]
    return group


def _no_writer(templates: Templates) -> Place:
    templates.remove(templates.the(INSTANCE, stack=DATA))
    return templates.the(CLUSTER, stack=DATA)


def _readiness_as_health(templates: Templates) -> Place:
    templates.the(TARGETS, stack=ECS).properties["HealthCheckPath"] = "/readyz"
    return _service(templates)


def _rotation(templates: Templates) -> Place:
    secret = templates.the("AWS::SecretsManager::Secret", stack=DATA)
    templates.add(
        DATA, "Rotation", "AWS::SecretsManager::RotationSchedule", SecretId={"Ref": secret.logical_id}
    )
    return templates.the(SERVICE, stack=ECS)


def _older_family(templates: Templates) -> Place:
    group = templates.the("AWS::RDS::DBClusterParameterGroup", stack=DATA)
    group.properties["Family"] = "aurora-postgresql15"
    return templates.the(CLUSTER, stack=DATA)


def _proxy_without_rights(templates: Templates) -> Place:
    """A proxy whose role may not read the password."""
    cluster = templates.the(CLUSTER, stack=DATA)
    secret = templates.the("AWS::SecretsManager::Secret", stack=DATA)
    subnets = templates.the("AWS::RDS::DBSubnetGroup", stack=DATA).properties["SubnetIds"]
    trust = {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = templates.add(DATA, "ProxyRole", "AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]})
    templates.add(
        DATA,
        "Proxy",
        "AWS::RDS::DBProxy",
        DBProxyName="comments",
        EngineFamily="POSTGRESQL",
        RoleArn={"Fn::GetAtt": ["ProxyRole", "Arn"]},
        Auth=[{"AuthScheme": "SECRETS", "SecretArn": {"Ref": secret.logical_id}}],
        VpcSubnetIds=subnets,
        VpcSecurityGroupIds=cluster.properties["VpcSecurityGroupIds"],
    )
    return role


def _cluster_of_the_same_stack(templates: Templates) -> Place:
    """The task's database beside its service, which waits for the cluster and not for its instance."""
    engine = {"Engine": "aurora-postgresql"}
    templates.add(ECS, "Beside", CLUSTER, Port=5432, **engine)
    templates.add(ECS, "Writer", INSTANCE, DBClusterIdentifier={"Ref": "Beside"}, **engine)
    _variable_of_the_task({"Fn::Sub": "postgresql://comments@${Beside.Endpoint.Address}:5432/comments"})(
        templates
    )
    return templates.the(SERVICE, stack=ECS)


def _another_key(templates: Templates) -> Place:
    (secret,) = _container(templates)["Secrets"]
    secret["ValueFrom"]["Fn::Join"][1][-1] = ":pass::"
    return templates.the(TASK, stack=ECS)


FAULTS = (
    Fault("A1", "sslmode=disable, and rds.force_ssl", _address("sslmode=verify-full", "sslmode=disable")),
    Fault("A1", "nothing of TLS in the address", _address("?sslmode=verify-full", ""), verdict="advice"),
    Fault("A2", "the database does not admit the function", _no_rule(INGRESS, LAMBDA, "Database")),
    Fault("A2", "the database does not admit the tasks", _no_rule(INGRESS, ECS, "Database")),
    Fault("A2", "the database does not admit the pods", _no_rule(INGRESS, EKS, "Database")),
    Fault("A2", "the function may not speak to the database", _no_rule(EGRESS, LAMBDA, "Database")),
    Fault("A2", "the function is outside of the VPC", with_properties(VpcConfig=None)),
    Fault("A4", "SQLite in the tasks", _variable_of_the_task("sqlite:////tmp/comments.db"), verdict="advice"),
    Fault("A5", "the database has one subnet", _one_subnet),
    Fault("A6", "the cluster has no instance", _no_writer),
    Fault("A7", "the address names MySQL's port", _address(":5432/", ":3306/")),
    Fault("A7", "the address is of MySQL", _address("postgresql://", "mysql://")),
    Fault(
        "A8", "a timeout of 10 s, and a database that sleeps", with_properties(Timeout=10), verdict="advice"
    ),
    Fault("A8", "the health check asks the database, which sleeps", _readiness_as_health, verdict="advice"),
    Fault("A9", "no permission on the table", without("dynamodb:Query"), base="dynamodb"),
    Fault(
        "A10",
        "no DynamoDB endpoint",
        no_endpoint("dynamodb", _service),
        base="dynamodb-endpoints",
    ),
    Fault("A11", "the password is rotated", _rotation, verdict="advice"),
    Fault("A12", "a parameter group of another version", _older_family),
    Fault("A12", "a version that cannot pause", _with_cluster(EngineVersion="16.1")),
    Fault("A13", "the proxy may not read the password", _proxy_without_rights),
    Fault("A14", "the service does not wait for an instance", _cluster_of_the_same_stack, verdict="advice"),
    Fault("P24", "a JSON key that the secret has not", _another_key),
)
