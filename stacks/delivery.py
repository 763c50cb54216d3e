"""Who may deliver from GitHub: its OpenID Connect provider, and a role for each kind of job."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import CfnOutput, DefaultStackSynthesizer, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam

from stacks.security import accept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
BRANCH = "main"
ENVIRONMENT = "production"


class DeliveryStack(Stack):
    """Roles for the jobs of one repository; none has a key that could leak, none may do more than its job.

    Attributes:
        deploy_role: deploys, from jobs of the environment `production`, which may wait for an approval.
        publish_role: pushes the image, from the branch `main`.
        pull_request_role: reads which templates are deployed, from pull requests.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        repository: str,
        provider_arn: str | None,
        stack_names: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id, description=f"Delivery from GitHub: {repository}")
        self._repository = repository
        self._provider_arn = provider_arn or self._provider().attr_arn
        self.deploy_role = self._role(
            "Deploy",
            job=f"environment:{ENVIRONMENT}",
            may=self._assume("deploy", "file-publishing"),
        )
        self.publish_role = self._role(
            "Publish", job=f"ref:refs/heads/{BRANCH}", may=self._assume("image-publishing")
        )
        self.pull_request_role = self._role(
            "PullRequest", job="pull_request", may=self._read_templates(stack_names)
        )

    def _provider(self) -> iam.CfnOIDCProvider:
        """GitHub's provider, of which an account has one; it stays, since other stacks may trust it by now.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        """
        provider = iam.CfnOIDCProvider(self, "GitHub", url=f"https://{HOST}", client_id_list=[AUDIENCE])
        provider.apply_removal_policy(RemovalPolicy.RETAIN)
        return provider

    def _role(self, name: str, *, job: str, may: iam.PolicyStatement) -> iam.Role:
        """A role that `job` of the repository alone may assume, and its ARN as the output `NameRoleArn`."""
        principal = iam.WebIdentityPrincipal(self._provider_arn, trust(self._repository, job=job))
        role = iam.Role(
            self,
            name,
            assumed_by=cast("iam.IPrincipal", principal),
            description=f"GitHub: {job}",
            inline_policies={name: iam.PolicyDocument(statements=[may])},
        )
        CfnOutput(self, f"{name}RoleArn", value=role.role_arn, description=f"For jobs with {job}")
        return role

    def _assume(self, *kinds: str) -> iam.PolicyStatement:
        """To assume roles of `cdk bootstrap`, which hold every permission that a deployment takes (G6).

        https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
        """
        qualifier = cast("DefaultStackSynthesizer", self.synthesizer).bootstrap_qualifier
        names = [f"cdk-{qualifier}-{kind}-role-{self.account}-{self.region}" for kind in kinds]
        return iam.PolicyStatement(actions=["sts:AssumeRole"], resources=list(map(self._role_arn, names)))

    def _role_arn(self, name: str) -> str:
        return self.format_arn(service="iam", region="", resource="role", resource_name=name)

    def _read_templates(self, stack_names: Sequence[str]) -> iam.PolicyStatement:
        """To read what `cdk diff` compares with; CDK's look-up role could read all data of the account."""
        arns = [
            self.format_arn(service="cloudformation", resource="stack", resource_name=f"{name}/*")
            for name in stack_names
        ]
        for name in stack_names:
            stack = f"arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/{name}/*"
            accept(self, f"IAM5[Resource::{stack}]", "CloudFormation puts a random id behind a stack's name")
        return iam.PolicyStatement(actions=["cloudformation:GetTemplate"], resources=arns)


def trust(repository: str, *, job: str) -> dict[str, dict[str, str | list[str]]]:
    """The conditions under which a token is from `job` of `repository`, as in `OWNER@ID/REPOSITORY@ID`.

    Repositories created, renamed or transferred after 15 July 2026 send their ids in the subject, others do
    so when they are told to (G2). Both forms are let in, and the id is asked for beside them: whoever gets
    the name after us does not get the role.
    https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    """
    owner, name = repository.split("/")
    classic = f"{owner.partition('@')[0]}/{name.partition('@')[0]}"
    return {
        "StringEquals": {
            f"{HOST}:aud": AUDIENCE,
            f"{HOST}:sub": [f"repo:{repository}:{job}", f"repo:{classic}:{job}"],
            f"{HOST}:repository_id": name.partition("@")[2],
        }
    }
