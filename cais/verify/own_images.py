"""The images that runs build: none is pruned while its run lives, and the newest is kept for the next.

A build gives its image two names: TAG, which the next build takes over, and one with the mark of its process.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cais.verify.docker import LABEL, docker
from cais.verify.errors import VerifyError
from cais.verify.owner import mark, mark_is_gone, owner
from cais.verify.runs import place_of_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cais.verify.workload import ImageSource

TAG = "cais-run"
DIGITS = 12


def build(source: ImageSource) -> str:
    """Builds the image as the assembly asks; its id."""
    file = str(source.directory / source.dockerfile)
    arguments = ["--quiet", "--tag", TAG, "--label", LABEL, "--file", file]
    arguments += [f"--build-arg={name}={value}" for name, value in source.build_args.items()]
    if source.platform:
        arguments += ["--platform", source.platform]
    with _while_nobody_prunes():
        image = docker("build", *arguments, str(source.directory), timeout=1800).splitlines()[-1]
        docker("tag", image, f"{TAG}:{mark(owner())}-{image.removeprefix('sha256:')[:DIGITS]}")
    return image


def prune() -> None:
    """Removes images that a newer build replaced and no run uses; nothing while one is being built."""
    with _lock().open("w") as lock, suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for tag in docker("image", "ls", "--format={{.Tag}}", TAG).split():
            if mark_is_gone(tag.rpartition("-")[0]):
                with suppress(VerifyError):  # it is in use
                    docker("image", "rm", f"{TAG}:{tag}")
        docker("image", "prune", "--force", f"--filter=label={LABEL}")


@contextmanager
def _while_nobody_prunes() -> Iterator[None]:
    with _lock().open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def _lock() -> Path:
    return place_of_runs() / "images.lock"
