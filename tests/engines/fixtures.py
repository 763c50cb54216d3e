"""Engines for tests, started when the first test asks for one and stopped after the last."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from cais.verify.docker import build
from cais.verify.workload import ImageSource
from tests.engines.base_image import provide
from tests.engines.container_engine import EngineMissingError
from tests.engines.container_engine import container_engine as engine
from tests.engines.missing import missing

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
def base_image(container_engine: None) -> None:  # noqa: ARG001 - it holds the image
    provide(say=print)


@pytest.fixture(scope="session")
def service_image(base_image: None) -> str:  # noqa: ARG001 - it is built on it
    return build(ImageSource(directory=SERVICE))
