"""What a pull request is told, in one comment."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from scripts.pull_request_comment import MARK, publish
from scripts.pull_request_report import LONGEST, costs, difference, section, table
from tests.delivery.conftest import Serve
from tests.synthesis import Synthesize


@pytest.mark.cdk
def test_the_difference_is_that_from_the_deployed_template(
    synthesize: Synthesize, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assembly = synthesize(targets="ecs")
    monkeypatch.setattr("scripts.pull_request_report.ASSEMBLY", assembly.folder)
    deployed = tmp_path / "EcsStack.template.json"
    deployed.write_text(assembly.text("EcsStack").replace('"/healthz"', '"/"'))
    told = difference("EcsStack", deployed)
    assert re.search(r"\[-\] /\s", told), told
    assert re.search(r"\[\+\] /healthz", told), told
    deployed.write_text(assembly.text("EcsStack"))
    assert "There were no differences" in difference("EcsStack", deployed)


@pytest.mark.cdk
def test_the_costs_are_those_of_the_targets(synthesize: Synthesize, tmp_path: Path):
    assert set(costs(synthesize(targets="ecs").folder)) == {"ECS Fargate"}
    assert costs(tmp_path) == {}


def test_costs_are_set_side_by_side():
    assert table({"ECS": 100.0}, {"ECS": 112.5, "Lambda": 3.0}).splitlines()[2:] == [
        "| ECS | 100.00 | 112.50 | +12.50 |",
        "| Lambda | 0.00 | 3.00 | +3.00 |",
    ]


def test_a_long_difference_is_cut():
    assert len(section("EcsStack", "x" * 3 * LONGEST)) < LONGEST + 200


class GitHub:
    """The part of GitHub's REST API that comments take."""

    def __init__(self, comments: list[str]) -> None:
        self.comments = comments
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append(f"{method} {path}")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length))["body"] if length else ""
        if method == "POST":
            self.comments.append(body)
        elif method == "PATCH":
            self.comments[int(path.rpartition("/")[2])] = body
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self._answer(method, environ)).encode()]

    def _answer(self, method: str, environ: dict[str, Any]) -> object:
        base = f"http://{environ['HTTP_HOST']}/repos/o/r/issues/comments"
        if method != "GET":
            return {"html_url": "https://github.com/o/r/pull/7#1"}
        page = int(re.search(r"&page=(\d+)", f"&{environ['QUERY_STRING']}")[1])  # pyright: ignore[reportOptionalSubscript]
        of_page = list(enumerate(self.comments))[(page - 1) * 100 : page * 100]
        return [{"body": text, "url": f"{base}/{number}"} for number, text in of_page]


@pytest.mark.parametrize("others", [0, 1, 150])
def test_there_is_one_comment_that_is_kept_up_to_date(others: int, serve: Serve):
    github = GitHub([f"comment {number}" for number in range(others)])
    api = serve(github)
    for text in ("first", "second"):
        publish(text, api=api, repository="o/r", number=7, token="t")
    assert github.comments[others:] == [f"{MARK}\nsecond"]
    assert [asked for asked in github.asked if not asked.startswith("GET")] == [
        "POST /repos/o/r/issues/7/comments",
        f"PATCH /repos/o/r/issues/comments/{others}",
    ]
