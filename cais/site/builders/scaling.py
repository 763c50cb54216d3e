"""What scales: groups of instances, and the counts of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.model.scaling import AutoScalingGroup, LaunchTemplate, ScalableTarget, Scaling
from cais.site.model.values import Attribute, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.ecs import Service
    from cais.site.model.values import Key, MaybeFlag, MaybeText
    from cais.template import Assembly, Resource, Value

OTHER_INSTANCES = ("AWS::EC2::Instance", "AWS::EC2::SpotFleet", "AWS::EC2::EC2Fleet")
SCALERS = ("AWS::AutoScaling::ScalingPolicy", "AWS::AutoScaling::ScheduledAction")
LAUNCH = ("AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")


def build_scaling(assembly: Assembly, services: Mapping[Key, Service]) -> Scaling:
    """Everything that scales; `services` are those of ECS, whose counts may be scaled."""
    templates = map(_launch_template, assembly.resources(*LAUNCH))
    groups = map(_group, assembly.resources("AWS::AutoScaling::AutoScalingGroup"))
    targets = (
        _target(each, services) for each in assembly.resources("AWS::ApplicationAutoScaling::ScalableTarget")
    )
    return Scaling(
        launch_templates={template.key: template for template in templates},
        auto_scaling_groups={group.key: group for group in groups},
        scalable_targets={target.key: target for target in targets},
        other_instances=tuple(map(v.subject, assembly.resources(*OTHER_INSTANCES))),
        scaled=tuple(
            v.key(each.properties.get("AutoScalingGroupName")) for each in assembly.resources(*SCALERS)
        ),
    )


def _launch_template(resource: Resource) -> LaunchTemplate:
    """A launch template or the older launch configuration, whose properties are not nested."""
    given = v.mapping(resource.properties.get("LaunchTemplateData")) or resource.properties
    interfaces = [v.mapping(each) for each in v.items(given.get("NetworkInterfaces"))]
    first = interfaces[0] if interfaces else {}
    metadata = v.mapping(given.get("MetadataOptions"))
    groups = given.get("SecurityGroupIds", given.get("SecurityGroups", first.get("Groups")))
    return LaunchTemplate(
        key=v.own_key(resource),
        subject=v.subject(resource),
        image=v.optional_text(given.get("ImageId")),
        instance_type=v.optional_text(given.get("InstanceType")),
        instance_profile=_profile(given.get("IamInstanceProfile")),
        security_groups=v.keys(groups),
        public_ip=_flag(given.get("AssociatePublicIpAddress", first.get("AssociatePublicIpAddress"))),
        user_data=v.optional_text(given.get("UserData")),
        hop_limit=v.optional_number(metadata.get("HttpPutResponseHopLimit")),
        metadata_tokens=v.optional_text(metadata.get("HttpTokens")),
    )


def _flag(value: Value) -> MaybeFlag | None:
    return None if value is None else v.flag(value, default=False)


def _profile(value: Value) -> Key | None:
    """A profile by its name or ARN, as a launch template nests it or a launch configuration names it."""
    nested = v.mapping(value)
    return v.optional_key(nested.get("Arn", nested.get("Name")) if nested else value)


def _group(resource: Resource) -> AutoScalingGroup:
    given = resource.properties
    return AutoScalingGroup(
        key=v.own_key(resource),
        subject=v.subject(resource),
        subnets=v.keys(given.get("VPCZoneIdentifier")),
        launch_template=_launch(given),
        minimum=v.optional_number(given.get("MinSize")),
        maximum=v.optional_number(given.get("MaxSize")),
        desired=v.optional_number(given.get("DesiredCapacity")),
        target_groups=v.keys(given.get("TargetGroupARNs")),
    )


def _launch(given: Mapping[str, Value]) -> Key | None:
    mixed = v.mapping(v.mapping(given.get("MixedInstancesPolicy")).get("LaunchTemplate"))
    if any(v.mapping(each).get("LaunchTemplateSpecification") for each in v.items(mixed.get("Overrides"))):
        return Unknown("which of its launch templates an instance is launched by")
    named = v.mapping(given.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification"))
    return v.optional_key(
        named.get("LaunchTemplateId", named.get("LaunchTemplateName", given.get("LaunchConfigurationName")))
    )


def _target(resource: Resource, services: Mapping[Key, Service]) -> ScalableTarget:
    given = resource.properties
    name = v.text(given.get("ResourceId"), "")
    return ScalableTarget(
        key=v.own_key(resource),
        subject=v.subject(resource),
        namespace=v.text(given.get("ServiceNamespace"), ""),
        resource=name,
        minimum=v.number(given.get("MinCapacity"), 0),
        maximum=v.number(given.get("MaxCapacity"), 0),
        service=_service(name, services),
    )


def _service(name: MaybeText, services: Mapping[Key, Service]) -> Key | None:
    """The service that "service/CLUSTER/NAME" ends with."""
    last = v.parts(name)[-1]
    if isinstance(last, Attribute):
        return v.key(last) if v.key(last) in services else None
    ending = last.rpartition("/")[2] if isinstance(last, str) else ""
    return next((key for key, each in services.items() if ending and each.name == ending), None)
