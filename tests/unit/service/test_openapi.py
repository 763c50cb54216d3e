"""The service is what openapi.yaml says: schemathesis asks it all that the document allows, and more."""

from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
import yaml
from flask import Response
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup, MalformedJson, ServerError
from schemathesis.openapi.checks import JsonSchemaError, UndefinedContentType, UndefinedStatusCode
from werkzeug.test import TestResponse

from service.app import create_app
from service.settings import Settings
from service.stores.memory import MemoryStore

DOCUMENT = Path(__file__).parents[3] / "service" / "openapi.yaml"


def without_cursors(document: dict[str, Any]) -> dict[str, Any]:
    """A cursor is only good when a page gave it: one that is made up cannot be accepted."""
    operation = document["paths"]["/api/comment/list/{content_id}"]["get"]
    operation["parameters"] = [given for given in operation["parameters"] if given["name"] != "cursor"]
    return document


app = create_app(Settings(database_url="memory://"), store=MemoryStore())
# By default a body that is too large is not among the ways to refuse one that is wrong.
refusals = {"negative_data_rejection": {"expected-statuses": [400, 404, 405, 413, 415]}}
schema = schemathesis.openapi.from_dict(
    without_cursors(yaml.safe_load(DOCUMENT.read_text())),
    config=SchemathesisConfig.from_dict({"checks": refusals}),
)
schema.app = app


@schema.parametrize()
@hypothesis.settings(max_examples=150, derandomize=True, deadline=None, database=None)
def test_the_code_is_the_document(case: schemathesis.Case):
    case.call_and_validate()


def answering(**changes: Any) -> TestResponse:
    """The answer of a service whose health page was changed."""
    other = create_app(Settings(database_url="memory://"))

    @other.after_request
    def change(response: Response) -> Response:
        for name, value in changes.items():
            setattr(response, name, value)
        return response

    return other.test_client().get("/healthz")


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"status_code": 500}, ServerError),
        ({"status_code": 418}, UndefinedStatusCode),
        ({"content_type": "text/html"}, UndefinedContentType),
        ({"data": b'{"status": 1}'}, JsonSchemaError),
        ({"data": b"{"}, MalformedJson),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_answer_that_is_not_in_the_document_is_noticed(changes: dict[str, Any], failure: type[Exception]):
    with pytest.raises(FailureGroup) as told:
        schema["/healthz"]["GET"].Case().validate_response(answering(**changes))
    assert failure in {type(error) for error in told.value.exceptions}


def test_the_answer_as_it_is_passes():
    schema["/healthz"]["GET"].Case().validate_response(answering())


def test_requests_are_judged_too():
    made = {check.__name__ for check in CHECKS.get_all()}
    assert {"negative_data_rejection", "positive_data_acceptance", "unsupported_method"} <= made


def test_every_route_is_in_the_document():
    rules = {rule.rule.replace("<text:content_id>", "{content_id}") for rule in app.url_map.iter_rules()}
    assert rules == set(schema.raw_schema["paths"])
