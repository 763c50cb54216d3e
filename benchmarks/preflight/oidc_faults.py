"""Faults of GitHub's jobs and of the roles that trust them, each broken into DeliveryStack or our workflows.

A fault changes templates or workflows in place, and returns the resource or job that a checker should name.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from ecs_faults import Fault
from templates import WORKFLOWS, Place

if TYPE_CHECKING:
    from templates import Break, Templates

DELIVERY, ROLE = "DeliveryStack", "AWS::IAM::Role"
PROVIDER = "token.actions.githubusercontent.com"
REPOSITORY, NAMES = "repo:octo-org@1/comments@2", "repo:octo-org/comments"
DEPLOY = 'scripts/with_tools.sh python -m scripts.deploy "$STACK" -c "image=$IMAGE"'
PUSH = 'scripts/with_tools.sh python -m scripts.push_image "$TAG" >> "$GITHUB_OUTPUT"'


def _role(templates: Templates, name: str) -> Place:
    return templates.the(ROLE, stack=DELIVERY, where=lambda place: place.logical_id.startswith(name))


def _trusting(name: str, *, operator: str = "StringEquals", job: str = "", **claims: Any) -> Break:
    """Gives the role other conditions on `sub` and `aud`; `job` is whose token it then keeps out."""

    def change(templates: Templates) -> Place:
        role = _role(templates, name)
        (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
        statement["Condition"] = {operator: {f"{PROVIDER}:{claim}": value for claim, value in claims.items()}}
        return Place(WORKFLOWS, job, {}) if job else role

    return change


def _job(name: str, old: str, new: str, *, build: str = "") -> Break:
    """Changes a job of the workflow that deploys, and, where `build` is given, the command that pushes."""

    def change(templates: Templates) -> Place:
        if build:
            templates.edit_job("deploy.yml", "build", PUSH, build)
        return templates.edit_job("deploy.yml", name, old, new)

    return change


def _without_bootstrap(old: str, new: str) -> Break:
    """Deploys with cdk itself, by a role whose policies have a piece replaced."""

    def change(templates: Templates) -> Place:
        role = _role(templates, "Deploy")
        role.set(Policies=json.loads(json.dumps(role.properties["Policies"]).replace(old, new)))
        templates.edit_job("deploy.yml", "target", DEPLOY, 'npx cdk deploy "$STACK"')
        return role

    return change


AWS = "sts.amazonaws.com"
_fault = partial(Fault, base="delivery")
FAULTS = [
    _fault(
        "G1",
        "the job's environment is staging",
        _job("target", ": production", ": staging"),
    ),
    _fault(
        "G1",
        "the role trusts the branch, its jobs have an environment",
        _trusting("Deploy", job="target", aud=AWS, sub=f"{REPOSITORY}:ref:refs/heads/main"),
    ),
    _fault(
        "G2",
        "the role trusts names without ids",
        _trusting("Deploy", aud=AWS, sub=f"{NAMES}:environment:production"),
        verdict="unproven",
    ),
    _fault("G3", "a wildcard under StringEquals", _trusting("Deploy", aud=AWS, sub=f"{REPOSITORY}:*")),
    _fault("G4", "the job runs on another branch", _job("build", "heads/main", "heads/release")),
    _fault(
        "G4",
        "the role trusts the branch Main",
        _trusting("Publish", job="build", aud=AWS, sub=f"{REPOSITORY}:ref:refs/heads/Main"),
    ),
    _fault("G5", "no id-token: write", _job("target", "      id-token: write\n", "")),
    _fault("G6", "the role may assume nothing", _without_bootstrap("AssumeRole", "GetCallerIdentity")),
    _fault("G6", "the bootstrap has another name", _without_bootstrap("cdk-hnb659fds-", "cdk-acme-")),
    _fault(
        "G9",
        "a push whose failure is swallowed",
        _job("build", PUSH, 'docker push "$IMAGE" || true'),
        verdict="advice",
    ),
    _fault(
        "G9",
        "a deployment that may fail",
        _job(
            "helm",
            "      - name: Install or upgrade",
            "      - continue-on-error: true\n        name: Install or upgrade",
        ),
        verdict="advice",
    ),
    _fault(
        "G9",
        "the deployment does not wait for the push",
        _job("helm", "    needs: build\n", "", build="docker push $IMAGE"),
    ),
    _fault("G10", "no condition on the subject", _trusting("Deploy", aud=AWS), verdict="advice"),
    _fault(
        "G10",
        "no condition on the audience",
        _trusting("Deploy", sub=f"{REPOSITORY}:environment:production"),
        verdict="advice",
    ),
    _fault(
        "G10",
        "every repository of the owner",
        _trusting("Deploy", operator="StringLike", aud=AWS, sub="repo:octo-org@1/*"),
        verdict="advice",
    ),
]
