from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from msgspec.structs import replace

from eks.values import contract_values
from tests.synthesis import CONTRACT, ROOT
from tests.unit.eks.conftest import CHART, IMAGE, RunHelm

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())


def objects(
    schema: dict[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if schema.get("type") == "object":
        yield path, schema
        for name, inner in schema.get("properties", {}).items():
            yield from objects(inner, (*path, name))


def nested(path: tuple[str, ...], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


CLOSED = [path for path, _ in objects(SCHEMA) if path not in {("environment",), ("serviceMonitor", "labels")}]


@pytest.mark.parametrize("path", CLOSED, ids=lambda path: ".".join(path) or "root")
def test_a_misspelt_value_is_refused(run_helm: RunHelm, path: tuple[str, ...]):
    values = {"image": IMAGE, **nested((*path, "surprise"), 1)}

    run = run_helm("template", "comments", str(CHART), values=values)

    assert run.returncode != 0
    assert "surprise" in run.stderr


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "image"),
        ({"image": IMAGE, "port": 0}, "port"),
        ({"image": IMAGE, "paths": {"health": "healthz"}}, "health"),
        ({"image": IMAGE, "architecture": "x86_64"}, "architecture"),
        ({"image": IMAGE, "environment": {"A": 1}}, "environment"),
        ({"image": IMAGE, "ingress": {"scheme": "public"}}, "scheme"),
        ({"image": IMAGE, "ingress": {"certificateArn": "mine"}}, "certificateArn"),
        ({"image": IMAGE, "userId": 0}, "userId"),
        # The rules ask for two scrapes a minute.
        ({"image": IMAGE, "serviceMonitor": {"intervalSeconds": 60}}, "intervalSeconds"),
    ],
)
def test_a_wrong_value_is_refused_by_name(run_helm: RunHelm, values: dict[str, Any], named: str):
    run = run_helm("template", "comments", str(CHART), values=values)

    assert run.returncode != 0
    assert named in run.stderr


def test_the_schema_knows_every_value_of_the_chart():
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())

    assert set(defaults) == set(SCHEMA["properties"])
    assert all(SCHEMA["required"].count(name) == 1 for name in defaults)


def test_the_values_of_a_person_with_helm_alone_are_the_contracts():
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())

    values = contract_values(CONTRACT)

    assert {name: defaults[name] for name in values} == values


def test_a_contract_becomes_values_in_the_units_of_kubernetes():
    values = contract_values(replace(CONTRACT, architecture="arm64", cpu=512, memory_mib=1024))

    assert values["architecture"] == "arm64"
    assert values["resources"] == {"cpu": "500m", "memory": "1024Mi"}


def test_pods_run_as_the_user_of_the_image():
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    dockerfile = (ROOT / "service" / "Dockerfile").read_text().splitlines()

    assert f"USER {defaults['userId']}:{defaults['userId']}" in dockerfile
