"""Builds the image once and pushes it: `python -m scripts.push_image TAG`. Prints `image=URI@DIGEST`.

It goes into the repository of `cdk bootstrap`, which all three targets may pull from. Lambda refuses lists of
manifests and attestations, so there is one platform, no provenance and no SBOM (L6, L7).
https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cais.contract import load_contract
from scripts.bootstrap import here

if TYPE_CHECKING:
    from scripts.bootstrap import Bootstrap

FOLDER = Path("service")
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


def sign_in(bootstrap: Bootstrap) -> None:
    """Lets Docker push to the repository, with the bootstrap's role for that."""
    client = bootstrap.session("image-publishing").client("ecr")
    (given,) = client.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
    registry = bootstrap.repository.partition("/")[0]
    command = ["docker", "login", "--username", user, "--password-stdin", registry]
    subprocess.run(command, check=True, input=password, text=True, stdout=sys.stderr)


def build_arguments() -> list[str]:
    """What the choices in cdk.json want in the image; `cdk deploy` gives the same to a build of its own."""
    choices = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]
    return ["--build-arg=TRACES=on"] if choices.get("traces", "off") != "off" else []


def push(repository: str, tag: str, *, platform: str) -> str:
    """The URI by digest of what was built and pushed: a tag can be moved, a digest cannot (P27)."""
    with tempfile.TemporaryDirectory() as folder:
        metadata = Path(folder, "metadata.json")
        command = [
            "docker",
            "buildx",
            "build",
            f"--platform={platform}",
            "--provenance=false",
            "--sbom=false",
            *build_arguments(),
        ]
        command += [f"--metadata-file={metadata}", f"--tag={repository}:{tag}", "--push", str(FOLDER)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        return f"{repository}@{json.loads(metadata.read_text())['containerimage.digest']}"


def main(tag: str) -> None:
    """Pushes the image for the processors that the contract names."""
    architecture = load_contract(FOLDER / "contract.toml").architecture
    bootstrap = here()
    sign_in(bootstrap)
    print(f"image={push(bootstrap.repository, tag, platform=PLATFORMS[architecture])}")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its tag
        sys.exit("usage: python -m scripts.push_image TAG")
    main(sys.argv[1])
