"""An AWS account in the emulator, and the real cdk CLI logged in to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.verify.docker import docker
from tests.engines.folders import emulator, runtime_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
WRAPPER = Path(__file__).with_name("emulator") / "docker.sh"
HOST = "127.0.0.1"
ID, REGION = "000000000000", "us-east-1"
NETWORK = "cais-e2e"
PATIENCE_SECONDS = 60


class CdkError(Exception):
    """The cdk CLI failed. The text is what it said."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account at `url`, whose containers are in `network`.

    `environment` logs the cdk CLI in to it, and to no other.
    """

    url: str
    network: str
    environment: Mapping[str, str]
    log: Path

    def client(self, service: str) -> Any:
        """A boto3 client."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ID,
            aws_secret_access_key="none",
        )

    def cdk(self, *arguments: str) -> str:
        """What `cdk ARGUMENTS` prints.

        Raises:
            CdkError: it failed.
        """
        done = subprocess.run(
            ["cdk", *arguments, "--no-notices", "--no-color", "--progress=events"],
            cwd=ROOT,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CdkError(f"cdk {' '.join(arguments)}\n{done.stdout}\n{self.log.read_text()[-4000:]}")
        return done.stdout

    def synthesize(self, outdir: Path, **context: str) -> Path:
        """`cdk synth` into `outdir`."""
        context = {"store": "dynamodb", **context}
        choices = [f"--context={key}={value}" for key, value in context.items()]
        self.cdk("synth", "--quiet", f"--output={outdir}", *choices)
        return outdir

    def deploy(self, *stacks: str, app: Path) -> str:
        """What `cdk deploy` prints; `app` is a cdk.out."""
        return self.cdk("deploy", *stacks, "--exclusively", "--require-approval=never", f"--app={app}")


@contextmanager
def account(folder: Path, *, base_image: str) -> Iterator[Account]:
    """An empty account that ends with everything in it; `folder` takes the files of the run.

    Images are built on `base_image`.
    """
    port, log = _free_port(), folder / "emulator.log"
    url = f"http://{HOST}:{port}"
    with _network() as (network, gateway), log.open("w") as output:
        environment = _settings(folder, port=port, network=network, gateway=gateway)
        command = [sys.executable, "-m", "tests.e2e.emulator.serve"]
        streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
        with subprocess.Popen(command, cwd=ROOT, env=environment, **streams) as server:
            _wait_for(server, url, log)
            login = {**_login(url, folder), "BASE_IMAGE": base_image}
            yield Account(url=url, network=network, environment=login, log=log)
        _forget_images(f"{HOST}:{port}")


@contextmanager
def _network() -> Iterator[tuple[str, str]]:
    """Name and gateway of a network whose containers reach this machine at the gateway, and nothing else.

    Its name has our process in it, so that a later run knows what one that was killed left behind.
    """
    for name in docker("network", "ls", "--format={{.Name}}", f"--filter=name={NETWORK}").split():
        if not Path("/proc", name.rpartition("-")[2]).exists():
            _remove(name)
    name = f"{NETWORK}-{os.getpid()}"
    docker("network", "create", "--internal", name)
    try:
        yield name, docker("network", "inspect", "--format={{(index .IPAM.Config 0).Gateway}}", name)
    finally:
        _remove(name)


def _remove(network: str) -> None:
    containers = docker("ps", "--all", "--quiet", f"--filter=network={network}").split()
    if containers:
        docker("rm", "--force", "--volumes", *containers)
    docker("network", "rm", network)


def _forget_images(registry: str) -> None:
    images = docker("images", "--format={{.Repository}}:{{.Tag}}", f"--filter=reference={registry}/*").split()
    if images:
        docker("image", "rm", *images)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _settings(folder: Path, *, port: int, network: str, gateway: str) -> dict[str, str]:
    """The environment of the emulator: what serve.py reads, and ministack's own."""
    return {
        **_without_aws(),
        "GATEWAY_PORT": str(port),
        "GATEWAY": gateway,
        "NETWORK": network,
        "RUNTIME_EMULATOR": str(runtime_emulator(say=print)),
        "PYTHONPATH": str(emulator(say=print)),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
    }


def _login(url: str, folder: Path) -> dict[str, str]:
    """The environment of the cdk CLI; it reads no file of the user's, so that it finds no real account."""
    return {
        **_without_aws(),
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_S3": url,  # else the CLI puts the bucket's name before the host
        "AWS_ACCESS_KEY_ID": ID,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DOCKER": str(WRAPPER),
        "CDK_HOME": str(folder / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "DOCKER_CONFIG": str(folder / "docker"),
        "REGISTRY": url.removeprefix("http://"),
    }


def _without_aws() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _wait_for(server: subprocess.Popen[Any], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the emulator does not start:\n{log.read_text()[-4000:]}")
