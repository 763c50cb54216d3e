"""The base image of the service's Dockerfile, or a stand-in where no registry can be reached."""

from __future__ import annotations

import hashlib
import re
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from cais.verify.docker import docker
from cais.verify.workload import VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable

DOCKERFILE = Path(__file__).parents[2] / "service" / "Dockerfile"
SUITE = "bookworm"  # its Python is 3.11, like the base image's
STAND_IN = "cais-base"  # a name of our own: the official one stays what it is
LABEL = "cais.stand-in"
ARGUMENT = "BASE_IMAGE"  # of the Dockerfile
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
HOOKS = (
    'ln -s python3 "$1/usr/bin/python"',
    'rm "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',  # the official image lets pip install into its Python
)


def base_image() -> str:
    """The default of the Dockerfile's BASE_IMAGE."""
    match = re.search(rf"^ARG {ARGUMENT}=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    if match is None:
        raise ValueError(f"{DOCKERFILE} has no line `ARG {ARGUMENT}=…`")
    return match[1]


def provide(*, say: Callable[[str], None]) -> str:
    """The name of the base image, which the engine then has: its own, or that of a stand-in.

    A stand-in is Debian's Python with this machine's certificate authorities, so that pip works behind a
    proxy that has its own.
    """
    name = base_image()
    if _label(name) == "":
        return name
    command = _recipe()
    digest = hashlib.sha256(repr(command).encode() + _authorities().read_bytes()).hexdigest()
    if _label(STAND_IN) == digest:
        return STAND_IN
    try:
        say(f"pulling {name}")
        docker("pull", "--quiet", name)
    except VerifyError:
        say(f"no registry has {name} for us: building {STAND_IN} from Debian {SUITE} packages in its place")
        _build(command, digest=digest)
        return STAND_IN
    return name


def build_args(base: str) -> dict[str, str]:
    """What a build of the service is given, so that it stands on `base`."""
    return {ARGUMENT: base}


def _label(name: str) -> str | None:
    """The digest of what a stand-in was made from, "" for another image, None where there is none."""
    try:
        return docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', name)
    except VerifyError:
        return None


def _authorities() -> Path:
    return Path(ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt")


def _recipe() -> list[str]:
    hooks = [*HOOKS, f"upload {_authorities()} /etc/ssl/certs/ca-certificates.crt"]
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("man", "doc", "locale")]
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", *excluded]
    return [*command, *(f"--customize-hook={hook}" for hook in hooks), SUITE, "-"]


def _build(command: list[str], *, digest: str) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE) as debian:
        imported = ["docker", "import", "--change", f"LABEL {LABEL}={digest}", "--change", 'CMD ["python"]']
        subprocess.run([*imported, "-", STAND_IN], stdin=debian.stdout, stdout=subprocess.DEVNULL, check=True)
    if debian.returncode:
        docker("image", "rm", STAND_IN)
        raise VerifyError(f"mmdebstrap ended with {debian.returncode}; it said why above")
