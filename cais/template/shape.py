"""What a document must look like to be a template, and which parts of one only a macro could fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.limits import MOST_RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
SAM, OF_SAM, CONNECTOR = "AWS::Serverless-2016-10-31", "AWS::Serverless::", "AWS::Serverless::Connector"
MADE_BY_SAM = f"what the macro {SAM} makes of this template"
"""A gap among functions and APIs alone: what else is in a template, SAM leaves as it is."""


def looks_like_template(text: str) -> bool:
    """Whether a file speaks of AWS resources, as templates do and most other JSON and YAML does not."""
    return "Resources" in text and "AWS::" in text


def problems(body: Any) -> Iterator[str]:
    """What keeps a document from being a template."""
    resources = body.get("Resources") if isinstance(body, dict) else None
    if not isinstance(resources, dict):
        yield "has no Resources mapping, so it is no CloudFormation template; name a template"
        return
    if len(resources) > MOST_RESOURCES:
        yield f"has more than {MOST_RESOURCES} resources (CloudFormation takes 500); split it"
        return
    for logical_id, resource in resources.items():
        if is_generated(logical_id, resource):
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield f"resource {logical_id} has no Type; write one, such as AWS::EC2::VPC"
        elif not isinstance(resource.get("Properties", {}), dict):
            yield f"Properties of resource {logical_id} is no mapping; write names and values"


def has_loops(body: Any) -> bool:
    """Whether a document may loop."""
    macros = body.get("Transform") if isinstance(body, dict) else None
    return macros == LANGUAGE_EXTENSIONS or (isinstance(macros, list) and LANGUAGE_EXTENSIONS in macros)


def gaps(body: dict[str, Any]) -> Iterator[str]:
    """What only a macro could add to the resources of a template."""
    macros = body.get("Transform", [])
    for macro in macros if isinstance(macros, list) else [macros]:
        name = macro.get("Name") if isinstance(macro, dict) else macro
        if name == SAM:
            yield from _made_by_sam(body["Resources"])
        elif name != LANGUAGE_EXTENSIONS:
            yield f"what the macro {name} makes of this template"
    for logical_id, resource in body["Resources"].items():
        if is_generated(logical_id, resource):
            yield f"the resources that {logical_id} stands for"


def _made_by_sam(resources: dict[str, Any]) -> Iterator[str]:
    """What SAM adds: functions and what calls them; connectors give permissions to roles of others, too."""
    kinds = [str(resource.get("Type")) for resource in resources.values() if isinstance(resource, dict)]
    if any(kind.startswith(OF_SAM) for kind in kinds):
        yield MADE_BY_SAM
    if CONNECTOR in kinds:
        yield f"what {CONNECTOR} allows"


def is_generated(logical_id: str, resource: Any) -> bool:
    """Whether a function or macro stands where a resource must be."""
    kind = resource.get("Type") if isinstance(resource, dict) else None
    return logical_id.startswith("Fn::") or isinstance(kind, dict) or _is_function(resource)


def _is_function(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("Fn::")
