"""Reads workflows of GitHub Actions.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cais.findings import Subject
from cais.site.model.delivery import Event, Job, Step, Workflow
from cais.template.limits import UnreadableError
from cais.template.problems import TemplateError
from cais.template.source import read_text
from cais.template.values import Unknown
from cais.template.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from cais.site.model.values import MaybeText

SUFFIXES = frozenset({".yml", ".yaml"})
EXPRESSION = "${{"
REFERENCE = re.compile(r"\bgithub\.ref\s*==\s*'(?P<reference>refs/[^']+)'")
OTHERWISE = re.compile(r"\|\||!")


def read_workflows(paths: Iterable[Path]) -> tuple[Workflow, ...]:
    """The workflows at `paths`, which are files or folders.

    Raises:
        TemplateError: something cannot be read or is no workflow; all problems at once.
    """
    found: list[Workflow] = []
    problems: list[str] = []
    for file in (file for path in paths for file in _files(path)):
        try:
            found.append(_workflow(file))
        except UnreadableError as error:
            problems.append(f"{file}: {error}")
    if problems:
        raise TemplateError(problems)
    return tuple(found)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)


def _workflow(file: Path) -> Workflow:
    body, lines = parse_yaml(read_text(file))
    jobs = _mapping(_mapping(body).get("jobs"))
    if not jobs:
        raise UnreadableError("is no workflow: it has no jobs")
    events = tuple(_events(body.get("on")))
    return Workflow(
        name=file.name,
        jobs={
            name: _job(name, _mapping(job), file=file, line=lines.get(name), events=events, workflow=body)
            for name, job in jobs.items()
        },
    )


def _job(
    name: str,
    given: Mapping[str, Any],
    *,
    file: Path,
    line: int | None,
    events: tuple[Event, ...],
    workflow: Mapping[str, Any],
) -> Job:
    return Job(
        subject=Subject(template=file.as_posix(), logical_id=name, type="GitHub Actions job", line=line),
        name=f"{file.name} {name}",
        events=events,
        environment=_environment(given.get("environment")),
        only_on=_only_reference(str(given.get("if", ""))),
        may_get_token=_may_get_token(given.get("permissions", workflow.get("permissions"))),
        needs=tuple(map(str, _list(given.get("needs")))),
        steps=tuple(map(_step, map(_mapping, _list(given.get("steps"))))),
    )


def _events(given: Any) -> Iterator[Event]:
    """What `on` says: a name, a list of names, or a mapping with filters."""
    filters = given if isinstance(given, dict) else dict.fromkeys(map(str, _list(given)))
    for name, each in filters.items():
        chosen = _mapping(each)
        yield Event(name=name, branches=_patterns(chosen, "branches"), tags=_patterns(chosen, "tags"))


def _patterns(chosen: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    if f"{key}-ignore" in chosen:
        return ("**",)
    return tuple(map(str, _list(chosen[key]))) if key in chosen else None


def _environment(given: Any) -> MaybeText | None:
    name = given.get("name") if isinstance(given, dict) else given
    if name is None:
        return None
    return Unknown(f"the environment {name}") if EXPRESSION in str(name) else str(name)


def _only_reference(condition: str) -> str | None:
    """The reference that a job's `if` asks for, among nothing that could do without it."""
    match = REFERENCE.search(condition)
    return match["reference"] if match and not OTHERWISE.search(condition) else None


def _may_get_token(permissions: Any) -> bool:
    """Without `permissions` a job has what the repository gives by default, which is never this one."""
    return permissions == "write-all" or _mapping(permissions).get("id-token") == "write"


def _step(given: Mapping[str, Any]) -> Step:
    uses = str(given.get("uses", "")).partition("@")[0]
    run = str(given.get("run", ""))
    return Step(
        name=str(given.get("name") or uses or run.partition("\n")[0]),
        uses=uses,
        inputs={key: str(value) for key, value in _mapping(given.get("with")).items()},
        run=run,
        may_fail=given.get("continue-on-error") is True,
    )


def _list(given: Any) -> list[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}
