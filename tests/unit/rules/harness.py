"""The base service with something changed, and what the rules say of it."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cais.contract import Contract
from cais.preflight import Report, preflight
from cais.template.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
BASES = {
    "EKS": ("base.yaml", "eks_base.yaml"),
    "LAM": ("base.yaml", "lambda_base.yaml"),
    "DAT": ("base.yaml", "lambda_base.yaml", "data_base.yaml"),
}
"""The templates that a family's rules are tested on, one upon the other; base.yaml by default."""
ASSET = "0123abcd"
FUNCTION = re.compile(r'(\{"(?:Ref|Fn::[A-Za-z]+)": "[^"]*"\})')
CONTRACT = Contract(
    name="web",
    port=8000,
    keeps_state=True,
    health_path="/healthz",
    ready_path="/readyz",
    metrics_path="/metrics",
    startup_seconds=10,
    drain_seconds=20,
    architecture="x86_64",
    cpu=256,
    memory_mib=512,
    min_copies=2,
    max_copies=4,
    environment={"DATABASE_URL": "the store", "DATABASE_SECRET_ARN": "the secret of its password"},
)
"""What the image of every base needs."""


def bases(family: str) -> tuple[str, ...]:
    """The files of the templates that the rules of a family are tested on."""
    return BASES.get(family, ("base.yaml",))


def report(change: str = "", *, family: str = "") -> Report:
    """What preflight says of the base of a family with a change.

    The change is a part of a template in YAML: its resources are merged into those of the base by property,
    and those that are null are removed. "Contract" changes what the image needs, false leaves the contract
    out; "Given" are parameters of the command line; "Alone: true" leaves the base out; "Dockerfile" is that
    of the image with the tag ASSET, which CDK builds; "Objects" are merged into the Kubernetes objects of
    their kinds.
    """
    changed, _ = parse_yaml(change) if change else ({}, {})
    needs = changed.pop("Contract", {})
    contract = None if needs is False else replace(CONTRACT, **needs)
    given = {name: str(value) for name, value in changed.pop("Given", {}).items()}
    resources = {} if changed.pop("Alone", False) else _resources(family)
    for name, resource in changed.pop("Resources", {}).items():
        resources[name] = _merged(resources.get(name, {}), resource)
    dockerfile = changed.pop("Dockerfile", None)
    for kind, patch in changed.pop("Objects", {}).items():
        resources["App"]["Properties"]["Manifest"] = _patched(resources["App"], kind, patch)
    _write_json(resources)
    template = {**changed, "Resources": {name: each for name, each in resources.items() if each}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.json")
        path.write_text(json.dumps(template), encoding="utf-8")
        if dockerfile is not None:
            _add_asset(path.parent, dockerfile)
        return preflight([path.parent], parameters=given, contract=contract)


def base(family: str) -> dict[str, Any]:
    """The template that the rules of a family are tested on."""
    resources = _resources(family)
    _write_json(resources)
    return {"Resources": resources}


def _resources(family: str) -> dict[str, Any]:
    resources: dict[str, Any] = {}
    for name in bases(family):
        template, _ = parse_yaml((HERE / name).read_text())
        resources |= template["Resources"]
    return resources


def _patched(app: Mapping[str, Any], kind: str, patch: Any) -> list[Any]:
    """The objects of a manifest, those of one kind merged with a patch; null removes."""
    objects = app["Properties"]["Manifest"]
    patched = [_merge_patch(each, patch) if each["kind"] == kind else each for each in objects]
    return [each for each in patched if each is not None]


def _merge_patch(target: Any, patch: Any) -> Any:
    """https://www.rfc-editor.org/rfc/rfc7396."""
    if not isinstance(patch, dict):
        return patch
    merged = {**(target if isinstance(target, dict) else {})}
    for name, value in patch.items():
        merged[name] = _merge_patch(merged.get(name), value)
    return {name: value for name, value in merged.items() if value is not None}


def _write_json(resources: Mapping[str, Any]) -> None:
    """Makes strings of what CDK writes as JSON in a string; references stay references in them."""
    for resource in resources.values():
        for name in ("Manifest", "Values"):
            given = (resource or {}).get("Properties", {}).get(name)
            if given is not None and resource["Type"].startswith("Custom::AWSCDK-EKS-"):
                resource["Properties"][name] = {"Fn::Join": ["", _pieces(json.dumps(given))]}


def _pieces(text: str) -> list[Any]:
    """JSON, cut where a function of CloudFormation stands for a string."""
    pieces: list[Any] = []
    for number, piece in enumerate(FUNCTION.split(text)):
        pieces += [piece] if number % 2 == 0 else ['"', json.loads(piece), '"']
    return pieces


def _add_asset(folder: Path, dockerfile: str) -> None:
    """Makes a cloud assembly of a folder with a template, as `cdk synth` writes it."""
    (folder / "image").mkdir()
    (folder / "image" / "Dockerfile").write_text(dockerfile)
    image = {
        "source": {"directory": "image", "platform": "linux/amd64"},
        "destinations": {"here": {"repositoryName": "assets", "imageTag": ASSET}},
    }
    artifacts = {
        "Stack": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "template.json"}},
        "Stack.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Stack.assets.json"}},
    }
    (folder / "Stack.assets.json").write_text(json.dumps({"dockerImages": {ASSET: image}}))
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))


def _merged(old: Mapping[str, Any], new: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if new is None:
        return None
    properties = {**old.get("Properties", {}), **new.get("Properties", {})}
    return {**old, **new, "Properties": properties}
