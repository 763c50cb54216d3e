"""Synthesized stacks for tests: each combination of settings once a session, however many tests read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from cais.contract import load_contract
from stacks.registry import installed_targets
from stacks.settings import KEYS, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
CONTRACT = load_contract(ROOT / "service" / "contract.toml")

Properties = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """A cdk.out."""

    folder: Path

    @property
    def stacks(self) -> set[str]:
        """The stacks' names."""
        return {path.name.removesuffix(".template.json") for path in self.folder.glob("*.template.json")}

    def text(self, stack: str) -> str:
        """A template as it is deployed."""
        return (self.folder / f"{stack}.template.json").read_text()

    def resources(self, stack: str, kind: str) -> dict[str, dict[str, Any]]:
        """The stack's resources of one type, by logical id."""
        every = json.loads(self.text(stack))["Resources"]
        return {name: resource for name, resource in every.items() if resource["Type"] == kind}

    def all(self, stack: str, kind: str) -> list[Properties]:
        """The properties of the stack's resources of one type."""
        return [resource.get("Properties", {}) for resource in self.resources(stack, kind).values()]

    def one(self, stack: str, kind: str) -> Properties:
        """The properties of the stack's only resource of one type."""
        (properties,) = self.all(stack, kind)
        return properties

    def statements(self, stack: str) -> list[dict[str, Any]]:
        """The statements of all the stack's identity policies."""
        policies = self.all(stack, "AWS::IAM::Policy")
        return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]

    def findings(self) -> list[Mapping[str, Any]]:
        """What the validations have to say."""
        report = json.loads((self.folder / "validation-report.json").read_text())
        return [finding for plugin in report["pluginReports"] for finding in plugin["violations"]]


class Synthesize(Protocol):
    """What the fixture of this name is: context in, as `cdk synth -c` takes it, an assembly out."""

    def __call__(self, **context: str) -> Assembly: ...


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    image = tmp_path_factory.mktemp("image")  # stands in for service/, which other tests write caches into
    (image / "Dockerfile").write_text("FROM scratch\n")
    made: dict[str, Assembly] = {}

    def assembly(**context: str) -> Assembly:
        key = json.dumps(context, sort_keys=True)
        if key not in made:
            outdir = tmp_path_factory.mktemp("cdk.out")
            synthesize_into(outdir, image=image, context=context)
            made[key] = Assembly(outdir)
        return made[key]

    return assembly


def synthesize_into(outdir: Path, *, image: Path, context: dict[str, str]) -> None:
    """Synthesize into a fresh `outdir`: in one that was used, CDK's own validation may hang."""
    from aws_cdk import App

    from app import validate
    from stacks.build import build

    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(outdir=str(outdir), context=flags)
    targets = installed_targets()
    settings = read_settings({key: context.get(key) for key in KEYS}, targets=targets)
    build(app, settings=settings, contract=CONTRACT, targets=targets, image_folder=image)
    validate(app)
    app.synth()
