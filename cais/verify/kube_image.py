"""How a cluster gets the image of an assembly."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from cais.verify.docker import docker, require_docker
from cais.verify.docker_engine import at_hand
from cais.verify.errors import EngineMissingError, VerifyError

if TYPE_CHECKING:
    from cais.verify.kube import Cluster
    from cais.verify.verifier import Progress, Request
    from cais.verify.workload import ImageSource

REPOSITORY = "cais-verify"
LOADERS = {
    "kind-": "kind load docker-image {image} --name={name}",
    "k3d-": "k3d image import {image} --cluster={name}",
    "minikube": "minikube image load {image}",
}
"""Local clusters by the start of their context's name, and how each takes an image of the engine."""


def in_cluster(image: ImageSource | str, request: Request, cluster: Cluster, progress: Progress) -> str:
    """A reference to the image that the cluster can run.

    Raises:
        EngineMissingError: the cluster is none that takes images of this machine, and none was named.
    """
    if request.image:
        return request.image
    context = request.context or cluster.kubectl("config", "current-context").strip()
    line = next((line for start, line in LOADERS.items() if context.startswith(start)), None)
    if line is None:
        raise EngineMissingError(
            f"push the image where the cluster {context} can pull it, and name it: --image REFERENCE"
        )
    require_docker()
    built = at_hand(image, build_args=request.build_args)
    reference = f"{REPOSITORY}:{built.removeprefix('sha256:')[:12]}"
    progress.step(f"loading {reference} into {context}")
    name = context.removeprefix("kind-").removeprefix("k3d-")
    docker("tag", built, reference)
    try:
        _run(line.format(image=reference, name=name).split())
    finally:
        docker("image", "rm", reference)  # it is the cluster's now
    return reference


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except FileNotFoundError as error:
        raise EngineMissingError(f"{command[0]} is not on PATH, which made the cluster") from error
    if done.returncode:
        raise VerifyError(f"`{' '.join(command[:3])}` failed: {' '.join(done.stderr.split())}")
