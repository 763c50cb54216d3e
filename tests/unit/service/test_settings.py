import json
import logging
import socket
import ssl
import time
import tomllib
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from psycopg.conninfo import conninfo_to_dict

from service import app as service_app
from service.logs import JsonFormatter
from service.settings import ACCEPTED_URLS, Settings, SettingsError, read_settings
from service.stores import aws
from service.stores.opening import database_password
from service.stores.postgres import RDS_AUTHORITIES, conninfo
from service.stores.store import StoreUnavailable

SERVICE = Path(__file__).parents[3] / "service"


def test_an_empty_environment_is_sqlite():
    assert read_settings({"DATABASE_URL": ""}) == Settings(database_url="sqlite:///comments.sqlite3")


def test_every_problem_is_told_at_once_with_what_is_accepted():
    with pytest.raises(SettingsError) as told:
        read_settings(
            {
                "DATABASE_URL": "mysql://root:hunter2@db/x",
                "LOG_LEVEL": "loud",
                "METRICS_NAMESPACE": "AWS/Lambda",
            }
        )
    text = str(told.value)
    assert "mysql://…" in text
    assert "hunter2" not in text
    assert "METRICS_NAMESPACE is 'AWS/Lambda'" in text
    for accepted in ("sqlite:///PATH", "postgresql://USER@HOST/NAME", "dynamodb://TABLE", "debug"):
        assert accepted in text


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@db/x",
        "postgresql://me@db/x?password=hunter2",
        "postgresql://me@db/x?sslmode=require&pass%77ord=hunter2",
    ],
)
def test_a_password_does_not_belong_in_the_url(url: str):
    with pytest.raises(SettingsError, match="holds a password") as told:
        read_settings({"DATABASE_URL": url})
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite://relative.sqlite3", "has two slashes, where three come before a path"),
        ("sqlite:///", "has no path"),
        ("sqlite:///:memory:", "keeps nothing: each thread would have a database of its own"),
        ("dynamodb://", "has no name of a table"),
        ("dynamodb://comments/more", "has no name of a table"),
        ("postgresql://", "has no host"),
        ("postgresql:///comments", "has no host"),
        ("postgresql://me@[::1/comments", "is malformed"),
        ("postgresql://me:hun%zzter2@db/comments", "is malformed"),
        ("postgresql://me@db/comments?pasword=hunter2", "is malformed"),
        ("memory://anything", "names something"),
    ],
)
def test_a_url_that_no_store_could_open_is_told_with_the_form_that_is_accepted(url: str, problem: str):
    with pytest.raises(SettingsError) as told:
        read_settings({"DATABASE_URL": url})
    scheme = url.partition(":")[0]
    assert str(told.value) == f"DATABASE_URL, a {scheme} URL, {problem}; accepted is: {ACCEPTED_URLS[scheme]}"


@pytest.mark.parametrize(
    "url",
    [
        "memory://",
        "sqlite:///comments.sqlite3",
        "sqlite:////data/comments.sqlite3",
        "dynamodb://DataStack-StoreTable-1ABC",
        "postgresql://comments@db.example.com:5432/comments?sslmode=verify-full",
        "postgresql://me@[::1]:5432/comments",
        "postgresql:///comments?host=/var/run/postgresql",
    ],
)
def test_urls_that_a_store_can_open_are_taken(url: str):
    assert read_settings({"DATABASE_URL": url}).database_url == url


def test_the_password_is_not_shown():
    assert "hunter2" not in repr(read_settings({"DATABASE_PASSWORD": "hunter2"}))


def test_every_variable_of_the_contract_is_read():
    contract = tomllib.loads((SERVICE / "contract.toml").read_text())
    names = {*contract["environment"], *contract["secrets"]}
    assert {name.lower() for name in names} == set(Settings.__dataclass_fields__)


@mock_aws
def test_the_password_is_read_from_the_secret_where_the_platform_cannot_give_it(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("secretsmanager")
    secret = json.dumps({"username": "comments", "password": "from the secret"})
    arn = client.create_secret(Name="database", SecretString=secret)["ARN"]
    assert database_password(Settings(database_secret_arn=arn)) == "from the secret"
    given = Settings(database_secret_arn=arn, database_password="given")
    assert database_password(given) == "given"


def test_a_secret_that_nobody_answers_for_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch):
    """The kernel takes the connections of a socket that nobody reads."""
    monkeypatch.setattr(aws, "READ_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", address)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with pytest.raises(StoreUnavailable, match="Secrets Manager does not answer: ReadTimeoutError"):
            database_password(Settings(database_secret_arn="database"))


def test_the_server_of_rds_is_verified_against_its_own_authorities():
    url = "postgresql://comments@db.example.com:5432/comments?sslmode=verify-full"
    info = conninfo_to_dict(conninfo(url, password="p w'd"))
    assert info["sslrootcert"] == str(RDS_AUTHORITIES)
    assert info["password"] == "p w'd"
    other = conninfo_to_dict(conninfo(f"{url}&sslrootcert=/mine.pem", password=None))
    assert other["sslrootcert"] == "/mine.pem"
    assert "sslrootcert" not in conninfo_to_dict(conninfo("postgresql://comments@db/x", password=None))


def test_the_authorities_of_rds_are_good_for_another_year():
    context = ssl.create_default_context(cafile=str(RDS_AUTHORITIES))
    authorities: list[Any] = context.get_ca_certs()
    assert len(authorities) > 50
    in_a_year = time.time() + 365 * 24 * 3600
    short = [
        dict(part[0] for part in found["subject"])["commonName"]
        for found in authorities
        if ssl.cert_time_to_seconds(str(found["notAfter"])) < in_a_year
    ]
    assert not short, "refresh service/rds-ca.pem"


def test_the_server_is_as_the_contract_says():
    configuration: dict[str, Any] = {"__file__": str(SERVICE / "gunicorn.conf.py")}
    exec((SERVICE / "gunicorn.conf.py").read_text(), configuration)  # noqa: S102 - as gunicorn does
    contract = tomllib.loads((SERVICE / "contract.toml").read_text())
    assert configuration["bind"] == f"0.0.0.0:{contract['port']}"
    assert configuration["graceful_timeout"] == contract["seconds"]["drain"]
    assert configuration["threads"] == service_app.THREADS
    assert service_app.THREADS > 3 * service_app.CONNECTIONS  # some use one, some wait for one, some are free


def test_the_dockerfile_exposes_the_port_of_the_contract():
    contract = tomllib.loads((SERVICE / "contract.toml").read_text())
    assert f"EXPOSE {contract['port']}" in (SERVICE / "Dockerfile").read_text()


def test_a_log_line_is_json_and_tells_nothing_of_what_an_exception_says():
    with pytest.raises(ValueError, match="ana") as raised:
        int("ana@example.com wrote")
    error = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("service", logging.ERROR, __file__, 1, "failed", None, error)
    line = JsonFormatter().format(record)
    assert "ana@example.com" not in line
    told = json.loads(line)
    assert told["message"] == "failed"
    assert told["exception"] == "ValueError"
    assert told["places"][0].startswith(__file__)
