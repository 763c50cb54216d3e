#!/usr/bin/env python3
"""Posts a comment to the service at URL and lists it again: `scripts/smoke.py URL`.

The same test runs after `make up` and, through the load balancer's name, after a deployment. It needs
nothing but Python, and exits with 1 and a sentence when an answer is wrong.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus

TIMEOUT_SECONDS = 20
ATTEMPTS = 6


def call(request: urllib.request.Request | str) -> object:
    """The JSON that the service answers with."""
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - the user's URL
        return json.load(response)


def when_awake(request: urllib.request.Request) -> object:
    """The same, asked again while a database that was paused wakes: 503 says when to come back."""
    for _ in range(ATTEMPTS):
        try:
            return call(request)
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            time.sleep(int(error.headers.get("Retry-After", "5")))
    return call(request)


def smoke(base: str) -> str:
    """Posts and lists one comment under a content id of its own; what was seen, in a sentence."""
    content_id = f"smoke-{time.time_ns()}"
    comment = {"email": "smoke@example.com", "comment": "does it come up?", "content_id": content_id}
    post = urllib.request.Request(  # noqa: S310 - the user's URL
        f"{base}/api/comment/new",
        data=json.dumps(comment).encode(),
        headers={"Content-Type": "application/json"},
    )
    created = when_awake(post)
    wanted = f"comment created and associated with content_id {content_id}"
    if created != {"status": "SUCCESS", "message": wanted}:
        raise ValueError(f"POST /api/comment/new answered {created}")
    listed = call(f"{base}/api/comment/list/{content_id}")
    if listed != [{"email": comment["email"], "comment": comment["comment"]}]:
        raise ValueError(f"GET /api/comment/list/{content_id} answered {listed}")
    return f"posted a comment and listed it: {base}/api/comment/list/{content_id}"


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its URL
        sys.exit("usage: scripts/smoke.py URL")
    try:
        print(smoke(sys.argv[1].rstrip("/")))
    except (urllib.error.URLError, ValueError, OSError) as error:
        sys.exit(f"the smoke test failed: {error}")
