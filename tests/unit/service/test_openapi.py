"""The service is what openapi.yaml says: schemathesis asks it all that the document allows, and more."""

from pathlib import Path
from typing import Any

import hypothesis
import schemathesis
import yaml
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

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


def test_every_check_is_made():
    assert len(CHECKS.get_all()) > 8


def test_every_route_is_in_the_document():
    rules = {rule.rule.replace("<text:content_id>", "{content_id}") for rule in app.url_map.iter_rules()}
    assert rules == set(schema.raw_schema["paths"])
