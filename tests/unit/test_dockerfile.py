from cais.dockerfile import last_stage

DOCKERFILE = """\
ARG BASE=python:3
FROM ${BASE} AS build
WORKDIR /build
COPY requirements.txt .
CMD ["never"]
FROM ${BASE}
# a comment
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --chown=1:1 . \\
    # a comment inside a continuation
    service/
COPY a.txt b.txt /etc/app/
USER 10001
CMD ["gunicorn", "-c", "/app/service/gunicorn.conf.py"]
"""


def test_only_the_last_stage_and_the_build_context_count():
    stage = last_stage(DOCKERFILE)
    assert stage.workdir == "/app"
    assert stage.copies == [(".", "/app/service/"), ("a.txt", "/etc/app/"), ("b.txt", "/etc/app/")]
    assert stage.command == ("gunicorn", "-c", "/app/service/gunicorn.conf.py")
    assert stage.entry_point == ()


def test_the_shell_form_runs_in_a_shell():
    assert last_stage("FROM x\nENTRYPOINT run it --now").entry_point == ("/bin/sh", "-c", "run it --now")


def test_the_base_is_the_first_image_with_its_defaults():
    text = "ARG TAG=3.11-slim\nFROM --platform=linux/amd64 python:${TAG} AS build\nFROM build AS last\n"
    assert last_stage(text).base == "python:3.11-slim"
    assert last_stage(text, {"TAG": "3.14"}).base == "python:3.14"
    assert last_stage("FROM ${GIVEN_BY_THE_BUILD}").base == "${GIVEN_BY_THE_BUILD}"


def test_what_the_last_stage_builds_and_checks():
    stage = last_stage("FROM a\nRUN never\nFROM b\nRUN apt-get install -y curl\nHEALTHCHECK CMD curl x\n")
    assert stage.builds == ["apt-get install -y curl"]
    assert stage.checks_health
    assert not last_stage("FROM a\nHEALTHCHECK NONE\n").checks_health


def test_what_is_no_dockerfile_is_read_as_far_as_it_goes():
    stage = last_stage("FROM\nCOPY\nCMD [not, json\nRUN\n]]]")
    assert (stage.base, stage.command) == ("", ("/bin/sh", "-c", "[not, json"))
