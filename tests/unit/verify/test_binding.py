import pytest

from cais.verify.binding import Binding, binding


@pytest.mark.parametrize(
    ("words", "bound"),
    [
        (
            ("gunicorn", "-b", "0.0.0.0:8000", "--bind=[::]:8000", "app:app"),
            Binding(("gunicorn", "app:app"), {"GUNICORN_CMD_ARGS": "--threads 4 --bind 127.0.0.1:9"}),
        ),
        (
            ("python3", "-m", "gunicorn", "app:app"),
            Binding(
                ("python3", "-m", "gunicorn", "app:app"),
                {"GUNICORN_CMD_ARGS": "--threads 4 --bind 127.0.0.1:9"},
            ),
        ),
        (
            ("/usr/bin/uvicorn", "app:app"),
            Binding(("/usr/bin/uvicorn", "app:app", "--host", "127.0.0.1", "--port", "9")),
        ),
        (("flask", "run"), Binding(("flask", "run", "--host", "127.0.0.1", "--port", "9"))),
        (("flask", "routes"), None),
        (("python", "server.py"), None),
    ],
)
def test_servers_are_told_a_port_of_ours(words: tuple[str, ...], bound: Binding | None):
    assert binding(words, port=9, environment={"GUNICORN_CMD_ARGS": "--threads 4"}) == bound
