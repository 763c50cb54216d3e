import json
from typing import Any

import pytest

from service.lambda_adapter import make_handler
from tests.unit.lambda_handler import events
from tests.unit.lambda_handler.echo import app

handler = make_handler(app)


def answer(event: events.Event) -> Any:
    return json.loads(handler(event, None)["body"])


def test_the_health_check_of_a_load_balancer_has_no_host():
    event = events.alb("GET", "/echo")
    event["headers"] = {"user-agent": "ELB-HealthChecker/2.0"}
    assert answer(event)["host"] == "localhost"


def test_the_stage_of_an_http_api_is_in_front_of_the_app():
    event = events.v2("GET", "/prod/link")
    event["requestContext"]["stage"] = "prod"
    assert handler(event, None)["body"] == "https://api.example.com/prod/text"


def test_the_stage_of_a_rest_api_is_in_its_links():
    assert handler(events.v1("GET", "/link"), None)["body"] == "https://api.example.com/prod/text"


def test_a_path_that_only_begins_like_the_stage_is_the_apps_own():
    event = events.v2("GET", "/echo/x")
    event["requestContext"]["stage"] = "ec"
    assert answer(event)["path"] == "x"


def test_a_client_cannot_choose_its_address_in_front_of_a_load_balancer():
    event = events.alb("GET", "/echo")
    event["headers"]["x-forwarded-for"] = "198.51.100.1, 203.0.113.7"
    assert answer(event)["client"] == "203.0.113.7"


def test_a_header_with_an_underscore_cannot_pass_for_another():
    assert answer(events.v2("GET", "/echo", headers=(("x_seen", "forged"),)))["seen"] is None


@pytest.mark.parametrize("kind", ["v1", "v2", "function URL", "ALB", "ALB multi"])
def test_an_answer_that_cannot_be_sent_is_a_problem_that_says_so(kind: str):
    response = handler(events.KINDS[kind]("GET", "/large"), None)
    assert response["statusCode"] == 500
    assert "larger than the" in json.loads(response["body"])["detail"]


def test_load_balancers_get_a_status_description():
    assert handler(events.alb("GET", "/text"), None)["statusDescription"] == "200 OK"


def test_single_value_headers_spell_every_cookie_differently():
    headers = handler(events.alb("GET", "/cookies"), None)["headers"]
    assert sorted(name for name in headers if name.lower() == "set-cookie") == [
        "Set-cookie",
        "sEt-cookie",
        "set-cookie",
    ]


@pytest.mark.parametrize("event", [{}, {"source": "aws.events"}, {"Records": []}, {"requestContext": None}])
def test_an_event_of_another_service_is_named(event: events.Event):
    with pytest.raises(ValueError, match="not an HTTP event"):
        handler(event, None)
