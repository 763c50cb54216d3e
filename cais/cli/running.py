"""What `cais verify` and `cais up` are both told on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cais.contract import ContractError, load_contract
from cais.template import TemplateError
from cais.verify.errors import EngineMissingError, UnreadableError
from cais.verify.verifier import VERIFIERS, Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.verify.verifier import Progress

HOME = Path(".cais")
UNUSABLE, CANNOT_TELL = 2, 3
REFUSALS = (TemplateError, ContractError, UnreadableError, EngineMissingError)


def target_name(name: str) -> str:
    """`name`, where it is a target's."""
    if name not in VERIFIERS:
        raise argparse.ArgumentTypeError(f"{name!r} is no target; there are {', '.join(VERIFIERS)}")
    return name


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--assembly",
        default=Path("cdk.out"),
        type=Path,
        metavar="PATH",
        help="templates, or a folder with them; default: cdk.out",
    )
    parser.add_argument("--engine", choices=("auto", "docker", "process"), default="auto")
    parser.add_argument("--contract", type=Path, metavar="FILE", help="what the image needs, a contract.toml")
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable in place of the template's; {data} is a folder of all copies (/tmp in a pod)",
    )
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="lines of NAME=VALUE: what the platform would inject"
    )
    parser.add_argument(
        "--build-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="for the build of the image, such as a base image that this machine can reach",
    )
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="of the cluster; default: kubectl's")
    parser.add_argument("--context", metavar="NAME", help="of the kubeconfig; default: its current one")
    parser.add_argument("--image", metavar="REFERENCE", help="one that the cluster has, or can pull")


def refused(error: Exception, progress: Progress) -> int:
    """Says why nothing was run, one of `REFUSALS`; the exit code of that."""
    progress.step(f"{error}\nsynthesize first: cdk synth" if isinstance(error, TemplateError) else str(error))
    return CANNOT_TELL if isinstance(error, EngineMissingError) else UNUSABLE


def request_of(arguments: argparse.Namespace) -> Request:
    """What the options ask for.

    Raises:
        UnreadableError: a variable is no NAME=VALUE, or the file of secrets cannot be read.
        ContractError: the contract cannot be used.
    """
    return Request(
        home=HOME.resolve(),
        engine=arguments.engine,
        environment=_pairs(arguments.env, "--env"),
        secrets=_secrets(arguments.secrets),
        build_args=_pairs(arguments.build_arg, "--build-arg"),
        contract=load_contract(arguments.contract) if arguments.contract else None,
        kubeconfig=arguments.kubeconfig,
        context=arguments.context,
        image=arguments.image,
    )


def _secrets(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"--secrets {path} cannot be read: {error}") from error
    return _pairs((line for line in lines if line.strip() and not line.startswith("#")), f"--secrets {path}")


def _pairs(given: Iterable[str], where: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, text in enumerate(given, start=1):
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise UnreadableError(f"{where} takes NAME=VALUE; number {number} is something else")
        pairs[name.strip()] = value
    return pairs
