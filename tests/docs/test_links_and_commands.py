"""The documentation names only what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cais.cli import COMMANDS
from tests.synthesis import Synthesize

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def lines(page: Path) -> Iterator[str]:
    """Every command line in the page's blocks."""
    for block in BLOCK.findall(page.read_text()):
        yield from (line.removeprefix("$ ").partition(" #")[0].strip() for line in block.splitlines())


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    broken = [
        path + anchor
        for path, anchor in LINK.findall(page.read_text())
        if not (target := (page.parent / path).resolve() if path else page).exists()
        or (anchor and anchor.removeprefix("#") not in anchors(target))
    ]
    assert not broken


def test_every_make_target_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {match for page in PAGES for line in lines(page) for match in re.findall(r"^make ([a-z]+)", line)}
    assert {"up", "test"} <= named <= targets


def test_every_command_of_cais_exists():
    named = {match for page in PAGES for line in lines(page) for match in re.findall(r"^cais ([a-z]+)", line)}
    assert named <= set(COMMANDS)


@pytest.mark.cdk
def test_every_stack_exists(synthesize: Synthesize):
    named = {
        stack
        for page in PAGES
        for line in lines(page)
        if re.match(r"(npx )?cdk (deploy|destroy)", line)
        for stack in re.findall(r"\b[A-Z]\w+Stack\b", line)
    }
    assert "EcsStack" in named
    every = synthesize(alarm_email="team@example.org", github_repository="octo-org@65/comments@1296269")
    assert named - {"ExpressModeStack"} <= every.stacks
