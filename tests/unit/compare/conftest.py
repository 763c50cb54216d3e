"""One service on three targets, in the fewest resources that say what a bill needs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Protocol

import pytest

from cais.compare.comparison import Question, compare
from cais.compare.load import LoadProfile
from cais.compare.prices import load_prices
from cais.template import load

if TYPE_CHECKING:
    from pathlib import Path

    from cais.compare.report import Comparison

NETWORK = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  SubnetA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Select [0, !GetAZs ""]}}
  SubnetB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Select [1, !GetAZs ""]}}
  Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref SubnetA, AllocationId: eipalloc-1}}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: password}}
  Store:
    Type: AWS::RDS::DBCluster
    Properties:
      Engine: aurora-postgresql
      ServerlessV2ScalingConfiguration: {MinCapacity: 0, MaxCapacity: 4}
  Writer:
    Type: AWS::RDS::DBInstance
    Properties: {Engine: aurora-postgresql, DBClusterIdentifier: !Ref Store, DBInstanceClass: db.serverless}
Outputs:
  A: {Value: !Ref SubnetA, Export: {Name: A}}
  B: {Value: !Ref SubnetB, Export: {Name: B}}
"""
ECS = """
Resources:
  Cluster: {Type: AWS::ECS::Cluster}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: "256"
      Memory: "512"
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions:
        - Name: comments
          Image: nginx
          LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Logs}}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Scheme: internet-facing, Type: application, Subnets: [!ImportValue A, !ImportValue B]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      HealthCheckPath: /healthz
      HealthCheckIntervalSeconds: 5
      HealthyThresholdCount: 2
      TargetGroupAttributes: [{Key: deregistration_delay.timeout_seconds, Value: "20"}]
  Service:
    Type: AWS::ECS::Service
    Properties:
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      LoadBalancers: [{TargetGroupArn: !Ref Targets, ContainerName: comments, ContainerPort: 8000}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!ImportValue A, !ImportValue B]}}
  Scaling:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ServiceNamespace: ecs
      ScalableDimension: ecs:service:DesiredCount
      ResourceId: !Sub "service/${Cluster}/${Service.Name}"
      MinCapacity: 2
      MaxCapacity: 10
"""
EKS = """
Resources:
  Cluster:
    Type: AWS::EKS::Cluster
    Properties:
      Version: "1.36"
      RoleArn: arn:aws:iam::111122223333:role/cluster
      ResourcesVpcConfig: {SubnetIds: [!ImportValue A, !ImportValue B]}
  Nodes:
    Type: AWS::EKS::Nodegroup
    Properties:
      ClusterName: !Ref Cluster
      NodeRole: arn:aws:iam::111122223333:role/node
      Subnets: [!ImportValue A, !ImportValue B]
      InstanceTypes: [t3.medium]
      ScalingConfig: {MinSize: 2, MaxSize: 4}
  Dns: {Type: AWS::EKS::Addon, Properties: {ClusterName: !Ref Cluster, AddonName: coredns}}
  Chart:
    Type: Custom::AWSCDK-EKS-HelmChart
    Properties:
      ServiceToken: arn:aws:lambda:us-east-1:111122223333:function:helm
      ClusterName: !Ref Cluster
      Release: comments
      Namespace: comments
      ChartAssetURL: s3://assets/chart.zip
      Values: '{"resources": {"cpu": "250m", "memory": "512Mi"}, "copies": {"min": 2, "max": 10},
        "seconds": {"drain": 20}, "ingress": {"className": "alb"}}'
"""
SERVERLESS = """
Resources:
  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code: {ImageUri: 111122223333.dkr.ecr.us-east-1.amazonaws.com/comments:1}
      Role: arn:aws:iam::111122223333:role/comments
      MemorySize: 512
      LoggingConfig: {LogGroup: !Ref Logs}
      VpcConfig: {SubnetIds: [!ImportValue A, !ImportValue B], SecurityGroupIds: [sg-1]}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: comments}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Function.Arn
      PayloadFormatVersion: "2.0"
"""
TEMPLATES = {"network": NETWORK, "ecs": ECS, "eks": EKS, "serverless": SERVERLESS}


class Comparing(Protocol):
    """Compares what some templates deploy."""

    def __call__(self, given: Question | None = None, /, **templates: str) -> Comparison: ...


@pytest.fixture
def question() -> Question:
    return Question(load=LoadProfile(), prices=load_prices(region="us-east-1"), today=date(2026, 11, 24))


@pytest.fixture
def comparing(tmp_path: Path, question: Question) -> Comparing:
    def run(given: Question | None = None, /, **templates: str) -> Comparison:
        for name, text in (templates or TEMPLATES).items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return compare(load([tmp_path])[0], given or question)

    return run
