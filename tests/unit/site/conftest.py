"""Sites from template text."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cais.site.build import build_site
from cais.site.model.site import Site
from cais.template import load

MakeSite = Callable[[str], Site]


@pytest.fixture
def site(tmp_path: Path) -> MakeSite:
    def make(resources: str) -> Site:
        path = tmp_path / "App.yaml"
        path.write_text("Resources:\n" + textwrap.indent(textwrap.dedent(resources), "  "))
        (assembly,) = load([path])
        return build_site(assembly)

    return make
