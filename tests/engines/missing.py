"""What a test does where an engine is not there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str, install: str) -> NoReturn:
    """Fails under CI, where every engine has to be there, else skips; `install` is the line that helps."""
    text = f"{what} is missing; {install}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)
