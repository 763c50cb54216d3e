import pytest

from stacks.image import ECR_HOST

pytestmark = pytest.mark.cdk


@pytest.mark.parametrize(
    ("uri", "region", "name"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/comments:1", "eu-west-1", "comments"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:1@sha256:00", "eu-west-1", "a/b"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/comments@sha256:00", "cn-north-1", "comments"),
        ("123456789012.dkr-ecr.us-east-1.on.aws/comments:1", "us-east-1", "comments"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/comments:1", "us-gov-west-1", "comments"),
    ],
)
def test_every_form_of_an_ecr_address(uri: str, region: str, name: str):
    match = ECR_HOST.match(uri)
    assert match is not None
    assert (match["account"], match["region"], match["name"]) == ("123456789012", region, name)


@pytest.mark.parametrize(
    "uri",
    [
        "docker.io/team/comments:1",
        "public.ecr.aws/team/comments:1",
        "evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/comments:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example/comments:1",
    ],
)
def test_other_registries(uri: str):
    assert ECR_HOST.match(uri) is None
