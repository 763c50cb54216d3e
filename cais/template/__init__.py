"""CloudFormation templates: loading them, resolving them, and what comes out."""

from cais.template.document import Assembly, ImageAsset, Resource, Template
from cais.template.load import load
from cais.template.problems import TemplateError
from cais.template.values import Attribute, Leaf, Pseudo, Text, Unknown, Value

__all__ = [
    "Assembly",
    "Attribute",
    "ImageAsset",
    "Leaf",
    "Pseudo",
    "Resource",
    "Template",
    "TemplateError",
    "Text",
    "Unknown",
    "Value",
    "load",
]
