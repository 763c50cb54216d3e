"""What is not known refutes nothing: each value of the bases in turn becomes a parameter without a default.

Whatever the parameter turns out to be, it may be what was there before, and that comes up.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cais.contract import Contract
from cais.preflight import preflight
from cais.template.yaml_reader import parse_yaml
from tests.unit.rules.harness import BASES, CONTRACT, HERE, base, bases

OPEN = {"Ref": "Open"}
FUNCTIONS = ("Ref", "Fn::")


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within one, but not into the arguments of functions."""
    inside = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for name, each in inside:
        if not str(name).startswith(FUNCTIONS):
            yield (*here, name)
            yield from places(each, (*here, name))


def own_resources(family: str) -> dict[str, Any]:
    """The resources of a base, without those of the bases below it."""
    text = (HERE / bases(family)[-1]).read_text(encoding="utf-8")
    return {name: base(family)["Resources"][name] for name in parse_yaml(text)[0]["Resources"]}


def opened(template: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """The template with a parameter at a place."""
    changed = copy.deepcopy(template)
    holder = changed["Resources"]
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = OPEN
    return changed


def refuted(template: dict[str, Any], folder: Path, contract: Contract | None) -> set[tuple[str, str]]:
    """The rules that refute something, each with the resource to blame."""
    path = folder / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    findings = preflight([path], contract=contract).findings
    return {(each.rule, each.subject.logical_id) for each in findings if each.verdict == "refuted"}


@pytest.mark.parametrize("contract", [CONTRACT, None], ids=["contract", "no contract"])
@pytest.mark.parametrize("family", ["", *BASES])
def test_what_is_unknown_refutes_nothing(family: str, contract: Contract | None, tmp_path: Path):
    template = {**base(family), "Parameters": {"Open": {"Type": "String"}}}
    before = refuted(template, tmp_path, contract)
    for logical_id, resource in own_resources(family).items():
        for place in places(resource.get("Properties", {})):
            changed = opened(template, (logical_id, "Properties", *place))
            assert not refuted(changed, tmp_path, contract) - before, f"{logical_id} {place}"
