"""What the rules know of AWS's own policies, against the copies of them that moto has."""

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from cais.site.managed_policies import ALLOWED, ALLOWED_TO_CLUSTERS, CLUSTER_TAG

OF_AWS: dict[str, Any] = json.loads(aws_managed_policies_data)
KNOWN = {**ALLOWED, **ALLOWED_TO_CLUSTERS}


def document(name: str) -> Any:
    return OF_AWS[name.rpartition("/")[2]]["Document"]["Statement"]


def actions(statements: Any) -> Iterator[str]:
    for each in statements if isinstance(statements, list) else [statements]:
        given = each.get("Action", ())
        yield from ([given] if isinstance(given, str) else given) if each["Effect"] == "Allow" else ()


@pytest.mark.parametrize("name", KNOWN)
def test_a_policy_of_aws_allows_what_the_rules_know_of_it(name: str):
    given = [pattern.lower() for pattern in actions(document(name))]
    missing = {
        action
        for action in KNOWN[name]
        if not any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in given)
    }
    assert not missing


@pytest.mark.parametrize("name", ALLOWED_TO_CLUSTERS)
def test_policies_of_auto_mode_rest_on_the_tag_of_the_cluster(name: str):
    assert f"${{{CLUSTER_TAG}}}" in json.dumps(document(name))
