"""Prints, as a JSON list, what cdk-nag and CDK's own validation say of the templates in a folder."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import cloudformation_include as include
from cdk_nag import AwsSolutionsChecks


def complaints(folder: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as out:
        app = cdk.App(
            outdir=out, analytics_reporting=False, context={"@aws-cdk/core:validateAgainstDefaultRules": True}
        )
        for path in sorted(folder.glob("*.template.json")):
            synthesizer = cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
            stack = cdk.Stack(app, path.name.split(".")[0], synthesizer=synthesizer)
            include.CfnInclude(stack, "Included", template_file=str(path), allow_cyclical_references=True)
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        with contextlib.suppress(Exception):  # a synthesis with violations fails; the report is what counts
            app.synth()
        report = json.loads((Path(out) / "validation-report.json").read_text())
    return sorted(
        f"{violation['ruleName']} {resource.get('resourceLogicalId', resource.get('constructPath'))}"
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for resource in violation.get("violatingResources", violation.get("violatingConstructs", []))
    )


if __name__ == "__main__":
    print(json.dumps(complaints(Path(sys.argv[1]))))
