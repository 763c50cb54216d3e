"""Engines for tests, started when the first test asks for one and stopped after the last."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from cais.verify.own_images import build
from cais.verify.workload import ImageSource
from tests.engines.base_image import build_args, provide
from tests.engines.container_engine import EngineMissingError
from tests.engines.container_engine import container_engine as engine
from tests.engines.missing import missing
from tests.engines.programs import PROGRAMS, install_line

SERVICE = Path(__file__).parents[2] / "service"


@pytest.fixture(scope="session")
def container_engine():
    with ExitStack() as stack:
        try:
            stack.enter_context(engine(print))
        except EngineMissingError as error:
            missing("a container engine", str(error))
        yield


@pytest.fixture(scope="session")
def base_image(container_engine: None) -> str:  # noqa: ARG001 - it holds the image
    return provide(say=print)


@pytest.fixture(scope="session")
def service_image(base_image: str) -> str:
    return build(ImageSource(directory=SERVICE, build_args=build_args(base_image)))


@pytest.fixture(scope="session")
def haproxy() -> None:
    program = next(program for program in PROGRAMS if program.name == "haproxy")
    if not program.present():
        missing("HAProxy", install_line([program]))
