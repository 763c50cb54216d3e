"""What the rules of delivery say of workflows and roles."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from hypothesis import strategies as st

from cais.findings import Finding
from cais.preflight import preflight
from cais.rules.catalogue import rules_of
from cais.rules.rule import RuleModule
from tests.unit.delivery.tokens import CLASSIC, ID, IMMUTABLE, MAIN, PROVIDER

SUB, AUD = f"{PROVIDER}:sub", f"{PROVIDER}:aud"
RULES = rules_of("OIDC")
ON_MAIN = "on: {push: {branches: [main]}}"
ASSUME = """\
      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c
        with: {role-to-assume: "${{ vars.ROLE }}", aws-region: eu-west-1}
"""
BOOTSTRAP = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds"
REGIONAL = "role-${AWS::AccountId}-${AWS::Region}"


AUDIENCE = f'"ForAnyValue:StringEquals": {{"{AUD}": sts.amazonaws.com}}'


def role(*subjects: str, operator: str = "StringEquals", more: str = "", may: str = "[]") -> str:
    listed = ", ".join(f'"{subject}"' for subject in subjects)
    asked = f'{operator}: {{"{SUB}": [{listed}]}}, ' if subjects else ""
    return f"""
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: deployer
      Policies: {may}
      AssumeRolePolicyDocument:
        Statement:
        - Effect: Allow
          Principal: {{Federated: "arn:aws:iam::123456789012:oidc-provider/{PROVIDER}"}}
          Action: sts:AssumeRoleWithWebIdentity
          Condition: {{{asked}{more or AUDIENCE}}}
"""


def workflow(
    on: str = ON_MAIN, *, job: str = "", steps: str = ASSUME, permissions: str = "{id-token: write}"
) -> str:
    head = f"    {job.strip()}\n" if job else ""
    return (
        f"{on}\njobs:\n  deploy:\n    permissions: {permissions}\n    runs-on: x\n{head}    steps:\n{steps}"
    )


def said(rule: str, folder: Path, *, workflow: str = "", template: str = "") -> list[Finding]:
    paths: list[Path] = []
    if workflow:
        paths.append(folder / ".github" / "workflows")
        paths[0].mkdir(parents=True)
        (paths[0] / "deploy.yml").write_text(workflow)
    if template:
        paths.append(folder / "App.yaml")
        paths[-1].write_text(template)
    return [finding for finding in preflight(paths).findings if finding.rule == rule]


def verdicts(rule: str, folder: Path, *, workflow: str = "", template: str = "") -> list[str]:
    return [finding.verdict for finding in said(rule, folder, workflow=workflow, template=template)]


IF_MAIN = "if: github.ref == 'refs/heads/main'"
MAIN_ROLE = role(f"{IMMUTABLE}:ref:refs/heads/main")
PRODUCTION_ROLE = role(f"{IMMUTABLE}:environment:production")


@pytest.mark.parametrize(
    ("given", "template", "verdict"),
    [
        (workflow(), MAIN_ROLE, "proven"),
        (workflow(job="environment: production\n"), MAIN_ROLE, "refuted"),
        (workflow(job="environment: production\n"), PRODUCTION_ROLE, "proven"),
        (workflow(job="environment: {name: production, url: x}\n"), PRODUCTION_ROLE, "proven"),
        (workflow(job="environment: Production\n"), PRODUCTION_ROLE, "refuted"),
        (workflow(job="environment: ${{ matrix.to }}\n"), PRODUCTION_ROLE, "unproven"),
        (workflow(job="environment: ${{ matrix.to }}\n"), MAIN_ROLE, "refuted"),
        (workflow("on: pull_request"), MAIN_ROLE, "refuted"),
        (workflow("on: pull_request"), role(f"{IMMUTABLE}:pull_request"), "proven"),
        (workflow("on: [pull_request, workflow_dispatch]"), MAIN_ROLE, "unproven"),
        (workflow("on: {push: {tags: [v1]}}"), MAIN_ROLE, "refuted"),
        (workflow("on: {push: {tags: ['v*']}}"), MAIN_ROLE, "refuted"),
        (workflow("on: {push: {branches: [topic]}}"), MAIN_ROLE, "refuted"),
        (workflow("on: {push: {branches: ['m*']}}"), MAIN_ROLE, "unproven"),
        (workflow("on: {push: {branches-ignore: [topic]}}"), MAIN_ROLE, "unproven"),
        (workflow("on: push"), MAIN_ROLE, "unproven"),
        (workflow("on: {release: {types: [published]}}"), MAIN_ROLE, "refuted"),
        (workflow("on: {schedule: [{cron: '0 0 * * *'}]}"), MAIN_ROLE, "unproven"),
        (workflow("on: workflow_call"), MAIN_ROLE, "unproven"),
        (workflow("on: workflow_dispatch"), MAIN_ROLE, "unproven"),
        (workflow("on: workflow_dispatch", job=IF_MAIN), MAIN_ROLE, "proven"),
        (workflow("on: workflow_dispatch", job=IF_MAIN), PRODUCTION_ROLE, "refuted"),
        (workflow("on: workflow_dispatch", job=f"{IF_MAIN} || github.actor == 'me'"), MAIN_ROLE, "unproven"),
        (workflow("on: workflow_dispatch", job=f"{IF_MAIN} && inputs.really"), MAIN_ROLE, "proven"),
        (workflow(), role(f"{IMMUTABLE}:*"), "refuted"),
        (workflow(), role(f"{IMMUTABLE}:*", operator="StringLike"), "proven"),
        (workflow(), role("repo:octo-org*/*", operator="StringLike"), "unproven"),
        (workflow(), role(f"{CLASSIC}:ref:refs/heads/main"), "proven"),
        (
            workflow(),
            role(
                f"{IMMUTABLE}:ref:refs/heads/main", more=f'StringLike: {{"{PROVIDER}:repository_id": "{ID}"}}'
            ),
            "proven",
        ),
        (
            workflow(),
            role(f"{IMMUTABLE}:ref:refs/heads/main", more=f'StringLike: {{"{PROVIDER}:repository_id": "7"}}'),
            "refuted",
        ),
        (workflow(steps=ASSUME.replace("aws-region", "audience: other, aws-region")), MAIN_ROLE, "refuted"),
        (
            workflow(steps=ASSUME.replace("${{ vars.ROLE }}", "arn:aws:iam::1:role/deployer")),
            MAIN_ROLE,
            "proven",
        ),
        (
            workflow(steps=ASSUME.replace("${{ vars.ROLE }}", "arn:aws:iam::1:role/other")),
            MAIN_ROLE,
            "unproven",
        ),
        (workflow(), "", "unproven"),
    ],
)
def test_a_job_gets_in_where_a_role_trusts_its_subject(
    given: str, template: str, verdict: str, tmp_path: Path
):
    assert verdicts("OIDC101", tmp_path, workflow=given, template=template) == [verdict]


def test_a_job_that_is_kept_out_is_marked_on_its_line_with_what_was_wanted(tmp_path: Path):
    (found,) = said(
        "OIDC101", tmp_path, workflow=workflow(job="environment: production\n"), template=MAIN_ROLE
    )
    assert found.subject.template.endswith(".github/workflows/deploy.yml")
    assert (found.subject.logical_id, found.subject.line) == ("deploy", 3)
    assert found.evidence == (
        f"The token's subject is {IMMUTABLE}:environment:production",
        f"Role wants {SUB} StringEquals {IMMUTABLE}:{MAIN}; it is {IMMUTABLE}:environment:production",
    )


def test_a_job_with_keys_of_its_own_needs_no_token(tmp_path: Path):
    given = workflow(steps=ASSUME.replace("aws-region", "aws-access-key-id: x, aws-region"))
    assert verdicts("OIDC101", tmp_path, workflow=given) == []


@pytest.mark.parametrize(
    ("permissions", "verdict"),
    [
        ("{id-token: write}", "proven"),
        ("write-all", "proven"),
        ("{contents: read}", "refuted"),
        ("{id-token: read}", "refuted"),
        ("{}", "refuted"),
        ("read-all", "refuted"),
    ],
)
def test_a_job_asks_for_a_token_with_the_permission_alone(permissions: str, verdict: str, tmp_path: Path):
    assert verdicts("OIDC102", tmp_path, workflow=workflow(permissions=permissions)) == [verdict]


def test_permissions_of_the_workflow_hold_for_jobs_without_any(tmp_path: Path):
    given = workflow().replace("    permissions: {id-token: write}\n", "")
    assert verdicts("OIDC102", tmp_path, workflow=f"permissions: {{id-token: write}}\n{given}") == ["proven"]


@pytest.mark.parametrize(
    ("template", "verdict"),
    [
        (role(f"{IMMUTABLE}:*"), "refuted"),
        (role(f"{IMMUTABLE}:*", operator="StringEqualsIgnoreCase"), "refuted"),
        (role(f"{IMMUTABLE}:*", operator="StringLike"), "proven"),
        (role(f"{IMMUTABLE}:*", f"{IMMUTABLE}:pull_request"), "proven"),
        (MAIN_ROLE, "proven"),
    ],
)
def test_a_wildcard_is_none_under_string_equals(template: str, verdict: str, tmp_path: Path):
    assert verdicts("OIDC103", tmp_path, template=template) == [verdict]


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        (role(f"{CLASSIC}:pull_request"), ["unproven"]),
        (role(f"{IMMUTABLE}:pull_request"), ["proven"]),
        (role(f"{CLASSIC}:pull_request", f"{IMMUTABLE}:pull_request"), ["proven"]),
        (role("repo:octo-org*/comments*:pull_request", operator="StringLike"), ["proven"]),
        (role("repo:octo-org/*", operator="StringLike"), []),
        (role(), []),
    ],
)
def test_subjects_with_ids_get_in_where_they_are_named(template: str, wanted: list[str], tmp_path: Path):
    assert verdicts("OIDC104", tmp_path, template=template) == wanted


@pytest.mark.parametrize(
    ("template", "faults"),
    [
        (MAIN_ROLE, 0),
        (role(), 1),
        (role(f"{IMMUTABLE}:pull_request", more='IpAddress: {"aws:SourceIp": 192.0.2.0/24}'), 1),
        (role("repo:octo-org/*", operator="StringLike"), 1),
        (role(f"{CLASSIC}:*", operator="StringLike"), 1),
        (role(f"{CLASSIC}:ref:refs/heads/*", operator="StringLike"), 0),
        (role(more='IpAddress: {"aws:SourceIp": 192.0.2.0/24}'), 2),
    ],
)
def test_a_role_that_lets_more_in_than_it_must_is_advised_against(template: str, faults: int, tmp_path: Path):
    (found,) = said("OIDC105", tmp_path, template=template)
    assert (found.verdict, len(found.evidence)) == ("advice" if faults else "proven", faults)


@pytest.mark.parametrize(
    ("push", "deploy", "needs", "wanted"),
    [
        ("docker push comments", "helm upgrade --install comments chart", "", ["refuted"]),
        ("docker push comments", "helm upgrade --install comments chart", "needs: build, ", ["proven"]),
        ("docker push comments", "helm upgrade --install comments chart", "needs: [test], ", ["proven"]),
        ("docker buildx build --push .", "kubectl set image deployment/x x=y", "", ["refuted"]),
        ("docker build .", "helm upgrade comments chart", "", []),
        ("docker push comments", "npx cdk deploy EcsStack", "", []),
        ("docker push comments", "echo done", "", []),
    ],
)
def test_what_deploys_waits_for_what_pushes(
    push: str, deploy: str, needs: str, wanted: list[str], tmp_path: Path
):
    given = f"""
{ON_MAIN}
jobs:
  build: {{steps: [{{run: "{push}"}}]}}
  test: {{needs: build, steps: [{{run: make test}}]}}
  deploy: {{{needs}steps: [{{run: "{deploy}"}}]}}
"""
    assert verdicts("OIDC106", tmp_path, workflow=given) == wanted


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("{run: docker push comments}", ["proven"]),
        ("{run: docker push comments || true}", ["advice"]),
        ("{run: 'docker push comments || echo no'}", ["advice"]),
        ('{run: "set +e\\ndocker push comments"}', ["advice"]),
        ('{run: "docker push \\\\\\n comments || true"}', ["advice"]),
        ('{run: "grep x y || true\\ndocker push comments"}', ["proven"]),
        ('{run: "# docker push comments || true"}', []),
        ("{run: npx cdk deploy EcsStack || true}", ["advice"]),
        ("{uses: docker/build-push-action@x, with: {push: true}, continue-on-error: true}", ["advice"]),
        ("{uses: docker/build-push-action@x, with: {push: true}}", ["proven"]),
        ("{run: make test || true}", []),
    ],
)
def test_a_failure_that_is_hidden_is_advised_against(step: str, wanted: list[str], tmp_path: Path):
    given = f"{ON_MAIN}\njobs:\n  build:\n    steps:\n      - {step}\n"
    assert verdicts("OIDC107", tmp_path, workflow=given) == wanted


def allow(action: str, resource: str) -> str:
    statement = f'{{Effect: Allow, Action: "{action}", Resource: !Sub "{resource}"}}'
    return f"[{{PolicyName: x, PolicyDocument: {{Statement: [{statement}]}}}}]"


@pytest.mark.parametrize(
    ("may", "wanted"),
    [
        (allow("sts:AssumeRole", f"{BOOTSTRAP}-deploy-{REGIONAL}"), ["proven"]),
        (allow("sts:AssumeRole", f"{BOOTSTRAP}-*"), ["proven"]),
        (allow("sts:AssumeRole", f"{BOOTSTRAP}-file-publishing-{REGIONAL}"), ["refuted"]),
        (allow("cloudformation:*", "*"), ["refuted"]),
        ("[]", ["refuted"]),
    ],
)
def test_who_deploys_with_cdk_may_assume_its_roles(may: str, wanted: list[str], tmp_path: Path):
    given = workflow(steps=f"{ASSUME}      - run: npx cdk deploy EcsStack\n")
    template = role(f"{IMMUTABLE}:ref:refs/heads/main", may=may)
    assert verdicts("OIDC108", tmp_path, workflow=given, template=template) == wanted


def test_whom_no_role_lets_in_is_not_asked_what_he_may(tmp_path: Path):
    given = workflow("on: pull_request", steps=f"{ASSUME}      - run: npx cdk deploy EcsStack\n")
    assert verdicts("OIDC108", tmp_path, workflow=given, template=MAIN_ROLE) == []


AROUND: dict[str, Callable[[str], str]] = {
    "OIDC101": lambda sample: f"{sample}    steps:\n{ASSUME}",
    "OIDC102": lambda sample: sample + workflow().replace("    permissions: {id-token: write}\n", ""),
    "OIDC108": lambda _: workflow(steps=f"{ASSUME}      - run: npx cdk deploy EcsStack\n"),
}
"""What a workflow has beside the sample of a rule's page."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.RULE.id)
def test_the_sample_of_a_rules_page_is_found(rule: RuleModule, tmp_path: Path):
    sample = textwrap.dedent((rule.__doc__ or "").partition("\nSample:\n")[2].partition("\nSources:")[0])
    if "Type: AWS::IAM::Role" in sample:
        template, given = f"Resources:\n{textwrap.indent(sample, '  ')}", ""
    else:
        around = AROUND.get(rule.RULE.id, lambda sample: f"{ON_MAIN}\n{sample}")
        template, given = MAIN_ROLE, around(sample)
    assert set(verdicts(rule.RULE.id, tmp_path, workflow=given, template=template)) - {"proven"}


@pytest.mark.parametrize(
    ("text", "told"), [("jobs: [", "is not YAML"), ("a: 1", "it has no jobs"), ("- 1", "it has no jobs")]
)
def test_a_file_that_is_no_workflow_is_told(text: str, told: str, tmp_path: Path):
    with pytest.raises(ValueError, match=told):
        said("OIDC101", tmp_path, workflow=text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab*/${} =", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["on", "jobs", "steps", "with", "run", "uses", "needs", "push", "branches", "x"])
            | st.sampled_from(["environment", "permissions", "name", "if", "role-to-assume"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis.given(jobs=st.dictionaries(st.sampled_from(["a", "b"]), VALUES, min_size=1), on=VALUES)
def test_whatever_a_workflow_holds_is_read(jobs: dict[str, object], on: object):
    with TemporaryDirectory() as folder:
        path = Path(folder, ".github", "workflows", "any.yml")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"on": on, "jobs": jobs}))
        assert preflight([path]).summary["refuted"] >= 0
