"""Which token may assume which role: claims by policies."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from cais.site.build import build_site
from cais.site.trust import token_may_assume
from cais.template import load
from tests.unit.delivery.tokens import CLASSIC, ELSEWHERE, ID, IMMUTABLE, MAIN, PROVIDER, TOKENS

if TYPE_CHECKING:
    from pathlib import Path

AUD = f'"{PROVIDER}:aud": sts.amazonaws.com'
SUB = f"{PROVIDER}:sub"
PRODUCTION = "environment:production"


def trust(condition: str, *, effect: str = "Allow") -> str:
    arn = f"arn:aws:iam::123456789012:oidc-provider/{PROVIDER}"
    return (
        f'{{Effect: {effect}, Principal: {{Federated: "{arn}"}}, '
        f'Action: "sts:AssumeRoleWithWebIdentity", Condition: {{{condition}}}}}'
    )


def equals(*subjects: str, more: str = "") -> str:
    listed = ", ".join(f'"{subject}"' for subject in subjects)
    return f'StringEquals: {{{AUD}, "{SUB}": [{listed}]{more}}}'


POLICIES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "the branch, with ids": ((trust(equals(f"{IMMUTABLE}:{MAIN}")),), {"main"}),
    "the environment, with ids": ((trust(equals(f"{IMMUTABLE}:{PRODUCTION}")),), {"the environment"}),
    "pull requests, with ids": ((trust(equals(f"{IMMUTABLE}:pull_request")),), {"a pull request"}),
    "a tag, with ids": ((trust(equals(f"{IMMUTABLE}:ref:refs/tags/v1")),), {"a tag"}),
    "the branch, classic": ((trust(equals(f"{CLASSIC}:{MAIN}")),), {"main, classic"}),
    # Whoever gets the name after us gets the role: what the ids are for.
    "the environment, classic": (
        (trust(equals(f"{CLASSIC}:{PRODUCTION}")),),
        {"the environment, classic", "who took the name over, classic"},
    ),
    "both forms, and the id": (
        (
            trust(
                equals(
                    f"{IMMUTABLE}:{PRODUCTION}",
                    f"{CLASSIC}:{PRODUCTION}",
                    more=f', "{PROVIDER}:repository_id": "{ID}"',
                )
            ),
        ),
        {"the environment", "the environment, classic"},
    ),
    "a wildcard under StringEquals": ((trust(equals(f"{IMMUTABLE}:*")),), set()),
    "a wildcard under StringLike": (
        (trust(f'StringEquals: {{{AUD}}}, StringLike: {{"{SUB}": "{IMMUTABLE}:ref:refs/heads/*"}}'),),
        {"main", "another branch", "a branch that begins alike"},
    ),
    "a wildcard for the ids": (
        (trust(f'StringEquals: {{{AUD}}}, StringLike: {{"{SUB}": "repo:octo-org*/comments*:{MAIN}"}}'),),
        {"main", "main, classic"},
    ),
    "any case": (
        (trust(f'StringEquals: {{{AUD}}}, StringEqualsIgnoreCase: {{"{SUB}": "{IMMUTABLE}:{PRODUCTION}"}}'),),
        {"the environment", "the environment in other case"},
    ),
    "everything but pull requests": (
        (
            trust(
                f'StringEquals: {{{AUD}}}, StringLike: {{"{SUB}": "{IMMUTABLE}:*"}}, '
                f'StringNotEquals: {{"{SUB}": "{IMMUTABLE}:pull_request"}}'
            ),
        ),
        {
            "main",
            "another branch",
            "a branch that begins alike",
            "a tag",
            "a tag called main",
            "the environment",
            "another environment",
            "the environment in other case",
        },
    ),
    "everything, and a statement that denies what is no environment": (
        (
            trust(f'StringEquals: {{{AUD}}}, StringLike: {{"{SUB}": "{IMMUTABLE}:*"}}'),
            trust(f'StringNotLike: {{"{SUB}": "*:environment:production"}}', effect="Deny"),
        ),
        {"the environment"},
    ),
    "no audience asked for": (
        (trust(f'StringEquals: {{"{SUB}": "{IMMUTABLE}:{PRODUCTION}"}}'),),
        {"the environment", "meant for somebody else"},
    ),
    "a claim that this token may not have": (
        (trust(equals(f"{IMMUTABLE}:{MAIN}", more=f', "{PROVIDER}:environment": production')),),
        set(),
    ),
    "no subject asked for": ((trust(f"StringEquals: {{{AUD}}}"),), set(TOKENS) - {"meant for somebody else"}),
}
"""Statements by what they are, each with the tokens that they let in; every other token is kept out."""


def verdict(statements: tuple[str, ...], token_name: str, folder: Path) -> str:
    listed = textwrap.indent("\n".join(f"- {statement}" for statement in statements), " " * 10)
    path = folder / "App.yaml"
    path.write_text(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n"
        f"      AssumeRolePolicyDocument:\n        Statement:\n{listed}\n"
    )
    (assembly,) = load([path])
    identity = build_site(assembly).identity
    (role,) = identity.roles.values()
    token = TOKENS.get(token_name, ELSEWHERE)
    return token_may_assume(identity, role, token).verdict


@pytest.mark.parametrize("token_name", TOKENS)
@pytest.mark.parametrize("policy", POLICIES)
def test_trust(policy: str, token_name: str, tmp_path: Path):
    statements, let_in = POLICIES[policy]
    wanted = "proven" if token_name in let_in else "refuted"
    assert verdict(statements, token_name, tmp_path) == wanted


@pytest.mark.parametrize("policy", POLICIES)
def test_another_provider_is_kept_out(policy: str, tmp_path: Path):
    assert verdict(POLICIES[policy][0], "of another provider", tmp_path) == "refuted"


@pytest.mark.parametrize(
    "condition",
    [
        f'StringEquals: {{"{SUB}": !Ref Subject}}',
        f'StringLike: {{"{SUB}": "${{aws:PrincipalTag/repo}}"}}',
        'IpAddress: {"aws:SourceIp": 192.0.2.0/24}',
        'StringEquals: {"aws:RequestedRegion": eu-west-1}',
    ],
)
def test_what_only_the_request_tells_stays_open(condition: str, tmp_path: Path):
    assert verdict((trust(condition),), "main", tmp_path) == "unproven"
