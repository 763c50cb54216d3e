from cais.verify.dockerfile import last_stage

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
