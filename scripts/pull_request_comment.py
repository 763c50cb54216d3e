#!/usr/bin/env python3
"""Puts a report under a pull request, in one comment that it keeps up to date.

`scripts/pull_request_comment.py FILE` needs nothing but Python. GITHUB_TOKEN, GITHUB_REPOSITORY and
PULL_REQUEST, its number, come from the environment.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

MARK = "<!-- what this changes on AWS -->"
LONGEST = 65_000
TIMEOUT_SECONDS = 20
A_PAGE = 100


def call(url: str, *, token: str, method: str = "GET", body: object = None) -> Any:
    """What GitHub's REST API answers.

    https://docs.github.com/en/rest/issues/comments
    """
    request = urllib.request.Request(  # noqa: S310 - GitHub's own address
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - likewise
        return json.load(response)


def publish(text: str, *, api: str, repository: str, number: int, token: str) -> str:
    """The address of the comment, which is made once and then changed."""
    comments = f"{api}/repos/{repository}/issues/{number}/comments"
    body = {"body": f"{MARK}\n{text}"[:LONGEST]}
    page = 1
    while found := call(f"{comments}?per_page={A_PAGE}&page={page}", token=token):
        for comment in found:
            if comment["body"].startswith(MARK):
                return call(comment["url"], token=token, method="PATCH", body=body)["html_url"]
        page += 1
    return call(comments, token=token, method="POST", body=body)["html_url"]


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its file
        sys.exit("usage: scripts/pull_request_comment.py FILE")
    print(
        publish(
            Path(sys.argv[1]).read_text(encoding="utf-8"),
            api=os.environ.get("GITHUB_API_URL", "https://api.github.com"),
            repository=os.environ["GITHUB_REPOSITORY"],
            number=int(os.environ["PULL_REQUEST"]),
            token=os.environ["GITHUB_TOKEN"],
        )
    )
