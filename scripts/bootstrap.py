"""The roles, the bucket and the repository that `cdk bootstrap` makes in an account and region.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.exceptions import NoRegionError

QUALIFIER = "hnb659fds"


@dataclass(frozen=True)
class Bootstrap:
    """What the bootstrap stack of one account and region is called."""

    account: str
    region: str

    @property
    def bucket(self) -> str:
        """Where file assets and large templates are kept."""
        return f"cdk-{QUALIFIER}-assets-{self.account}-{self.region}"

    @property
    def repository(self) -> str:
        """Where image assets are kept; Lambda of this account may pull from it."""
        name = f"cdk-{QUALIFIER}-container-assets-{self.account}-{self.region}"
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{name}"

    @property
    def execution_role_arn(self) -> str:
        """The role that CloudFormation creates resources with."""
        return self.role_arn("cfn-exec")

    def role_arn(self, kind: str) -> str:
        """The ARN of a role, such as "deploy" or "file-publishing"."""
        return f"arn:aws:iam::{self.account}:role/cdk-{QUALIFIER}-{kind}-role-{self.account}-{self.region}"

    def session(self, kind: str) -> boto3.Session:
        """A session of boto3 with the credentials of one of the roles."""
        answer = boto3.client("sts").assume_role(RoleArn=self.role_arn(kind), RoleSessionName="delivery")
        given = answer["Credentials"]
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=self.region
        )


def here() -> Bootstrap:
    """The bootstrap of the account and region that the environment's credentials are for.

    Raises:
        NoRegionError: AWS_REGION is not set.
    """
    session = boto3.Session()
    if session.region_name is None:
        raise NoRegionError
    account = session.client("sts").get_caller_identity()["Account"]
    return Bootstrap(account=account, region=session.region_name)
