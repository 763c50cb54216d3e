"""Claims of the tokens that GitHub gives to jobs, in the shapes of its documentation.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

from msgspec.structs import replace

from cais.site.model.identity import WebIdentity

PROVIDER = "token.actions.githubusercontent.com"
OWNER, OWNER_ID, NAME, ID = "octo-org", "65", "comments", "1296269"
CLASSIC = f"repo:{OWNER}/{NAME}"
IMMUTABLE = f"repo:{OWNER}@{OWNER_ID}/{NAME}@{ID}"
MAIN = "ref:refs/heads/main"


def token(context: str, *, prefix: str = IMMUTABLE, **claims: str) -> WebIdentity:
    """The token of a job of `github_repository`, by the end of its subject."""
    given = {
        "sub": f"{prefix}:{context}",
        "aud": "sts.amazonaws.com",
        "iss": f"https://{PROVIDER}",
        "repository": f"{OWNER}/{NAME}",
        "repository_id": ID,
        "repository_owner": OWNER,
        "repository_owner_id": OWNER_ID,
        "repository_visibility": "private",
        "ref": "refs/heads/main",
        "ref_type": "branch",
        "event_name": "push",
        "actor": "octocat",
        "actor_id": "12",
        "workflow": "deploy",
        "job_workflow_ref": f"{OWNER}/{NAME}/.github/workflows/deploy.yml@refs/heads/main",
        "runner_environment": "github-hosted",
        **claims,
    }
    return WebIdentity(provider=PROVIDER, claims=given)


PULL_REQUEST = {
    "event_name": "pull_request",
    "ref": "refs/pull/7/merge",
    "base_ref": "main",
    "head_ref": "topic",
}

TOKENS: dict[str, WebIdentity] = {
    "main": token(MAIN),
    "another branch": token("ref:refs/heads/topic", ref="refs/heads/topic"),
    "a branch that begins alike": token("ref:refs/heads/main-2", ref="refs/heads/main-2"),
    "a tag": token("ref:refs/tags/v1", ref="refs/tags/v1", ref_type="tag"),
    "a tag called main": token("ref:refs/tags/main", ref="refs/tags/main", ref_type="tag"),
    "a pull request": token("pull_request", **PULL_REQUEST),
    "the environment": token("environment:production", environment="production"),
    "another environment": token("environment:staging", environment="staging"),
    "the environment in other case": token("environment:Production", environment="Production"),
    "main, classic": token(MAIN, prefix=CLASSIC),
    "another branch, classic": token("ref:refs/heads/topic", prefix=CLASSIC, ref="refs/heads/topic"),
    "a tag, classic": token("ref:refs/tags/v1", prefix=CLASSIC, ref="refs/tags/v1", ref_type="tag"),
    "a pull request, classic": token("pull_request", prefix=CLASSIC, **PULL_REQUEST),
    "the environment, classic": token("environment:production", prefix=CLASSIC, environment="production"),
    "a fork": token(
        MAIN,
        prefix=f"repo:mallory@66/{NAME}@777",
        repository=f"mallory/{NAME}",
        repository_id="777",
        repository_owner="mallory",
        repository_owner_id="66",
    ),
    "a fork's environment, classic": token(
        "environment:production",
        prefix=f"repo:mallory/{NAME}",
        repository=f"mallory/{NAME}",
        repository_id="777",
        repository_owner="mallory",
        repository_owner_id="66",
    ),
    "who took the name over, classic": token(
        "environment:production", prefix=CLASSIC, repository_id="888", repository_owner_id="67"
    ),
    "who took the name over": token(
        "environment:production",
        prefix=f"repo:{OWNER}@67/{NAME}@888",
        repository_id="888",
        repository_owner_id="67",
    ),
    "meant for somebody else": token(
        "environment:production", aud=f"https://github.com/{OWNER}", environment="production"
    ),
}
"""Every kind of token. A job of a pull request from a fork gets none, unless its maintainers let it write."""

ELSEWHERE = replace(TOKENS["the environment"], provider="ci.example.org")
"""The right claims, of a provider that is not GitHub's."""
