from cais.site.model.network import SecurityGroupRule
from cais.template.values import Attribute, Pseudo, Text, Unknown
from tests.unit.site.conftest import MakeSite


def key(name: str, attribute: str = "Ref") -> Attribute:
    return Attribute("App.yaml", name, attribute)


VPC = """
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
Gateway: {Type: AWS::EC2::InternetGateway}
Attached:
  Type: AWS::EC2::VPCGatewayAttachment
  Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
Route:
  Type: AWS::EC2::Route
  Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
Public: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
Association:
  Type: AWS::EC2::SubnetRouteTableAssociation
  Properties: {SubnetId: !Ref Public, RouteTableId: !GetAtt Table.RouteTableId}
Lonely: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
"""


def test_a_subnet_has_the_table_that_is_associated_or_the_main_one(site: MakeSite):
    network = site(VPC).network
    assert network.subnets[key("Public")].route_table == key("Table")
    main = network.subnets[key("Lonely")].route_table
    assert main == network.vpcs[key("Vpc")].main_route_table
    assert network.route_tables[main].routes == ()


def test_a_route_knows_what_it_leads_to(site: MakeSite):
    (route,) = site(VPC).network.route_tables[key("Table")].routes
    assert (route.kind, route.via, route.destination) == ("internet-gateway", key("Gateway"), "0.0.0.0/0")


def test_an_attached_gateway_is_its_vpcs(site: MakeSite):
    network = site(VPC).network
    assert network.vpcs[key("Vpc")].internet_gateways == (key("Gateway"),)
    assert network.internet_gateways[key("Gateway")].vpcs == (key("Vpc"),)


def test_a_subnet_without_an_acl_has_the_vpcs_own_which_lets_all_pass(site: MakeSite):
    network = site(VPC).network
    entries = network.acls[network.subnets[key("Public")].acl].entries
    assert {(entry.egress, entry.allow, entry.protocol) for entry in entries} == {
        (True, True, "-1"),
        (False, True, "-1"),
    }


GROUPS = """
Open: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x}}
Closed:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: x
    SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
From:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !GetAtt Closed.GroupId
    IpProtocol: "6"
    FromPort: 8000
    ToPort: 8000
    SourceSecurityGroupId: !Ref Open
To:
  Type: AWS::EC2::SecurityGroupEgress
  Properties: {GroupId: !Ref Closed, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}
Stray:
  Type: AWS::EC2::SecurityGroupIngress
  Properties: {GroupId: !ImportValue Group, IpProtocol: "-1", CidrIp: 0.0.0.0/0}
Outside:
  Type: AWS::EC2::SecurityGroupIngress
  Properties: {GroupId: sg-123, IpProtocol: "-1", CidrIp: 0.0.0.0/0}
"""


def test_rules_are_merged_from_wherever_they_are_declared(site: MakeSite):
    groups = site(GROUPS).network.security_groups
    closed = groups[key("Closed")]
    assert [(rule.protocol, rule.from_port, rule.cidr, rule.group) for rule in closed.ingress] == [
        ("tcp", 80, "0.0.0.0/0", None),
        ("tcp", 8000, None, key("Open")),
    ]


def test_a_group_lets_everything_out_until_it_has_a_rule_for_what_goes_out(site: MakeSite):
    groups = site(GROUPS).network.security_groups
    assert {(rule.protocol, rule.cidr) for rule in groups[key("Open")].egress} == {
        ("-1", "0.0.0.0/0"),
        ("-1", "::/0"),
    }
    assert [rule.cidr for rule in groups[key("Closed")].egress] == ["10.0.0.0/8"]


def test_a_rule_of_an_unknown_group_is_a_stray(site: MakeSite):
    (stray,) = site(GROUPS).network.strays["security group rules"]
    assert stray.logical_id == "Stray"


def test_rules_are_values(site: MakeSite):
    assert isinstance(site(GROUPS).network.security_groups[key("Open")].egress[0], SecurityGroupRule)


ROLES = """
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: {Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: [ecs-tasks.amazonaws.com]}}
    ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    Policies:
    - PolicyName: inline
      PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
Attached:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: x
    Roles: [!Ref Role]
    PolicyDocument:
      Statement:
      - Effect: Deny
        NotAction: ["ecr:*"]
        NotResource: "*"
        Condition: {StringEquals: {"aws:SourceAccount": ["1", "2"]}}
"""


def test_a_role_has_the_policies_of_every_resource(site: MakeSite):
    role = site(ROLES).identity.roles[key("Role")]
    (trust,) = role.trust.statements
    assert [(principal.kind, principal.value) for principal in trust.principals] == [
        ("Service", "ecs-tasks.amazonaws.com")
    ]
    assert role.managed == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)
    assert [policy.subject.logical_id for policy in role.inline] == ["Role", "Attached"]
    assert [subject.logical_id for subject in role.attached] == ["Attached"]
    (deny,) = role.inline[1].statements
    assert (deny.effect, deny.actions, deny.except_actions, deny.except_resources) == (
        "Deny",
        ("ecr:*",),
        True,
        True,
    )
    assert [(each.operator, each.key, each.values) for each in deny.conditions] == [
        ("StringEquals", "aws:SourceAccount", ("1", "2"))
    ]


SERVICE = """
Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: [subnet-1]}}
Listener:
  Type: AWS::ElasticLoadBalancingV2::Listener
  Properties:
    LoadBalancerArn: !Ref Balancer
    Port: "80"
    Protocol: HTTP
    DefaultActions: [{Type: forward, ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref Targets}]}}]
Targets:
  Type: AWS::ElasticLoadBalancingV2::TargetGroup
  Properties: {Protocol: HTTP, Port: 80, TargetType: ip, VpcId: vpc-1}
Task:
  Type: AWS::ECS::TaskDefinition
  Properties:
    Cpu: "256"
    Memory: "512"
    NetworkMode: awsvpc
    ContainerDefinitions:
    - Name: web
      Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/web:1.2"
      PortMappings: [{ContainerPort: 8000}]
      Secrets: [{Name: PASSWORD, ValueFrom: !Sub "${Secret}:password::"}]
      LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Logs}}
Secret: {Type: AWS::SecretsManager::Secret}
Logs: {Type: AWS::Logs::LogGroup}
Service:
  Type: AWS::ECS::Service
  Properties:
    LaunchType: FARGATE
    TaskDefinition: !Ref Task
    LoadBalancers: [{ContainerName: web, ContainerPort: 8000, TargetGroupArn: !Ref Targets}]
    NetworkConfiguration: {AwsvpcConfiguration: {Subnets: !Ref Nowhere, AssignPublicIp: ENABLED}}
"""


def test_a_service_is_read_with_its_load_balancer(site: MakeSite):
    made = site(SERVICE.replace("!Ref Nowhere", "[subnet-1, subnet-2]"))
    service = made.ecs.services[key("Service")]
    assert (service.launch_type, service.assign_public_ip, service.subnets) == (
        "FARGATE",
        True,
        ("subnet-1", "subnet-2"),
    )
    (binding,) = service.targets
    assert (binding.target_group, binding.container_name, binding.container_port) == (
        key("Targets"),
        "web",
        8000,
    )
    (way,) = made.balancing.forwardings[key("Targets")]
    assert way.load_balancer == made.balancing.load_balancers[key("Balancer")]
    health = made.balancing.target_groups[key("Targets")].health
    assert (health.path, health.codes, health.interval, health.timeout, health.healthy_threshold) == (
        "/",
        "200",
        30,
        5,
        5,
    )


def test_a_container_is_read_with_what_it_needs_before_it_starts(site: MakeSite):
    task = site(SERVICE.replace("!Ref Nowhere", "[]")).ecs.task_definitions[key("Task")]
    assert (task.cpu, task.memory, task.architecture) == (256, 512, "X86_64")
    (container,) = task.containers
    image = container.image
    assert (image.registry, image.account, image.region) == (
        "ecr",
        Pseudo("AWS::AccountId"),
        Pseudo("AWS::Region"),
    )
    assert (image.repository, image.tag) == ("team/web", "1.2")
    (secret,) = container.secrets
    assert (secret.service, secret.source, secret.json_key) == ("secretsmanager", key("Secret"), "password")
    assert container.log is not None
    assert container.log.log_group == key("Logs")


def test_what_is_open_stays_open(site: MakeSite):
    made = site(
        """
        Service:
          Type: AWS::ECS::Service
          Properties:
            DesiredCount: !ImportValue Count
            Cluster: !Sub "${AWS::StackName}-x"
            CapacityProviderStrategy:
            - CapacityProvider: !ImportValue Mine
            - CapacityProvider: FARGATE
        """
    )
    service = made.ecs.services[key("Service")]
    assert isinstance(service.desired, Unknown)
    assert service.cluster == Text((Pseudo("AWS::StackName"), "-x"))
    assert isinstance(service.launch_type, Unknown)
