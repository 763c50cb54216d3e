"""`cais compare`: what it prints and what it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cais.cli import main
from tests.unit.compare.conftest import ECS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def template(tmp_path: Path) -> str:
    path = tmp_path / "ecs.yaml"
    path.write_text(ECS)
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["compare", *words]) == 0
    return capsys.readouterr().out


def test_a_file_gets_the_format_and_the_terminal_the_table(
    template: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    page = tmp_path / "page.html"
    table = printed(capsys, template, "--format", "table")
    assert "USD a month" in table
    assert printed(capsys, template, "--format", "html", "-o", str(page)) == table
    assert "<title>" in page.read_text()


def test_a_format_goes_to_the_terminal_where_there_is_no_file(
    template: str, capsys: pytest.CaptureFixture[str]
):
    assert printed(capsys, template, "--format", "json").startswith("{")


def test_a_file_that_cannot_be_written_is_bad_usage(template: str, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", template, "-o", "nowhere/page.html"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "nowhere/page.html: cannot be written" in said.err
