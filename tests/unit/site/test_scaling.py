"""What scales, from template text."""

from cais.template.values import Attribute
from tests.unit.site.conftest import MakeSite


def key(name: str) -> Attribute:
    return Attribute("App.yaml", name, "Ref")


GROUP = """
Launch:
  Type: AWS::EC2::LaunchTemplate
  Properties:
    LaunchTemplateData:
      IamInstanceProfile: {Name: !Ref Profile}
      NetworkInterfaces: [{DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [sg-1]}]
      MetadataOptions: {HttpPutResponseHopLimit: 2}
Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [nodes]}}
Instances:
  Type: AWS::AutoScaling::AutoScalingGroup
  Properties:
    MinSize: "1"
    MaxSize: "3"
    VPCZoneIdentifier: [subnet-1, subnet-2]
    LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: "1"}
"""


def test_a_launch_template_has_what_its_interface_has(site: MakeSite):
    template = site(GROUP).scaling.launch_templates[key("Launch")]
    assert (template.public_ip, template.security_groups, template.hop_limit) == (True, ("sg-1",), 2)
    assert template.instance_profile == key("Profile")


def test_a_group_knows_its_launch_template_and_its_size(site: MakeSite):
    group = site(GROUP).scaling.auto_scaling_groups[key("Instances")]
    assert (group.launch_template, group.minimum, group.maximum) == (key("Launch"), 1, 3)
    assert group.subnets == ("subnet-1", "subnet-2")


def test_a_launch_configuration_is_read_as_a_template(site: MakeSite):
    made = site("""
        Launch:
          Type: AWS::AutoScaling::LaunchConfiguration
          Properties: {IamInstanceProfile: nodes, SecurityGroups: [sg-1], AssociatePublicIpAddress: false}
        Instances:
          Type: AWS::AutoScaling::AutoScalingGroup
          Properties: {LaunchConfigurationName: !Ref Launch}
        """).scaling
    template = made.launch_templates[key("Launch")]
    assert (template.instance_profile, template.security_groups, template.public_ip) == (
        "nodes",
        ("sg-1",),
        False,
    )
    assert made.auto_scaling_groups[key("Instances")].launch_template == key("Launch")


def test_a_mixed_group_has_the_template_of_its_policy(site: MakeSite):
    made = site("""
        Launch: {Type: AWS::EC2::LaunchTemplate}
        Instances:
          Type: AWS::AutoScaling::AutoScalingGroup
          Properties:
            MixedInstancesPolicy:
              LaunchTemplate: {LaunchTemplateSpecification: {LaunchTemplateId: !Ref Launch, Version: "1"}}
        """)
    assert made.scaling.auto_scaling_groups[key("Instances")].launch_template == key("Launch")


SERVICE = """
Cluster: {Type: AWS::ECS::Cluster}
Service: {Type: AWS::ECS::Service, Properties: {ServiceName: web, Cluster: !Ref Cluster}}
Target:
  Type: AWS::ApplicationAutoScaling::ScalableTarget
  Properties: {ServiceNamespace: ecs, MinCapacity: 2, MaxCapacity: 4, ResourceId: %s}
"""


def test_a_target_knows_the_service_that_it_scales(site: MakeSite):
    for name in ('!Sub "service/${Cluster}/${Service.Name}"', '!Sub "service/${Cluster}/web"'):
        target = site(SERVICE % name).scaling.scalable_targets[key("Target")]
        assert (target.service, target.minimum, target.maximum) == (key("Service"), 2, 4)


def test_a_target_of_another_service_is_nobodys(site: MakeSite):
    made = site(SERVICE % '!Sub "service/${Cluster}/other"')
    assert made.scaling.scalable_targets[key("Target")].service is None


def test_instances_of_no_group_are_told(site: MakeSite):
    (lone,) = site("Lone: {Type: AWS::EC2::Instance}").scaling.other_instances
    assert lone.logical_id == "Lone"
