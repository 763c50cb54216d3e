import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from cais.verify.errors import VerifyError
from cais.verify.owner import is_gone, mark, mark_is_gone, owner, owner_of
from cais.verify.runs import run_folder, sweep
from tests.engines.waiting import eventually


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"cais-{os.getuid()}"


def test_a_folder_is_for_its_user_alone_and_goes_with_the_run(own_place: Path):
    with run_folder() as folder:
        assert folder.parent == own_place
        assert own_place.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_place_that_is_open_to_others_is_refused(own_place: Path):
    own_place.mkdir(mode=0o700)
    own_place.chmod(0o777)
    with pytest.raises(VerifyError, match="open to others"), run_folder():
        pass


def test_a_link_in_its_place_is_refused(own_place: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    own_place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VerifyError, match="open to others"), run_folder():
        pass


def test_a_process_is_known_by_its_birth_and_its_machine():
    assert not is_gone(owner())
    assert is_gone(f"{owner()}0")
    assert not is_gone(f"another/{os.getpid()}/0")
    assert owner_of(os.getpid()) == owner()


def test_one_that_has_ended_is_gone_before_its_parent_asks_how():
    with subprocess.Popen(["sleep", "60"]) as child:
        name = owner_of(child.pid)
        assert not is_gone(name)
        child.kill()
        assert eventually(lambda: is_gone(name))


def test_a_mark_tells_a_process_as_its_name_does():
    assert not mark_is_gone(mark(owner()))
    assert mark_is_gone(mark(f"{owner()}0"))
    assert not mark_is_gone(mark(f"another/{os.getpid()}/0"))
    assert not mark_is_gone("latest")


def test_two_that_tidy_up_at_once_do_not_trip_over_each_other(
    own_place: Path, monkeypatch: pytest.MonkeyPatch
):
    stale = own_place / "run-1"
    stale.mkdir(parents=True)
    (stale / "owner").write_text(f"{owner()}0")
    (stale / "half.pid").write_text("")  # its run was killed while it wrote
    read = Path.read_text

    def gone(path: Path, **options: str) -> str:
        text = read(path, **options)
        if path.name == "half.pid":
            path.unlink()
            return read(path, **options)
        return text

    monkeypatch.setattr(Path, "read_text", gone)
    assert sweep() == 1
    assert not stale.exists()


def test_a_number_that_is_anothers_by_now_is_not_killed(own_place: Path):
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as bystander:
        stale = own_place / "run-1"
        stale.mkdir(parents=True)
        (stale / "owner").write_text(f"{owner()}0")
        (stale / "haproxy.pid").write_text(f"elsewhere/{bystander.pid}/1")
        assert sweep() == 1
        assert bystander.poll() is None
        bystander.kill()
