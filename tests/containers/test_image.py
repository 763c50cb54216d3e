"""Our image in a container, as EcsStack runs it: no root, nothing to write on, no capabilities."""

from __future__ import annotations

import http.client
import json
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cais.verify.docker import docker
from cais.verify.own_images import build
from cais.verify.workload import ImageSource
from scripts.smoke import call, smoke
from tests.containers.container import CONTRACT, Container, run
from tests.engines.base_image import build_args
from tests.engines.fixtures import SERVICE
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.docker

COMMENT = {"email": "ada@example.com", "comment": "is it kept?", "content_id": 1}
# The image's own check, oftener.
SOON = ("--health-interval=1s", "--health-timeout=3s", "--health-retries=2")


@pytest.fixture
def data(tmp_path: Path) -> str:
    tmp_path.chmod(0o777)  # the container's user is not ours
    return f"--volume={tmp_path}:/data"


@pytest.fixture
def on_sqlite(data: str) -> tuple[str, ...]:
    return ("--env=DATABASE_URL=sqlite:////data/comments.sqlite3", data)


def test_its_user_is_a_number_and_not_root(service_image: str):
    user, _, group = docker("inspect", "--format={{.Config.User}}", service_image).partition(":")
    assert int(user) > 0
    assert int(group) > 0


@pytest.mark.parametrize(("traces", "has"), [("off", False), ("on", True)])
def test_opentelemetry_is_in_the_image_only_where_it_is_asked_for(base_image: str, traces: str, *, has: bool):
    arguments = {**build_args(base_image), "TRACES": traces}
    image = build(ImageSource(directory=SERVICE, build_args=arguments))
    code = "import importlib.util as u; print(u.find_spec('opentelemetry') is not None)"
    assert docker("run", "--rm", image, "python", "-c", code) == str(has)


def test_it_serves_comments_and_turns_healthy(service_image: str, on_sqlite: tuple[str, ...]):
    with run(service_image, *SOON, *on_sqlite) as container:
        assert eventually(container.answers)
        smoke(container.url)
        assert eventually(lambda: container.inspect(".State.Health.Status") == "healthy")
        assert "Traceback" not in container.logs()


def test_a_comment_outlives_the_container(service_image: str, on_sqlite: tuple[str, ...]):
    with run(service_image, *on_sqlite) as first:
        assert eventually(first.answers)
        path = smoke(first.url).rpartition(first.url)[2]
        docker("kill", first.id)
    with run(service_image, *on_sqlite) as second:
        assert eventually(second.answers)
        assert call(second.url + path)


def test_sigterm_lets_a_request_in_flight_finish(service_image: str, on_sqlite: tuple[str, ...]):
    with run(service_image, *on_sqlite) as container:
        assert eventually(container.answers)
        body = json.dumps(COMMENT).encode()
        stopping = ["docker", "stop", f"--time={CONTRACT.drain_seconds + 10}", container.id]
        with (
            closing(begin_post(container, body)) as request,
            subprocess.Popen(stopping, stdout=subprocess.DEVNULL) as stop,
        ):
            assert eventually(lambda: not container.answers())
            request.send(body[-1:])
            response = request.getresponse()
            assert (response.status, json.load(response)["status"]) == (200, "SUCCESS")
        assert stop.returncode == 0
        assert container.inspect(".State.ExitCode") == "0"
    with run(service_image, *on_sqlite) as again:
        assert eventually(again.answers)
        assert call(f"{again.url}/api/comment/list/1") == [
            {"email": COMMENT["email"], "comment": COMMENT["comment"]}
        ]


def begin_post(container: Container, body: bytes) -> http.client.HTTPConnection:
    """A POST of `body` whose last byte is not sent yet."""
    connection = http.client.HTTPConnection("127.0.0.1", container.port, timeout=30)
    connection.putrequest("POST", "/api/comment/new")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:-1])
    assert container.answers()  # a later request was read, so this one was too
    return connection


def test_its_health_check_turns_unhealthy_when_the_service_hangs(
    service_image: str, on_sqlite: tuple[str, ...]
):
    with run(service_image, *SOON, *on_sqlite) as container:
        assert eventually(lambda: container.inspect(".State.Health.Status") == "healthy")
        everyone_else = "import os, signal; os.kill(-1, signal.SIGSTOP)"
        docker("exec", container.id, "python", "-c", everyone_else)
        assert eventually(lambda: container.inspect(".State.Health.Status") == "unhealthy")


def test_it_ends_with_a_list_of_stores_when_its_store_is_none_of_them(service_image: str):
    with run(service_image, "--env=DATABASE_URL=mysql://db/comments") as container:
        assert eventually(lambda: container.inspect(".State.Running") == "false")
        assert container.inspect(".State.ExitCode") != "0"
        assert "postgresql://" in container.logs()


def test_it_is_killed_when_it_takes_more_memory_than_the_contract_says(service_image: str):
    too_much = f"bytearray({CONTRACT.memory_mib + 100} * 2**20)"
    with run(service_image, command=("python", "-c", too_much)) as container:
        assert eventually(lambda: container.inspect(".State.Running") == "false")
        assert container.inspect(".State.ExitCode") == "137"


def test_it_holds_no_cdk_and_no_tests(service_image: str):
    names = ["aws_cdk", "pytest", "moto", "tests", "stacks", "cais"]
    found = f"import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    assert docker("run", "--rm", service_image, "python", "-c", found) == "[]"
