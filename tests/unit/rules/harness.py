"""The base service with something changed, and what the rules say of it."""

from __future__ import annotations

import copy
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.contract import Contract
from cais.preflight import Report, preflight
from cais.template.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
BASE, _ = parse_yaml((HERE / "base.yaml").read_text())
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
)
"""What the image of base.yaml needs."""


def report(change: str = "") -> Report:
    """What preflight says of base.yaml with a change.

    The change is a part of a template in YAML: its resources are merged into those of the base by property,
    and those that are null are removed. "Contract" changes what the image needs, false leaves the contract
    out; "Given" are parameters of the command line; "Alone: true" leaves the base out.
    """
    changed, _ = parse_yaml(change) if change else ({}, {})
    needs = changed.pop("Contract", {})
    contract = None if needs is False else replace(CONTRACT, **needs)
    given = {name: str(value) for name, value in changed.pop("Given", {}).items()}
    base = {"Resources": {}} if changed.pop("Alone", False) else copy.deepcopy(BASE)
    resources = base["Resources"]
    for name, resource in changed.pop("Resources", {}).items():
        resources[name] = _merged(resources.get(name, {}), resource)
    template = {**base, **changed, "Resources": {name: each for name, each in resources.items() if each}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.json")
        path.write_text(json.dumps(template), encoding="utf-8")
        return preflight([path], parameters=given, contract=contract)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if new is None:
        return None
    properties = {**old.get("Properties", {}), **new.get("Properties", {})}
    return {**old, **new, "Properties": properties}
