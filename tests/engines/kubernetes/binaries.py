"""Kubernetes' own programs, built from Debian's source package and kept in the cache.

Debian has no package with the programs of a control plane; the source package has them all.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engines.cache import CACHE

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "1.20.2"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
FOLDER = CACHE / "kubernetes" / VERSION
BUILD_PACKAGES = ("golang-go", "dpkg-dev", "rsync", "make", "gcc", "libc6-dev")
SOURCES = Path("/etc/apt/sources.list.d")


class BuildError(Exception):
    """The programs cannot be built here; the text is the line that helps."""


def binaries(say: Callable[[str], None]) -> Path:
    """The folder with the programs; the first time that takes ten minutes.

    Raises:
        BuildError: this is no Debian, or not its root, or the build fails.
    """
    if all((FOLDER / name).exists() for name in PROGRAMS):
        return FOLDER
    if os.geteuid() or shutil.which("apt-get") is None:
        raise BuildError("building Kubernetes takes root on Debian 12")
    say(f"building Kubernetes {VERSION} from Debian's source: ten minutes, once")
    try:
        with tempfile.TemporaryDirectory(prefix="cais-kubernetes-") as scratch:
            _build(Path(scratch))
    except subprocess.CalledProcessError as error:
        raise BuildError(f"`{shlex.join(error.cmd[:2])}` failed; Debian 12 has the source") from error
    return FOLDER


def _build(folder: Path) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *BUILD_PACKAGES]
    subprocess.run(install, env=environment, check=True)
    source = _source(folder)
    go = {"GOFLAGS": "-mod=vendor", "GOCACHE": str(folder / "go-cache")}
    wanted = " ".join(f"cmd/{name}" for name in PROGRAMS)
    with (folder / "build.log").open("w+") as log:
        command = ["nice", "make", f"WHAT={wanted}"]
        done = subprocess.run(
            command, cwd=source, env={**os.environ, **go}, stdout=log, stderr=log, check=False
        )
        if done.returncode:
            log.seek(0)
            raise BuildError("".join(log.readlines()[-20:]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    built = next(source.glob("_output/local/bin/linux/*"))
    for name in PROGRAMS:
        fresh = FOLDER / f"{name}.{os.getpid()}"  # another run may do the same
        shutil.copy(built / name, fresh)
        fresh.replace(FOLDER / name)


def _source(folder: Path) -> Path:
    """Debian's source package, unpacked, without a change to the machine's own list of sources."""
    parts, lists = folder / "parts", folder / "lists"
    parts.mkdir()
    (lists / "partial").mkdir(parents=True)
    for file in SOURCES.glob("*.sources"):
        text = file.read_text()
        if "debian-archive-keyring" in text:
            (parts / file.name).write_text(text.replace("Types: deb\n", "Types: deb-src\n"))
    ours = ("Dir::Etc::sourcelist=/dev/null", f"Dir::Etc::sourceparts={parts}", f"Dir::State::lists={lists}")
    options = [word for option in ours for word in ("-o", option)]
    subprocess.run(["apt-get", *options, "update", "-qq"], check=True)
    download = ["apt-get", *options, "source", "--download-only", "-qq", "kubernetes"]
    subprocess.run(download, cwd=folder, check=True)
    (description,) = folder.glob("kubernetes_*.dsc")
    unpack = ["dpkg-source", "-x", "--no-check", description.name, "source"]
    subprocess.run(unpack, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return folder / "source"
