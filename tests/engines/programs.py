"""Programs of the system that the tests need, and the Debian and Ubuntu packages that they come from."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

POLICY = Path("/usr/sbin/policy-rc.d")
FORBIDDEN = 101  # "action forbidden by policy"
LIBRARIES = Path("/usr/lib")
OFF_PATH = ("postgresql/*/bin", "cni")  # where Debian keeps programs that nobody calls by hand


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, the package that has it, and what is tested with it."""

    name: str
    package: str
    purpose: str

    def present(self) -> bool:
        """Whether the program is installed."""
        kept = (path for folder in OFF_PATH for path in LIBRARIES.glob(f"{folder}/{self.name}"))
        return bool(shutil.which(self.name) or next(kept, None))


PROGRAMS = (
    Program(name="dockerd", package="docker.io", purpose="the container engine"),
    Program(name="docker", package="docker-cli", purpose="its command"),  # until Debian 12 in docker.io
    Program(name="iptables", package="iptables", purpose="its networks"),
    Program(name="ip", package="iproute2", purpose="to take its bridge down again"),
    Program(name="mmdebstrap", package="mmdebstrap", purpose="a base image where no registry can be reached"),
    Program(name="haproxy", package="haproxy", purpose="the load balancer of what is verified"),
    Program(name="etcd", package="etcd-server", purpose="the store of a Kubernetes"),
    Program(name="containerd", package="containerd", purpose="its containers"),
    Program(name="host-local", package="containernetworking-plugins", purpose="its network"),
    Program(name="openssl", package="openssl", purpose="its keys"),
    Program(name="initdb", package="postgresql", purpose="the comments' store"),
    Program(name="chromium", package="chromium", purpose="the page of a comparison"),
    Program(name="prometheus", package="prometheus", purpose="the service's rules and dashboard"),
)


def absent() -> list[Program]:
    """The programs that are not installed."""
    return [program for program in PROGRAMS if not program.present()]


def install_line(programs: Sequence[Program]) -> str:
    """The command that installs `programs`."""
    packages = " ".join(program.package for program in programs if known(program.package))
    return f"apt-get install --no-install-recommends {packages}"


def known(package: str) -> bool:
    """Whether this Debian or Ubuntu has the package; where there is no apt to ask, it is taken to have it."""
    if shutil.which("apt-cache") is None:
        return True
    return bool(subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).stdout)


def install(programs: Sequence[Program], *, say: Callable[[str], None]) -> bool:
    """Installs `programs` where this is root on Debian or Ubuntu; whether it did.

    None of them is started as a service: tests start their own.
    """
    if os.name != "posix" or os.geteuid() or shutil.which("apt-get") is None:
        return False
    try:
        with _no_services():
            _apt_get("update")
            for program in programs:
                if not program.present():  # the one before may have brought it
                    say(f"installing {program.package}: {program.purpose}")
                    _apt_get("install", "--yes", "--no-install-recommends", program.package)
    except subprocess.CalledProcessError as error:
        say(f"`{' '.join(error.cmd)}` ended with {error.returncode}; it said why above")
        return False
    return True


def _apt_get(*words: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", *words], env=environment, check=True)


@contextmanager
def _no_services() -> Iterator[None]:
    """Keeps packages from starting what they bring; a policy that is there already stays.

    https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    if POLICY.exists():
        yield
        return
    POLICY.write_text(f"#!/bin/sh\nexit {FORBIDDEN}\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
