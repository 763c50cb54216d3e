"""Images of runs on the container engine: which are kept, and which are removed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cais.verify.docker import docker
from cais.verify.errors import VerifyError
from cais.verify.own_images import TAG, build, prune
from cais.verify.workload import ImageSource

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("container_engine")]

ANOTHER_RUN = """\
import sys
from pathlib import Path
from cais.verify.own_images import build, prune
from cais.verify.workload import ImageSource
prune()
print(build(ImageSource(directory=Path(sys.argv[1]))))
"""


def recipe(folder: Path) -> Path:
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM scratch\nLABEL content={folder.name}\nCOPY Dockerfile /\n")
    return folder


def there(image: str) -> bool:
    try:
        docker("image", "inspect", image)
    except VerifyError:
        return False
    return True


def tags() -> set[str]:
    return set(docker("image", "ls", "--format={{.Tag}}", TAG).split())


def another_run(folder: Path) -> str:
    command = [sys.executable, "-c", ANOTHER_RUN, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_an_image_stays_for_as_long_as_its_run_lives(tmp_path: Path):
    ours = build(ImageSource(directory=recipe(tmp_path / "ours")))
    theirs = another_run(recipe(tmp_path / "theirs"))
    newest = another_run(recipe(tmp_path / "newest"))
    prune()
    assert there(ours)
    assert not there(theirs)
    assert there(newest)  # its layers are those of the next build


def test_nothing_is_pruned_while_an_image_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    theirs = another_run(recipe(tmp_path / "theirs")).removeprefix("sha256:")[:12]
    seen: list[set[str]] = []

    def meanwhile(*words: str, **options: Any) -> str:
        if words[0] == "build":
            prune()
            seen.append(tags())
        return docker(*words, **options)

    with monkeypatch.context() as building:
        building.setattr("cais.verify.own_images.docker", meanwhile)
        build(ImageSource(directory=recipe(tmp_path / "ours")))
    assert any(tag.endswith(theirs) for tag in seen[0])
    prune()
    assert not any(tag.endswith(theirs) for tag in tags())
