"""Comments in Aurora PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.security import accept

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.network import NetworkStack

PORT = 5432
NAME = "comments"
"""Name of the database and of its user."""

ENGINE = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_11)


class PostgresStore(Construct):
    """Aurora Serverless v2 PostgreSQL that scales to zero, reachable by TLS, from admitted groups only."""

    in_vpc = True
    has_schema = True

    def __init__(self, scope: Construct, construct_id: str, *, network: NetworkStack) -> None:
        super().__init__(scope, construct_id)
        self._group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="The database", allow_all_outbound=False
        )
        self._cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            engine=ENGINE,
            vpc=network.vpc,
            vpc_subnets=network.private,
            security_groups=[self._group],
            writer=rds.ClusterInstance.serverless_v2("Writer", publicly_accessible=False),
            serverless_v2_min_capacity=0,  # paused when nothing is connected for these minutes
            serverless_v2_auto_pause_duration=Duration.minutes(10),
            serverless_v2_max_capacity=4,  # 8 GiB of memory: also a bound on what a flood of requests costs
            default_database_name=NAME,
            credentials=rds.Credentials.from_generated_secret(NAME),
            parameter_group=rds.ParameterGroup(
                self, "Parameters", engine=ENGINE, parameters={"rds.force_ssl": "1"}
            ),
            storage_encrypted=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.SNAPSHOT,
            backup=rds.BackupProps(retention=Duration.days(7)),
        )
        accept(
            self._cluster,
            "RDS6",
            "The image signs in with a generated password on every target; nothing asks for IAM tokens",
        )
        accept(
            self._cluster,
            "SMG4",
            "A copy of the service takes the password when it starts: rotated under running copies, it "
            "would lock them out. It has 30 generated characters, and the network admits the service alone; "
            "docs/how-to/choose-settings.md tells how to rotate it",
        )
        network.connect(self, ["secretsmanager"])
        host = self._cluster.cluster_endpoint.hostname
        self.environment = {"DATABASE_URL": f"postgresql://{NAME}@{host}:{PORT}/{NAME}?sslmode=verify-full"}
        self.secret = self._cluster.secret

    def grant_access(self, role: iam.IGrantable) -> None:
        """Nothing to do: PostgreSQL knows its callers by password, not by role."""

    def admit(self, scope: Construct, client: ec2.ISecurityGroup) -> None:
        """Open the port for `client`, on both sides, with rules that belong to `scope`."""
        ec2.CfnSecurityGroupIngress(
            scope,
            "DatabaseIngress",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            group_id=self._group.security_group_id,
            source_security_group_id=client.security_group_id,
            description="the service",
        )
        ec2.CfnSecurityGroupEgress(
            scope,
            "DatabaseEgress",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            group_id=client.security_group_id,
            destination_security_group_id=self._group.security_group_id,
            description="the database",
        )
