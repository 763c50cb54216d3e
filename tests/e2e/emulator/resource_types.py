# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# ministack lives in a package folder of its own
"""The CloudFormation types of our stacks that ministack 1.5.33 lacks.

Each is turned into the call of ministack's own EC2 or EKS that an SDK would make, so that what is deployed
can be described. Types without such a call are kept as records.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from ministack.services import ec2, ecs, eks
from ministack.services.cloudformation import provisioners

if TYPE_CHECKING:
    from collections.abc import Callable

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]  # physical id, attributes

RECORD_ONLY = (
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    # What helm and kubectl would do: the emulator's clusters have no Kubernetes.
    "Custom::AWSCDK-EKS-HelmChart",
    "Custom::AWSCDK-EKS-KubernetesResource",
    "Custom::AWSCDK-EKS-KubernetesObjectValue",
)


def register() -> None:
    """Teaches ministack the types."""
    types: dict[str, tuple[Callable[[Properties], Created], Callable[[str, Properties], Any]]] = {
        "AWS::ApplicationAutoScaling::ScalableTarget": (_register_scalable_target, _forget),
        "AWS::EC2::EIP": (_allocate_address, _release_address),
        "AWS::EC2::NatGateway": (_create_nat_gateway, _delete_nat_gateway),
        "AWS::EC2::FlowLog": (_create_flow_log, _delete_flow_log),
        "AWS::EC2::SecurityGroupIngress": (_open(ec2._authorize_sg_ingress), _close(ec2._revoke_sg_ingress)),
        "AWS::EC2::SecurityGroupEgress": (_open(ec2._authorize_sg_egress), _close(ec2._revoke_sg_egress)),
        "AWS::EKS::AccessEntry": (_create_access_entry, _delete_access_entry),
        "AWS::EKS::Addon": (_create_addon, _delete_addon),
        "AWS::EKS::PodIdentityAssociation": (_create_pod_identity, _delete_pod_identity),
        **dict.fromkeys(RECORD_ONLY, (_record, _forget)),
    }
    for name, (create, delete) in types.items():
        provisioners._RESOURCE_HANDLERS[name] = {"create": _creator(create), "delete": delete}


def _creator(create: Callable[[Properties], Created]) -> Callable[[str, Properties, str], Created]:
    return lambda _logical_id, properties, _stack: create(properties)


def _record(properties: Properties) -> Created:
    """Nothing but an id; where kubectl would read a value, one that says so."""
    return f"record-{uuid.uuid4()}", {"Value": "recorded-only.invalid"} if "JsonPath" in properties else {}


def _forget(_physical_id: str, _properties: Properties) -> None:
    """There is nothing to delete."""


def _register_scalable_target(properties: Properties) -> Created:
    """Raises the service to its least number of tasks, as AWS does at once; scaling itself is not emulated.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    physical_id = properties["ResourceId"]
    _, cluster, service = physical_id.split("/")
    request = {"cluster": cluster, "service": service, "desiredCount": properties["MinCapacity"]}
    _text(ecs._update_service(request))
    return physical_id, {}


def _allocate_address(properties: Properties) -> Created:
    answer = _ec2(ec2._allocate_address, Domain=properties.get("Domain", "vpc"))
    return _tag(answer, "publicIp"), {"AllocationId": _tag(answer, "allocationId")}


def _release_address(physical_id: str, _properties: Properties) -> None:
    for address in list(ec2._addresses.values()):
        if address["PublicIp"] == physical_id:
            _ec2(ec2._release_address, AllocationId=address["AllocationId"])


def _create_nat_gateway(properties: Properties) -> Created:
    answer = _ec2(
        ec2._create_nat_gateway, SubnetId=properties["SubnetId"], AllocationId=properties["AllocationId"]
    )
    physical_id = _tag(answer, "natGatewayId")
    return physical_id, {"NatGatewayId": physical_id}


def _delete_nat_gateway(physical_id: str, _properties: Properties) -> None:
    _ec2(ec2._delete_nat_gateway, NatGatewayId=physical_id)


def _create_flow_log(properties: Properties) -> Created:
    answer = _ec2(
        ec2._create_flow_logs,
        **{"ResourceId.1": properties["ResourceId"]},
        ResourceType=properties["ResourceType"],
        TrafficType=properties["TrafficType"],
        LogGroupName=properties["LogGroupName"],
    )
    physical_id = _tag(answer, "item")
    return physical_id, {"Id": physical_id}


def _delete_flow_log(physical_id: str, _properties: Properties) -> None:
    _ec2(ec2._delete_flow_logs, **{"FlowLogId.1": physical_id})


def _permission(properties: Properties) -> dict[str, str]:
    rule = "IpPermissions.1"
    peer = properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId")
    parameters = {
        "GroupId": properties["GroupId"],
        f"{rule}.IpProtocol": properties["IpProtocol"],
        f"{rule}.FromPort": properties["FromPort"],
        f"{rule}.ToPort": properties["ToPort"],
    }
    if peer:
        return {**parameters, f"{rule}.Groups.1.GroupId": peer}
    return {**parameters, f"{rule}.IpRanges.1.CidrIp": properties["CidrIp"]}


def _open(authorize: Callable[..., Any]) -> Callable[[Properties], Created]:
    def create(properties: Properties) -> Created:
        physical_id = _tag(_ec2(authorize, **_permission(properties)), "securityGroupRuleId")
        return physical_id, {"Id": physical_id}

    return create


def _close(revoke: Callable[..., Any]) -> Callable[[str, Properties], None]:
    def delete(_physical_id: str, properties: Properties) -> None:
        if properties["GroupId"] in ec2._security_groups:  # the group may have gone first
            _ec2(revoke, **_permission(properties))

    return delete


def _create_access_entry(properties: Properties) -> Created:
    cluster, principal = properties["ClusterName"], properties["PrincipalArn"]
    entry = _text(eks._create_access_entry(cluster, {"principalArn": principal}))
    for policy in properties.get("AccessPolicies", []):
        scope = {"type": policy["AccessScope"]["Type"]}
        body = {"policyArn": policy["PolicyArn"], "accessScope": scope}
        _text(eks._associate_access_policy(cluster, principal, body))
    return f"{principal}|{cluster}", {"AccessEntryArn": json.loads(entry)["accessEntry"]["accessEntryArn"]}


def _delete_access_entry(_physical_id: str, properties: Properties) -> None:
    _text(eks._delete_access_entry(properties["ClusterName"], properties["PrincipalArn"]))


def _create_addon(properties: Properties) -> Created:
    cluster, name = properties["ClusterName"], properties["AddonName"]
    addon = json.loads(_text(eks._create_addon(cluster, {"addonName": name})))["addon"]
    return f"{cluster}|{name}", {"Arn": addon["addonArn"]}


def _delete_addon(_physical_id: str, properties: Properties) -> None:
    _text(eks._delete_addon(properties["ClusterName"], properties["AddonName"]))


def _create_pod_identity(properties: Properties) -> Created:
    body = {
        "namespace": properties["Namespace"],
        "serviceAccount": properties["ServiceAccount"],
        "roleArn": properties["RoleArn"],
    }
    answer = json.loads(_text(eks._create_pod_identity_association(properties["ClusterName"], body)))
    association = answer["association"]
    return association["associationId"], {"AssociationArn": association["associationArn"]}


def _delete_pod_identity(physical_id: str, properties: Properties) -> None:
    _text(eks._delete_pod_identity_association(properties["ClusterName"], physical_id))


def _ec2(operation: Callable[[dict[str, list[str]]], Any], **parameters: object) -> str:
    """What EC2's query API answers; each parameter is a list, as in a parsed query string."""
    return _text(operation({name: [str(value)] for name, value in parameters.items()}))


def _text(response: tuple[int, dict[str, str], str | bytes]) -> str:
    """The body of a response that is no error."""
    status, _, body = response
    text = body.decode() if isinstance(body, bytes) else body
    if status >= 400:
        raise ValueError(text)
    return text


def _tag(xml: str, name: str) -> str:
    """The content of the first element `name`."""
    match = re.search(f"<{name}>(.*?)</{name}>", xml)
    if match is None:
        raise ValueError(f"no <{name}> in {xml}")
    return match[1]
