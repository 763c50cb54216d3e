"""Delivery: workflows of GitHub Actions, as far as they reach AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.values import MaybeText


class Event(Struct, frozen=True, kw_only=True):
    """What starts a workflow, such as "push".

    None for `branches` or `tags` means that there is no such filter.
    """

    name: str
    branches: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


class Step(Struct, frozen=True, kw_only=True):
    """A step: the action that it `uses`, without its version, or the commands that it runs.

    `may_fail` is continue-on-error.
    """

    name: str
    uses: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    may_fail: bool = False


class Job(Struct, frozen=True, kw_only=True):
    """A job of a workflow. `may_get_token` is the permission `id-token: write`, its own or its workflow's.

    `only_on` is the one reference that it runs on, where its `if` says so: "refs/heads/main".
    """

    subject: Subject
    name: str
    events: tuple[Event, ...] = ()
    environment: MaybeText | None = None
    only_on: str | None = None
    may_get_token: bool = False
    needs: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


class Workflow(Struct, frozen=True, kw_only=True):
    """A file in .github/workflows, with its jobs by their ids."""

    name: str
    jobs: Mapping[str, Job]
