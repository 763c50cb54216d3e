import json
import re
from typing import Any

import pytest

from cais.site.build import build_site
from cais.site.model.identity import Role
from cais.site.model.site import Site
from cais.site.trust import token_may_assume
from cais.template import load
from tests.synthesis import Assembly, Synthesize
from tests.unit.delivery.tokens import ELSEWHERE, ID, NAME, OWNER, OWNER_ID, PROVIDER, TOKENS

pytestmark = pytest.mark.cdk

STACK = "DeliveryStack"
ROLE = "AWS::IAM::Role"
REPOSITORY = f"{OWNER}@{OWNER_ID}/{NAME}@{ID}"
LET_IN = {
    "Deploy": {"the environment", "the environment, classic"},
    "Publish": {"main", "main, classic"},
    "PullRequest": {"a pull request", "a pull request, classic"},
}


@pytest.fixture
def assembly(synthesize: Synthesize) -> Assembly:
    return synthesize(github_repository=REPOSITORY)


def role(site: Site, name: str) -> Role:
    path = f"{STACK}/{name}/Resource"
    (found,) = (each for each in site.identity.roles.values() if each.subject.construct_path == path)
    return found


def allowed(assembly: Assembly, name: str) -> list[dict[str, Any]]:
    (given,) = (
        properties
        for logical_id, resource in assembly.resources(STACK, ROLE).items()
        if logical_id.startswith(name) and (properties := resource["Properties"])
    )
    assert not given.get("ManagedPolicyArns")
    return [statement for policy in given["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def test_without_a_repository_there_is_no_stack_and_nobody_is_admitted(synthesize: Synthesize):
    assembly = synthesize()
    assert STACK not in assembly.stacks
    assert not any("Delivery" in name for name in assembly.resources("EksStack", "AWS::EKS::AccessEntry"))


@pytest.mark.parametrize("token", [*TOKENS, "of another provider"])
def test_each_role_lets_its_own_job_in_and_nobody_else(assembly: Assembly, token: str):
    (loaded,) = load([assembly.folder])
    site = build_site(loaded)
    proofs = {
        name: token_may_assume(site.identity, role(site, name), TOKENS.get(token, ELSEWHERE)).verdict
        for name in LET_IN
    }
    assert proofs == {name: "proven" if token in tokens else "refuted" for name, tokens in LET_IN.items()}


def test_the_roles_assume_roles_of_the_bootstrap_alone(assembly: Assembly):
    wanted = {"Deploy": ["deploy", "file-publishing"], "Publish": ["image-publishing"]}
    for name, kinds in wanted.items():
        (statement,) = allowed(assembly, name)
        assert statement["Action"] == "sts:AssumeRole"
        resources = json.dumps(statement["Resource"])
        assert re.findall(r"role/cdk-hnb659fds-([a-z-]+)-role-", resources) == kinds
        assert "*" not in resources


def test_pull_requests_read_the_templates_of_our_stacks_and_nothing_else(synthesize: Synthesize):
    assembly = synthesize(github_repository=REPOSITORY, alarm_email="team@example.org")
    (statement,) = allowed(assembly, "PullRequest")
    assert statement["Action"] == "cloudformation:GetTemplate"
    named = re.findall(r":stack/(\w+)/\*", json.dumps(statement["Resource"]))
    assert set(named) == assembly.stacks


def test_an_existing_provider_is_used_and_none_made(synthesize: Synthesize, assembly: Assembly):
    arn = f"arn:aws:iam::123456789012:oidc-provider/{PROVIDER}"
    kind = "AWS::IAM::OIDCProvider"
    assert assembly.one(STACK, kind) == {"ClientIdList": ["sts.amazonaws.com"], "Url": f"https://{PROVIDER}"}
    other = synthesize(github_repository=REPOSITORY, github_provider_arn=arn)
    assert not other.all(STACK, kind)
    for each in other.all(STACK, ROLE):
        (statement,) = each["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Federated": arn}


def test_the_cluster_admits_the_deploy_role_to_the_service_s_namespace(assembly: Assembly):
    entries = assembly.resources("EksStack", "AWS::EKS::AccessEntry")
    ((_, entry),) = ((name, each) for name, each in entries.items() if name.startswith("Delivery"))
    properties = entry["Properties"]
    assert "DeliveryStack:ExportsOutputFnGetAttDeploy" in json.dumps(properties["PrincipalArn"])
    (policy,) = properties["AccessPolicies"]
    assert policy["AccessScope"] == {"Namespaces": ["comments"], "Type": "namespace"}
    assert "AmazonEKSEditPolicy" in json.dumps(policy["PolicyArn"])


def test_there_is_no_security_finding(assembly: Assembly):
    assert [finding for finding in assembly.findings() if finding["severity"] != "warning"] == []


def test_the_outputs_name_what_the_workflows_are_told(assembly: Assembly):
    outputs = json.loads(assembly.text(STACK))["Outputs"]
    assert {name for name in outputs if name.endswith("RoleArn")} == {f"{name}RoleArn" for name in LET_IN}
