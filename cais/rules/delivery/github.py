"""The jobs that assume a role, the roles that trust GitHub, and the tokens that GitHub gives to a job.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.site.model.identity import WebIdentity
from cais.site.trust import trusts
from cais.template.text import join
from cais.template.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.delivery import Event, Job, Step
    from cais.site.model.identity import Condition, Role
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

PROVIDER = "token.actions.githubusercontent.com"
SUBJECT, AUDIENCE = f"{PROVIDER}:sub", f"{PROVIDER}:aud"
DEFAULT_AUDIENCE = "sts.amazonaws.com"
ACTION = "aws-actions/configure-aws-credentials"
REPOSITORY = re.compile(r"repo:[^:*?]+(?=:)")
IDS = re.compile(r"repo:[^/@]+@(?P<repository_owner_id>\d+)/[^@]+@(?P<repository_id>\d+)")
PATTERN = re.compile(r"[*?+\[\]!]")
OTHER_CLAIMS = (
    "actor",
    "actor_id",
    "enterprise_id",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "workflow",
)
"""Claims that a trust policy may ask for as well, and that a workflow does not tell."""


def jobs(site: Site) -> Iterator[Job]:
    """The jobs of all workflows."""
    for workflow in site.workflows:
        yield from workflow.jobs.values()


def credentials(job: Job) -> Iterator[Step]:
    """The steps that assume a role with the job's token."""
    for step in job.steps:
        keys = "aws-access-key-id" in step.inputs
        if step.uses == ACTION and "role-to-assume" in step.inputs and not keys:
            yield step


def github_roles(site: Site) -> list[Role]:
    """The roles whose trust policy names GitHub's provider."""
    return [role for role in site.identity.roles.values() if trusts(site.identity, role, PROVIDER)]


def conditions_on(role: Role, key: str) -> list[Condition]:
    """The conditions in the role's trust policy on a key, such as `SUBJECT`."""
    return [
        condition
        for statement in role.trust.statements
        for condition in statement.conditions
        if isinstance(condition.key, str) and condition.key.lower() == key
    ]


def meant_by(step: Step, site: Site) -> list[Role]:
    """The roles that a step may mean: the one of that name, or any where a variable of GitHub names it."""
    wanted, roles = step.inputs["role-to-assume"], github_roles(site)
    if "${{" in wanted:
        return roles
    return [role for role in roles if role.name == wanted.rpartition("/")[2]]


def tokens(job: Job, step: Step, role: Role) -> Iterator[WebIdentity]:
    """The tokens that the job may get, of the repositories that the role's trust policy names."""
    subjects = [value for condition in conditions_on(role, SUBJECT) for value in condition.values]
    named = {match[0] for each in subjects if isinstance(each, str) and (match := REPOSITORY.match(each))}
    for repository in sorted(named) or [join(["repo:", Unknown("the repository")])]:
        for context in dict.fromkeys(_contexts(job)):
            yield _token(job, step, repository, context)


def _token(job: Job, step: Step, repository: MaybeText, context: MaybeText) -> WebIdentity:
    claims: dict[str, MaybeText] = {name: Unknown(f"the token's {name}") for name in OTHER_CLAIMS}
    if isinstance(repository, str) and (ids := IDS.fullmatch(repository)):
        claims |= ids.groupdict()
    if job.environment is not None:
        claims["environment"] = job.environment
    claims["aud"] = step.inputs.get("audience", DEFAULT_AUDIENCE)
    claims["sub"] = join([repository, ":", context])
    return WebIdentity(provider=PROVIDER, claims=claims)


def _contexts(job: Job) -> Iterator[MaybeText]:
    """The ends of the subjects: an environment takes the place of whatever the event says (G1)."""
    if job.environment is not None:
        yield join(["environment:", job.environment])
        return
    if job.only_on is not None:
        yield f"ref:{job.only_on}"
        return
    for event in job.events:
        yield from _of_event(event)


def _of_event(event: Event) -> Iterator[MaybeText]:
    if event.name == "pull_request":
        yield "pull_request"
    elif event.name == "schedule":
        yield join(["ref:refs/heads/", Unknown("the default branch")])
    elif event.name == "release":
        yield join(["ref:refs/tags/", Unknown("the release's tag")])
    elif event.name == "push" and (event.branches or event.tags):
        yield from (_reference("heads", branch) for branch in event.branches or ())
        yield from (_reference("tags", tag) for tag in event.tags or ())
    elif event.name in {"push", "workflow_dispatch"}:
        yield join(["ref:refs/", Unknown(f"the branch or tag of {event.name}")])
    else:
        yield Unknown(f"what {event.name} runs on")


def _reference(kind: str, pattern: str) -> MaybeText:
    if PATTERN.search(pattern):
        return join([f"ref:refs/{kind}/", Unknown(f"what matches {pattern}")])
    return f"ref:refs/{kind}/{pattern}"
