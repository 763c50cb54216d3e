"""Preflight inside CDK: `cdk synth` and `cdk deploy` stop on what will not come up.

`Validations.of(app).add_plugins(Preflight())` is all that an app needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from cais import __version__
from cais.contract import load_contract
from cais.preflight import preflight
from cais.rules.catalogue import every_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cais.findings import Finding

SEVERITIES = {"refuted": "error", "advice": "warning"}
"""What CDK is told of; what is unproven, `cais preflight` tells."""


@jsii.implements(IPolicyValidationPlugin)
class Preflight:
    """The plugin. `contract` is the path of a contract.toml, `parameters` are values for templates.

    A finding is accepted where it is acknowledged on its construct or above, with the id "cais::" and the
    rule's: `Validations.of(service).acknowledge(Acknowledgment(id="cais::DEP106", reason="…"))`.
    """

    def __init__(
        self, *, contract: str | Path | None = None, parameters: Mapping[str, str] | None = None
    ) -> None:
        self._contract = load_contract(Path(contract)) if contract else None
        self._parameters = dict(parameters or {})

    @property
    def name(self) -> str:
        """The prefix of acknowledgements, and the title of the report."""
        return "cais"

    @property
    def version(self) -> str:
        """The version of cais."""
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        """Every rule's id."""
        return [module.RULE.id for module in every_rule()]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """What the rules say of the templates that were just synthesized.

        Raises:
            TemplateError: they cannot be used; CDK shows the text.
        """
        paths = {Path(path).name: path for path in context.template_paths}
        report = preflight(_assemblies(paths.values()), parameters=self._parameters, contract=self._contract)
        told = [finding for finding in report.findings if finding.verdict in SEVERITIES]
        return PolicyValidationPluginReport(
            success=not any(finding.verdict == "refuted" for finding in told),
            violations=[_violation(finding, path=paths.get(finding.subject.template)) for finding in told],
        )


def _assemblies(templates: Iterable[str]) -> list[Path]:
    """The folders that hold these templates, without those of stages inside another."""
    folders = {Path(template).parent for template in templates}
    return sorted(folder for folder in folders if not folders.intersection(folder.parents))


def _violation(finding: Finding, *, path: str | None) -> PolicyViolation:
    subject = finding.subject
    return PolicyViolation(
        rule_name=finding.rule,
        description="\n".join([finding.message, *finding.evidence]),
        fix=finding.fix,
        severity=SEVERITIES[finding.verdict],
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=subject.logical_id,
                template_path=path,
                construct_path=None if path else subject.construct_path,
                locations=[],
            )
        ],
    )
