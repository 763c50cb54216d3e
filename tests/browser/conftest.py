"""The page of a comparison in a real browser."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cais.compare.comparison import Question, compare
from cais.compare.formatters import render
from cais.compare.formatters.as_json import document
from cais.compare.load import LoadProfile, shaped
from cais.compare.prices import load_prices
from cais.template import load
from tests.browser.chromium import chromium
from tests.engines.missing import missing
from tests.engines.programs import PROGRAMS, install_line
from tests.unit.compare.conftest import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cais.compare.report import Comparison
    from tests.browser.chromium import Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
MEASURED: dict[str, Any] = {
    "engine": "docker",
    "verdict": "healthy",
    "states": [
        {"at": Decimal(change[0]), "copy": change[1], "state": change[2], "reason": change[3]}
        for change in (
            ("1.2", "old-1", "initial", "Elb.InitialHealthChecking"),
            ("10.2", "old-1", "healthy", ""),
            ("21.8", "new-1", "initial", "Elb.InitialHealthChecking"),
            ("27.6", "new-1", "unhealthy", "Target.Timeout"),
            ("32.1", "old-1", "draining", "Target.DeregistrationInProgress"),
        )
    ],
    "timeToHealthy": Decimal("9.0"),
    "rollout": {"seconds": Decimal("34.2"), "requests": 1288, "failed": 3},
    "cold": {"p50": Decimal("3.9"), "p99": Decimal("4.2"), "requests": 2},
    "warm": {"p50": Decimal("1.9"), "p99": Decimal("10.9"), "requests": 193},
    "notVerified": ["what only AWS does"],
}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = next((name for name in NAMES if shutil.which(name)), None)
    if program is None:
        missing("Chromium", install_line([item for item in PROGRAMS if item.name == "chromium"]))
    with chromium(program, tmp_path_factory.mktemp("chromium")) as page:
        yield page


@dataclass(frozen=True, kw_only=True, repr=False)
class Shown:
    """A comparison, the page that it became, and how to make it again with changed assumptions."""

    question: Question
    comparison: Comparison
    folder: Path
    page: Path

    def again(self, changes: Mapping[str, Decimal]) -> Comparison:
        return compare(load([self.folder])[0], replace(self.question, changes=changes))

    @property
    def report(self) -> dict[str, Any]:
        return document(self.comparison)


def shown(folder: Path, templates: Mapping[str, str], question: Question) -> Shown:
    """Compares templates, and writes the page beside them."""
    folder.mkdir(exist_ok=True)
    for name, text in templates.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    comparison = compare(load([folder])[0], question)
    page = folder / "compare.html"
    page.write_text(render(comparison, as_format="html"), encoding="utf-8")
    return Shown(question=question, comparison=comparison, folder=folder, page=page)


@pytest.fixture(scope="session")
def question() -> Question:
    """A day of two rates, so that formulas over the day are not the same as at the mean."""
    profile = LoadProfile(requests_per_second=Decimal(6), shape="office-hours", day=shaped("office-hours"))
    return Question(
        load=profile,
        prices=load_prices(region="us-east-1"),
        today=date(2026, 11, 24),
        measured={"ecs": MEASURED},
        measured_from="verify.json",
    )


@pytest.fixture(scope="session")
def three_targets(tmp_path_factory: pytest.TempPathFactory, question: Question) -> Shown:
    return shown(tmp_path_factory.mktemp("page"), TEMPLATES, question)


@pytest.fixture
def page(browser: Page, three_targets: Shown) -> Page:
    """The page of three targets, opened anew, as wide as a desktop's window."""
    browser.show(width=1280)
    browser.open(three_targets.page)
    return browser
