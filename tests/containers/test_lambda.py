"""Our image under Lambda's official runtime interface emulator, with the command of LambdaStack."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.containers.container import Container, run
from tests.engines.folders import runtime_emulator
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from tests.synthesis import Synthesize

pytestmark = [pytest.mark.docker, pytest.mark.cdk]

EMULATOR = "/aws-lambda-rie"
PORT = 8080
INVOKE = "2015-03-31/functions/function/invocations"


@pytest.fixture
def function(service_image: str, synthesize: Synthesize):
    functions = synthesize(store="dynamodb").all("LambdaStack", "AWS::Lambda::Function")
    (image,) = [each["ImageConfig"] for each in functions if each["PackageType"] == "Image"]
    options = (
        f"--volume={runtime_emulator(say=print)}:{EMULATOR}:ro",
        f"--entrypoint={EMULATOR}",
        "--tmpfs=/tmp",  # as Lambda's: the only place to write
        "--env=DATABASE_URL=sqlite:////tmp/comments.sqlite3",
        "--env=AWS_LAMBDA_FUNCTION_TIMEOUT=29",
    )
    command = (*image["EntryPoint"], *image["Command"])
    with run(service_image, *options, command=command, port=PORT) as container:
        yield container


def test_an_http_api_posts_and_lists_a_comment(function: Container):
    comment = {"email": "ada@example.com", "comment": "cold?", "content_id": "1"}
    assert eventually(lambda: is_listening(function))
    posted = invoke(function, event("POST", "/api/comment/new", json.dumps(comment)))
    assert (posted["statusCode"], json.loads(posted["body"])["status"]) == (200, "SUCCESS")
    listed = invoke(function, event("GET", "/api/comment/list/1"))
    assert json.loads(listed["body"]) == [{"email": comment["email"], "comment": comment["comment"]}]


def is_listening(function: Container) -> bool:
    try:
        return invoke(function, event("GET", "/healthz"))["statusCode"] == 200
    except OSError:
        return False


def event(method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """What an HTTP API sends, format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api.example.com"},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def invoke(function: Container, payload: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(f"{function.url}/{INVOKE}", data=json.dumps(payload).encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)
