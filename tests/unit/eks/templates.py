"""EksStack's template, asked by type and property."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.synthesis import Assembly

STACK = "EksStack"
CLUSTER = "AWS::EKS::Cluster"
CHARTS = "Custom::AWSCDK-EKS-HelmChart"
MANIFESTS = "Custom::AWSCDK-EKS-KubernetesResource"


def template(assembly: Assembly) -> dict[str, Any]:
    """EksStack."""
    return json.loads(assembly.text(STACK))


def references(value: Any) -> set[str]:
    """The logical ids that a value of a template names."""
    if isinstance(value, list):
        return {found for item in value for found in references(item)}
    if not isinstance(value, dict):
        return set()
    named = {value["Ref"]} if "Ref" in value else set()
    named |= {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
    return named | {found for item in value.values() for found in references(item)}


def before(assembly: Assembly, name: str) -> set[str]:
    """Every resource that CloudFormation makes before the one called `name`, and deletes after it."""
    resources = template(assembly)["Resources"]
    found: set[str] = set()
    left = {name}
    while left:
        resource = resources[left.pop()]
        needed = {*resource.get("DependsOn", []), *references(resource.get("Properties", {}))}
        new = (needed & set(resources)) - found
        found |= new
        left |= new
    return found


def by(assembly: Assembly, kind: str, **properties: Any) -> str:
    """The logical id of the only resource of its type with these properties."""
    (name,) = (
        name
        for name, resource in assembly.resources(STACK, kind).items()
        if all(resource["Properties"].get(key) == value for key, value in properties.items())
    )
    return name


def properties(assembly: Assembly, name: str) -> dict[str, Any]:
    """Those of the resource called `name`."""
    return template(assembly)["Resources"][name]["Properties"]


def text(value: Any) -> str:
    """A property as text, each reference in it as <its name>."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(text(part) for part in value["Fn::Join"][1])
    return f"<{next(iter(value.values()))}>"


def manifests(assembly: Assembly) -> list[dict[str, Any]]:
    """What the stack applies to the cluster by itself."""
    made = assembly.resources(STACK, MANIFESTS).values()
    return [manifest for one in made for manifest in json.loads(text(one["Properties"]["Manifest"]))]


def managed_policies(assembly: Assembly, role: str) -> set[str]:
    """The names of the role's AWS managed policies."""
    arns = properties(assembly, role).get("ManagedPolicyArns", [])
    return {text(arn).rpartition("/")[2] for arn in arns}
