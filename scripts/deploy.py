"""Deploys one stack, tests it through its load balancer, and takes it back where that fails.

`python -m scripts.deploy [--optional] STACK [CDK OPTION…]`. A deployment that CloudFormation gives up on, it
rolls back itself. What comes up and then fails the smoke test, this does. An optional stack is left where the
settings do not ask for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bootstrap import here
from scripts.rollback import deployed_template, roll_back

if TYPE_CHECKING:
    from collections.abc import Callable

SMOKE_TEST = Path(__file__).with_name("smoke.py")


def cdk_deploy(stack: str, options: list[str]) -> tuple[int, dict[str, str]]:
    """The exit code of `cdk deploy` for the stack alone, and the stack's outputs."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder, "outputs.json")
        command = ["cdk", "deploy", stack, "--exclusively", "--require-approval=never", "--ci"]
        command += [f"--output={folder}/cdk.out", f"--outputs-file={outputs}", *options]
        code = subprocess.run(command, check=False).returncode
        return code, json.loads(outputs.read_text()).get(stack, {}) if outputs.is_file() else {}


def is_asked_for(stack: str, options: list[str]) -> bool:
    """Whether the app has the stack, with the settings that it is given."""
    listed = subprocess.run(["cdk", "list", *options], check=True, stdout=subprocess.PIPE, text=True)
    return stack in listed.stdout.split()


def passes_smoke_test(url: str) -> bool:
    """Whether a comment can be posted and listed at the address."""
    return subprocess.run([sys.executable, SMOKE_TEST, url], check=False).returncode == 0


def deliver(stack: str, options: list[str], *, roll_back: Callable[[], None]) -> int:
    """The exit code: 0 where the stack is deployed and serves, else 1, and it is as it was before."""
    code, outputs = cdk_deploy(stack, options)
    if code != 0:
        return 1
    if "Url" not in outputs or passes_smoke_test(outputs["Url"]):
        return 0
    print(f"::error title={stack}::it is deployed and does not serve; going back to what was before")
    roll_back()
    return 1


def main(stack: str, options: list[str]) -> int:
    """Deploys with the roles of `cdk bootstrap`."""
    bootstrap = here()
    before = deployed_template(bootstrap.session("deploy").client("cloudformation"), stack)

    def back() -> None:
        if before is None:
            print(f"{stack} is new: there is nothing to go back to")
            return
        # New sessions: a deployment may take longer than the hour that the first ones last.
        cloudformation = bootstrap.session("deploy").client("cloudformation")
        s3 = bootstrap.session("file-publishing").client("s3")
        roll_back(stack, before, bootstrap=bootstrap, cloudformation=cloudformation, s3=s3)

    return deliver(stack, options, roll_back=back)


if __name__ == "__main__":
    optional = sys.argv[1:2] == ["--optional"]
    given = sys.argv[2:] if optional else sys.argv[1:]
    if not given:
        sys.exit("usage: python -m scripts.deploy [--optional] STACK [CDK OPTION…]")
    if optional and not is_asked_for(given[0], given[1:]):
        sys.exit(0)
    sys.exit(main(given[0], given[1:]))
