"""The folder of a run: its sockets, logs and scratch data, and which processes it started.

Folders of all runs lie side by side, so that a later run finds what one that was killed left.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cais.verify.errors import VerifyError
from cais.verify.owner import is_gone, owner, owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".pid"
OWNER = "owner"  # the file that names the process whose run it is
ONLY_OURS = 0o700


@contextmanager
def run_folder() -> Iterator[Path]:
    """A folder of this process, with a short path as sockets need; removed in the end.

    Raises:
        VerifyError: someone else has a folder of the name under which ours would lie.
    """
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=place_of_runs()))
    (folder / OWNER).write_text(owner(), encoding="utf-8")
    try:
        yield folder
    finally:
        _clear(folder)


def place_of_runs() -> Path:
    """Where the folders of all runs of this user lie.

    Raises:
        VerifyError: someone else has a folder of that name.
    """
    place = _place()
    place.mkdir(mode=ONLY_OURS, exist_ok=True)
    state = place.lstat()
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise VerifyError(f"{place} is open to others; remove it, or set TMPDIR to a folder of your own")
    return place


def record(folder: Path, name: str, *, pid: int) -> None:
    """Notes that the run started the leader of a process group."""
    (folder / f"{name}{SUFFIX}").write_text(owner_of(pid), encoding="utf-8")


def sweep() -> int:
    """Ends the processes of runs that were killed, and removes their folders; the number of runs."""
    notes = _place().glob(f"*/{OWNER}")
    stale = [note.parent for note in notes if is_gone(_read(note))]
    for run in stale:
        _clear(run)
    return len(stale)


def _clear(run: Path) -> None:
    """Ends what the run noted that still runs, and removes its folder."""
    for note in run.glob(f"*{SUFFIX}"):
        _end(_read(note))
    shutil.rmtree(run, ignore_errors=True)


def _place() -> Path:
    return Path(tempfile.gettempdir()) / f"cais-{os.getuid()}"


def _read(note: Path) -> str:
    """What a note says; "" where another run that tidies up was faster."""
    try:
        return note.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _end(name: str) -> None:
    """Kills the process group, unless its number names another process by now, or the note is half a one."""
    pid = name.partition("/")[2].partition("/")[0]
    if pid.isdigit() and owner_of(int(pid)) == name:
        with suppress(ProcessLookupError):
            os.killpg(int(pid), signal.SIGKILL)
