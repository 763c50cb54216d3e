"""Databases of RDS, the subnets they are in, and the proxies before them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.site.builders import values as v
from cais.site.model.data import Database, DatabaseProxy, SubnetGroup
from cais.site.model.values import Attribute, Unknown
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.network import Network
    from cais.site.model.values import Key, MaybeNumber, MaybeText
    from cais.template import Assembly, Resource, Value

INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
PARAMETER_GROUPS = ("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")
FROM_SECRET = "{{resolve:secretsmanager:"  # noqa: S105 - CloudFormation's notation, no secret
PORTS = {
    "db2": 50000,
    "mariadb": 3306,
    "mysql": 3306,
    "oracle": 1521,
    "postgres": 5432,
    "sqlserver": 1433,
}
"""The ports of engines by the first word of their names.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

CLUSTER_PORT = 3306
"""The port that CloudFormation gives a cluster that names none, one of Aurora PostgreSQL, too.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html,
https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/336
"""


def build_databases(assembly: Assembly, network: Network) -> dict[Key, Database]:
    """Every instance and cluster; an instance of a cluster is where its cluster is."""
    subnets = {group.key: group.subnets for group in build_subnet_groups(assembly).values()}
    groups = {v.own_key(each): each for each in assembly.resources(*PARAMETER_GROUPS)}
    found = {
        v.own_key(each): _database(each, subnets, groups, network)
        for each in assembly.resources(CLUSTER, INSTANCE)
    }
    return {key: _placed(database, found) for key, database in found.items()}


def build_subnet_groups(assembly: Assembly) -> dict[Key, SubnetGroup]:
    """Every subnet group."""
    return {
        (key := v.own_key(each)): SubnetGroup(
            key=key, subject=v.subject(each), subnets=v.keys(each.properties.get("SubnetIds"))
        )
        for each in assembly.resources("AWS::RDS::DBSubnetGroup")
    }


def build_proxies(assembly: Assembly, network: Network) -> dict[Key, DatabaseProxy]:
    """Every proxy with the databases behind it."""
    targets: defaultdict[Key, list[Key]] = defaultdict(list)
    for resource in assembly.resources("AWS::RDS::DBProxyTargetGroup"):
        given = resource.properties
        named = (*v.keys(given.get("DBClusterIdentifiers")), *v.keys(given.get("DBInstanceIdentifiers")))
        targets[v.key(given.get("DBProxyName"))] += named
    proxies = (_proxy(each, targets, network) for each in assembly.resources("AWS::RDS::DBProxy"))
    return {proxy.key: proxy for proxy in proxies}


def _database(
    resource: Resource,
    subnet_groups: Mapping[Key, tuple[Key, ...]],
    parameter_groups: Mapping[Key, Resource],
    network: Network,
) -> Database:
    given = resource.properties
    cluster = resource.type == CLUSTER
    named = v.optional_key(given.get("DBClusterParameterGroupName" if cluster else "DBParameterGroupName"))
    group = parameter_groups.get(named) if named is not None else None
    parameters = v.mapping(group.properties.get("Parameters")) if group else {}
    subnets = _subnets(given.get("DBSubnetGroupName"), subnet_groups)
    return Database(
        key=v.own_key(resource),
        subject=v.subject(resource),
        kind="cluster" if cluster else "instance",
        engine=v.optional_text(given.get("Engine")),
        version=v.optional_text(given.get("EngineVersion")),
        port=_port(given, cluster=cluster),
        engine_mode=v.text(given.get("EngineMode"), "provisioned"),
        subnets=subnets,
        security_groups=v.keys(given.get("VpcSecurityGroupIds", given.get("VPCSecurityGroups")))
        or default_groups(subnets, network),
        parameters={name: v.text(value, "") for name, value in parameters.items()},
        parameter_group=named,
        family=v.optional_text(group.properties.get("Family")) if group else None,
        public=v.flag(given.get("PubliclyAccessible"), default=False),
        instance_class=v.optional_text(given.get("DBInstanceClass", given.get("DBClusterInstanceClass"))),
        cluster=v.optional_key(given.get("DBClusterIdentifier")) if not cluster else None,
        multi_zone=v.flag(given.get("MultiAZ"), default=False),
        storage=v.optional_number(given.get("AllocatedStorage")),
        capacity=_capacity(given.get("ServerlessV2ScalingConfiguration")),
        username=v.optional_text(given.get("MasterUsername")),
        secret=_secret(resource),
    )


def _placed(database: Database, others: Mapping[Key, Database]) -> Database:
    """An instance where its cluster is."""
    cluster = others.get(database.cluster) if database.cluster is not None else None
    if cluster is None:
        return database
    return replace(
        database,
        subnets=cluster.subnets,
        security_groups=cluster.security_groups,
        port=cluster.port,
        username=cluster.username,
        secret=cluster.secret,
    )


def _subnets(group: Value, known: Mapping[Key, tuple[Key, ...]]) -> tuple[Key, ...]:
    """The subnets of a group; one open subnet where the group is not of the assembly."""
    if group is None:
        return ()
    key = v.key(group)
    return known.get(key, (key if is_leaf(key) else Unknown(f"the subnets of the subnet group {key}"),))


def default_groups(subnets: tuple[Key, ...], network: Network) -> tuple[Key, ...]:
    """The default group of the subnets' VPC, which a database gets that names none."""
    homes = {network.subnets[key].vpc for key in subnets if key in network.subnets}
    groups = tuple(network.vpcs[vpc].default_security_group for vpc in homes if vpc in network.vpcs)
    return groups or (Unknown("the default security group of the database's VPC"),)


def _port(given: Mapping[str, Value], *, cluster: bool) -> MaybeNumber | None:
    """The port, or the engine's own. An instance of Aurora has that of its cluster."""
    if "Port" in given:
        return v.optional_number(given["Port"])
    engine, mode = v.text(given.get("Engine"), ""), v.text(given.get("EngineMode"), "provisioned")
    if not isinstance(engine, str) or not isinstance(mode, str) or (cluster and not engine):
        return Unknown("the port of the engine")
    if cluster:
        return PORTS["postgres"] if (engine, mode) == ("aurora-postgresql", "serverless") else CLUSTER_PORT
    return PORTS.get(engine.partition("-")[0])


def _capacity(value: Value) -> tuple[float | MaybeText, float | MaybeText] | None:
    if value is None:
        return None
    given = v.mapping(value)
    return _units(given.get("MinCapacity")), _units(given.get("MaxCapacity"))


def _units(value: Value) -> float | MaybeText:
    text = v.text(value, "")
    try:
        return float(text) if isinstance(text, str) else text
    except ValueError:
        return Unknown(f"a number of capacity units is wanted where {text!r} is")


def _secret(resource: Resource) -> Key | None:
    """The secret of the password: RDS's own, or the one that a dynamic reference names."""
    given = resource.properties
    if v.flag(given.get("ManageMasterUserPassword"), default=False) is True:
        return v.own_key(resource)
    first, *rest = v.parts(v.text(given.get("MasterUserPassword"), ""))
    if first == FROM_SECRET and rest and isinstance(rest[0], Attribute):
        return v.key(rest[0])
    return None


def _proxy(resource: Resource, targets: Mapping[Key, list[Key]], network: Network) -> DatabaseProxy:
    given = resource.properties
    ways = [v.mapping(each) for each in v.items(given.get("Auth"))]
    subnets = v.keys(given.get("VpcSubnetIds"))
    return DatabaseProxy(
        key=v.own_key(resource),
        subject=v.subject(resource),
        role=v.key(given.get("RoleArn")),
        engine_family=v.text(given.get("EngineFamily"), ""),
        subnets=subnets,
        security_groups=v.keys(given.get("VpcSecurityGroupIds")) or default_groups(subnets, network),
        targets=tuple(targets.get(v.own_key(resource), ())) + tuple(targets.get(_name(resource), ())),
        secrets=tuple(v.key(way["SecretArn"]) for way in ways if "SecretArn" in way),
        requires_tls=v.flag(given.get("RequireTLS"), default=False),
        iam_only=bool(ways) and all(way.get("IAMAuth") == "REQUIRED" for way in ways),
    )


def _name(resource: Resource) -> Key:
    return v.key(resource.properties.get("DBProxyName"))
