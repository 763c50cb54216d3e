"""`cais up` on the container engine: the limits of the task definition, and nothing left behind."""

from pathlib import Path
from typing import Any

import pytest

from cais.verify.docker import DATA, DockerEngine, docker
from cais.verify.up import bring_up, url
from cais.verify.workload import ImageSource, TargetCheck, VerifyError, Workload
from scripts.smoke import smoke

pytestmark = pytest.mark.docker

SERVICE = Path(__file__).parents[2] / "service"
RUN = "cais-tests-up"


def workload(**changes: Any) -> Workload:
    given: dict[str, Any] = {
        "name": "comments",
        "image": ImageSource(directory=SERVICE),
        "port": 8000,
        "check": TargetCheck(path="/healthz", timeout=2),
        "environment": {"DATABASE_URL": "sqlite:///{data}/comments.sqlite3"},
        "health_command": ("python", "-m", "service", "health"),
        "cpu": 256,
        "memory_mib": 512,
        "read_only_root": True,
        "writable_paths": ("/scratch",),
        "stop_timeout": 20,
    }
    return Workload(**{**given, **changes})


def up(folder: Path, what: Workload, *, patience: float = 60):
    engine = DockerEngine(run_id=RUN)
    return bring_up(
        workload=what, engine=engine, data=folder, patience=patience, smoke_test=(), say=lambda _: None
    )


def left() -> list[str]:
    return docker("ps", "--all", "--quiet", "--filter", f"label={DockerEngine(run_id=RUN).label}").split()


def test_it_runs_with_the_limits_of_the_task_definition(service_image: str, tmp_path: Path):  # noqa: ARG001
    running = up(tmp_path, workload())
    try:
        smoke(url(running))
        (container,) = left()
        names = ("Memory", "NanoCpus", "ReadonlyRootfs", "Tmpfs")
        form = " ".join(f"{{{{.HostConfig.{name}}}}}" for name in names)
        limits = docker("inspect", "--format", form, container)
        assert limits == f"{512 * 2**20} 250000000 true map[/scratch:mode=1777]"
        assert (tmp_path / "comments.sqlite3").exists()
        assert "answered" in running.logs()
    finally:
        running.stop()
    assert left() == []


def test_what_a_killed_run_left_is_removed_at_the_next_start(service_image: str, tmp_path: Path):  # noqa: ARG001
    up(tmp_path, workload())
    stale = left()
    running = up(tmp_path, workload())
    try:
        assert len(left()) == 1
        assert left() != stale
    finally:
        running.stop()


def test_one_that_never_gets_healthy_is_stopped_and_its_log_shown(service_image: str, tmp_path: Path):  # noqa: ARG001
    wrong = workload(check=TargetCheck(path="/wrong", timeout=2))
    with pytest.raises(VerifyError, match=r"not healthy within 3 s at /wrong: .*\[404\](.|\n)*answered"):
        up(tmp_path, wrong, patience=3)
    assert left() == []


def test_one_that_ends_at_once_is_told_with_its_last_words(service_image: str, tmp_path: Path):  # noqa: ARG001
    wrong = workload(environment={"DATABASE_URL": f"mysql://{DATA}"})
    with pytest.raises(VerifyError, match=r"ended before it was healthy(.|\n)*accepted are"):
        up(tmp_path, wrong)
    assert left() == []


def test_an_image_that_cannot_be_built_is_told_with_what_docker_said(container_engine: None, tmp_path: Path):  # noqa: ARG001
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY missing /\n")
    with pytest.raises(VerifyError, match=r"docker build(.|\n)*missing"):
        up(tmp_path, workload(image=ImageSource(directory=tmp_path)))
