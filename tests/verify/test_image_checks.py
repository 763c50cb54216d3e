"""What an image shows without being run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from cais.contract import load_contract
from cais.verify.image_checks import check_image
from cais.verify.own_images import build
from cais.verify.reading import read_service
from cais.verify.workload import ImageSource
from tests.engines.base_image import build_args
from tests.verify.assemblies import Made, assembly
from tests.verify.conftest import APP

if TYPE_CHECKING:
    from cais.verify.ecs_service import EcsService

pytestmark = pytest.mark.docker

CONTRACT = load_contract(Path(__file__).parents[2] / "service" / "contract.toml")
KEY = "-----BEGIN RSA PRIVATE KEY-----\nabc\n"


def service(folder: Path, **container: Any) -> EcsService:
    return read_service(assembly(folder, APP, Made(container=container)), given={})


def image(folder: Path, base: str, *lines: str) -> str:
    """The sample application's image with some more lines in its Dockerfile."""
    context = folder / "context"
    shutil.copytree(APP, context)
    (context / ".env").write_text("")
    (context / "server.key").write_text(KEY)
    (context / "public.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    recipe = (context / "Dockerfile").read_text().replace("COPY . /app", "COPY server.py Dockerfile /app/")
    (context / "Dockerfile").write_text(recipe + "\n".join(lines) + "\n")
    return build(ImageSource(directory=context, build_args=build_args(base)))


def test_a_good_image_has_nothing_to_tell(tmp_path: Path, base_image: str):
    checks = check_image(image(tmp_path, base_image), service(tmp_path), contract=CONTRACT)
    assert checks.findings == ()
    assert 20 < checks.size_mib < 1000


def test_another_processor_is_refused(tmp_path: Path, base_image: str):
    asked = service(tmp_path)
    other = replace(asked, workload=replace(asked.workload, architecture="arm64"))
    (finding,) = check_image(image(tmp_path, base_image), other, contract=CONTRACT).findings
    assert (finding.cause, finding.severity) == ("P19", "error")
    assert "x86_64" in finding.message


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (["CMD", "python3", "-c", "pass"], None),
        (["CMD", "/usr/bin/python3", "-c", "pass"], None),
        (["CMD-SHELL", "python3 -c pass || exit 1"], None),
        (["CMD", "/opt/check"], "/opt/check"),
        (["CMD-SHELL", "curl -f localhost || exit 1"], "curl"),
        (["CMD-SHELL", "test -f /x && wget -q localhost"], "wget"),
    ],
)
def test_the_program_of_a_health_check_has_to_be_there(
    tmp_path: Path, base_image: str, command: list[str], program: str | None
):
    asked = service(tmp_path, HealthCheck={"Command": command})
    findings = check_image(image(tmp_path, base_image), asked, contract=None).findings
    assert [finding.cause for finding in findings] == ([] if program is None else ["H15"])
    assert all(str(program) in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("USER root", "USER 10001", 'ENV DATABASE_PASSWORD="hunter2"'), "DATABASE_PASSWORD"),
        (('ENV CONNECT="postgresql://me:hunter2@db/x"',), "CONNECT"),
        (("USER root", "RUN true AKIA0123456789ABCDEF", "USER 10001"), "command of a layer"),
        (("COPY server.key /app/server.key",), "/app/server.key"),
        (("USER root", "COPY server.key /x/id_rsa", "RUN rm /x/id_rsa", "USER 10001"), "/x/id_rsa"),
    ],
)
def test_secrets_in_the_image_are_named_and_not_shown(
    tmp_path: Path, base_image: str, lines: tuple[str, ...], words: str
):
    (finding,) = check_image(image(tmp_path, base_image, *lines), service(tmp_path), contract=None).findings
    assert words in finding.message
    assert "hunter2" not in finding.message
    assert finding.severity == "advice"


@pytest.mark.parametrize(
    "lines",
    [
        ("ENV DATABASE_SECRET_ARN=arn:aws:x PASSWORD_FILE=/run/x",),
        ("COPY public.pem /app/public.pem",),
        ("COPY .env /app/.env",),
    ],
)
def test_what_only_sounds_like_a_secret_is_none(tmp_path: Path, base_image: str, lines: tuple[str, ...]):
    assert check_image(image(tmp_path, base_image, *lines), service(tmp_path), contract=None).findings == ()


def test_root_and_another_port_are_advice(tmp_path: Path, base_image: str):
    contract = structs.replace(CONTRACT, port=9000)
    findings = check_image(
        image(tmp_path, base_image, "USER 0"), service(tmp_path), contract=contract
    ).findings
    assert [finding.severity for finding in findings] == ["advice", "advice"]
    assert "runs as root" in findings[0].message
    assert "the contract says port 9000, the image exposes 8000" in findings[1].message
