"""Databases, their subnets, secrets and proxies, from template text."""

import pytest

from cais.template.values import Attribute
from tests.unit.site.conftest import MakeSite


def key(name: str) -> Attribute:
    return Attribute("App.yaml", name, "Ref")


CLUSTER = """
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc}}
Subnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {SubnetIds: [!Ref A, !Ref B]}}
Parameters:
  Type: AWS::RDS::DBClusterParameterGroup
  Properties: {Family: aurora-postgresql16, Parameters: {rds.force_ssl: 1}}
Login:
  Type: AWS::SecretsManager::Secret
  Properties:
    GenerateSecretString: {SecretStringTemplate: '{"username": "web"}', GenerateStringKey: password}
Cluster:
  Type: AWS::RDS::DBCluster
  Properties:
    Engine: aurora-postgresql
    EngineVersion: "16.11"
    Port: 5432
    DBSubnetGroupName: !Ref Subnets
    DBClusterParameterGroupName: !Ref Parameters
    VpcSecurityGroupIds: [!GetAtt Group.GroupId]
    MasterUsername: web
    MasterUserPassword: !Sub "{{resolve:secretsmanager:${Login}:SecretString:password}}"
    ServerlessV2ScalingConfiguration: {MinCapacity: 0, MaxCapacity: 4}
Writer:
  Type: AWS::RDS::DBInstance
  Properties: {DBClusterIdentifier: !Ref Cluster, DBInstanceClass: db.serverless, Engine: aurora-postgresql}
"""


def test_a_cluster_is_where_its_subnet_group_is(site: MakeSite):
    cluster = site(CLUSTER).data.databases[key("Cluster")]
    assert cluster.subnets == (key("A"), key("B"))
    assert cluster.security_groups == (key("Group"),)
    assert (cluster.kind, cluster.port, cluster.capacity) == ("cluster", 5432, (0.0, 4.0))
    assert (cluster.family, cluster.parameters) == ("aurora-postgresql16", {"rds.force_ssl": "1"})


def test_the_password_comes_from_the_secret_of_the_dynamic_reference(site: MakeSite):
    assert site(CLUSTER).data.databases[key("Cluster")].secret == key("Login")


def test_an_instance_is_where_its_cluster_is(site: MakeSite):
    writer = site(CLUSTER).data.databases[key("Writer")]
    assert (writer.kind, writer.cluster, writer.port) == ("instance", key("Cluster"), 5432)
    assert writer.subnets == (key("A"), key("B"))
    assert writer.security_groups == (key("Group"),)


def test_a_database_without_groups_has_the_default_one_of_its_vpc(site: MakeSite):
    made = site(CLUSTER.replace("    VpcSecurityGroupIds: [!GetAtt Group.GroupId]\n", ""))
    default = made.network.vpcs[key("Vpc")].default_security_group
    assert made.data.databases[key("Cluster")].security_groups == (default,)


PORTS = {"postgres": 5432, "mysql": 3306, "mariadb": 3306, "oracle-se2": 1521, "sqlserver-ex": 1433}


@pytest.mark.parametrize("engine", PORTS)
def test_an_instance_has_the_port_of_its_engine(site: MakeSite, engine: str):
    made = site(f"Database: {{Type: AWS::RDS::DBInstance, Properties: {{Engine: {engine}}}}}")
    assert made.data.databases[key("Database")].port == PORTS[engine]


@pytest.mark.parametrize(("mode", "port"), [("provisioned", 3306), ("serverless", 5432)])
def test_cloudformation_gives_an_aurora_postgresql_cluster_a_port(site: MakeSite, mode: str, port: int):
    made = site(CLUSTER.replace("    Port: 5432\n", f"    EngineMode: {mode}\n"))
    assert made.data.databases[key("Cluster")].port == port


def test_rds_keeps_the_secret_that_it_makes_itself(site: MakeSite):
    made = site("Database: {Type: AWS::RDS::DBInstance, Properties: {ManageMasterUserPassword: true}}")
    assert made.data.databases[key("Database")].secret == key("Database")


SECRETS = {
    "GenerateSecretString: {PasswordLength: 30}": frozenset[str](),
    "GenerateSecretString: {SecretStringTemplate: '{\"a\": 1}', GenerateStringKey: b}": frozenset({"a", "b"}),
    "SecretString: '{\"a\": 1}'": frozenset({"a"}),
    "SecretString: plain": None,
    "Name: filled-by-hand": None,
}


@pytest.mark.parametrize("properties", SECRETS)
def test_a_secret_has_the_keys_that_its_template_tells(site: MakeSite, properties: str):
    made = site(f"Secret: {{Type: AWS::SecretsManager::Secret, Properties: {{{properties}}}}}")
    assert made.data.secrets[key("Secret")].json_keys == SECRETS[properties]


def test_an_attached_secret_knows_its_database_its_rotation_and_its_policy(site: MakeSite):
    made = site(f"""{CLUSTER}
Attached:
  Type: AWS::SecretsManager::SecretTargetAttachment
  Properties: {{SecretId: !Ref Login, TargetId: !Ref Cluster, TargetType: "AWS::RDS::DBCluster"}}
Rotation: {{Type: AWS::SecretsManager::RotationSchedule, Properties: {{SecretId: !Ref Attached}}}}
Policy:
  Type: AWS::SecretsManager::ResourcePolicy
  Properties: {{SecretId: !Ref Login, ResourcePolicy: {{Statement: []}}}}
""")
    secret = made.data.secrets[key("Login")]
    assert made.data.secrets[key("Attached")] is secret
    assert secret.database == key("Cluster")
    assert secret.json_keys is not None
    assert {"username", "password", "host"} <= secret.json_keys
    assert secret.rotation is not None
    assert secret.rotation.logical_id == "Rotation"
    assert secret.policy is not None


def test_a_proxy_knows_the_databases_behind_it(site: MakeSite):
    made = site(f"""{CLUSTER}
Role: {{Type: AWS::IAM::Role}}
Proxy:
  Type: AWS::RDS::DBProxy
  Properties:
    DBProxyName: web
    EngineFamily: POSTGRESQL
    RequireTLS: true
    RoleArn: !GetAtt Role.Arn
    Auth: [{{AuthScheme: SECRETS, SecretArn: !Ref Login, IAMAuth: REQUIRED}}]
    VpcSubnetIds: [!Ref A, !Ref B]
Behind:
  Type: AWS::RDS::DBProxyTargetGroup
  Properties: {{DBProxyName: web, DBClusterIdentifiers: [!Ref Cluster]}}
""")
    proxy = made.data.proxies[key("Proxy")]
    assert (proxy.targets, proxy.secrets) == ((key("Cluster"),), (key("Login"),))
    assert (proxy.requires_tls, proxy.iam_only) == (True, True)
    assert proxy.security_groups == (made.network.vpcs[key("Vpc")].default_security_group,)
