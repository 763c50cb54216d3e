"""The files of an image: read from its layers, nothing of it is run."""

from __future__ import annotations

import re
import subprocess
import tarfile
from contextlib import closing, suppress
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from cais.verify.docker import LABEL, docker
from cais.verify.errors import VerifyError
from cais.verify.owner import owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PRIVATE_NAMES = frozenset(
    {".env", ".netrc", ".pgpass", ".pypirc", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa"}
)
CREDENTIALS = (".aws/credentials", ".docker/config.json", ".kube/config")
KEY_SUFFIXES = (".key", ".pem")
KEY_BYTES = 64 * 1024
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
NOT_OURS = re.compile(r"(^|/)(tests?|site-packages/.*/tests?|usr/share)/")
"""Folders of packages with keys for their own tests."""


def holds_program(image: str, program: str, *, environment: Sequence[str] = ()) -> bool:
    """Whether the image has the program, at its path or in a folder of its PATH."""
    folders = next((pair[5:] for pair in environment if pair.startswith("PATH=")), PATH).split(":")
    places = [program] if program.startswith("/") else [f"{folder}/{program}" for folder in folders]
    container = docker("create", f"--label={LABEL}={owner()}", image, "nothing")
    try:
        return any(_has(container, place) for place in places)
    finally:
        docker("rm", "--force", container)


def private_files(image: str) -> list[str]:
    """Paths of files in any layer, removed ones too, that hold what should stay private."""
    found: set[str] = set()
    command = ["docker", "save", image]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as saving:
        if saving.stdout is None:
            raise VerifyError("docker save has no output")
        with tarfile.open(fileobj=saving.stdout, mode="r|") as archive:
            for member in archive:
                layer = archive.extractfile(member) if member.isfile() else None
                if layer is not None and _may_be_layer(member):
                    found.update(_of_layer(layer))
    return sorted(found)


def _may_be_layer(member: tarfile.TarInfo) -> bool:
    """A layer's archive, by its name in the format of Docker and in that of OCI."""
    return member.name.endswith("layer.tar") or "blobs/" in member.name


def _of_layer(layer: IO[bytes]) -> Iterator[str]:
    with suppress(tarfile.ReadError), closing(tarfile.open(fileobj=layer, mode="r|*")) as files:
        for file in files:
            if file.isfile() and _is_private(files, file):
                yield f"/{file.name.removeprefix('./')}"


def _is_private(files: tarfile.TarFile, file: tarfile.TarInfo) -> bool:
    path = PurePosixPath(file.name)
    if path.name in PRIVATE_NAMES or file.name.endswith(CREDENTIALS):
        return file.size > 0
    if path.suffix not in KEY_SUFFIXES or file.size > KEY_BYTES or NOT_OURS.search(file.name):
        return False
    content = files.extractfile(file)
    return content is not None and PRIVATE_KEY.search(content.read()) is not None


def _has(container: str, path: str) -> bool:
    command = ["docker", "cp", "--follow-link", f"{container}:{path}", "-"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0
