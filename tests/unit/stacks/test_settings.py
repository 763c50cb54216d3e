import pytest

from stacks.settings import Settings, SettingsError, read_settings

INSTALLED = ("serverless", "ecs", "eks")
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def test_every_key_has_a_default():
    assert read_settings({}, targets=INSTALLED) == Settings(
        targets=("ecs", "eks", "serverless"), store="postgres", egress="nat", eks_compute="managed-nodes"
    )


def test_every_key_can_be_set():
    context = {
        "targets": "ecs,serverless",
        "store": "dynamodb",
        "egress": "endpoints",
        "eks_compute": "auto",
        "eks_public_cidrs": "203.0.113.0/24,198.51.100.7/32",
        "eks_admin_role_arn": "arn:aws:iam::123456789012:role/team/admin",
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/comments@sha256:" + "0" * 64,
        "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1-2",
        "github_repository": "octo-org@65/comments.api@1296269",
        "github_provider_arn": PROVIDER,
        "alarm_email": "team@example.org",
        "metrics": "managed-prometheus",
        "traces": "x-ray",
        "collector_image": "registry.example/collector:1",
    }
    assert read_settings(context, targets=INSTALLED) == Settings(
        targets=("ecs", "serverless"),
        store="dynamodb",
        egress="endpoints",
        eks_compute="auto",
        eks_public_cidrs=("203.0.113.0/24", "198.51.100.7/32"),
        eks_admin_role_arn="arn:aws:iam::123456789012:role/team/admin",
        image=context["image"],
        certificate_arn="arn:aws:acm:eu-west-1:123456789012:certificate/1-2",
        github_repository="octo-org@65/comments.api@1296269",
        github_provider_arn=PROVIDER,
        alarm_email="team@example.org",
        metrics="managed-prometheus",
        traces="x-ray",
        collector_image="registry.example/collector:1",
    )


def test_targets_may_be_a_list_as_in_cdk_json():
    assert read_settings({"targets": ["eks"]}, targets=INSTALLED).targets == ("eks",)


def test_keys_that_are_not_ours_are_left_alone():
    context = {"@aws-cdk/core:explicitStackTags": True, "aws:cdk:bundling-stacks": ["**"]}
    assert read_settings(context, targets=INSTALLED) == read_settings({}, targets=INSTALLED)


def test_all_problems_are_told_at_once():
    provider = "arn:aws:iam::123456789012:oidc-provider/example.org"
    context = {
        "targets": "ecs,nomad",
        "store": "mysql",
        "egress": "",
        "eks_compute": "fargate",
        "eks_public_cidrs": "0.0.0.0/0",
        "eks_admin_role_arn": "admin",
        "image": "comments",
        "certificate_arn": "arn:aws:iam::1:role/x",
        "github_repository": "octo-org/comments",
        "github_provider_arn": provider,
        "alarm_email": "team",
        "metrics": "on",
        "traces": "jaeger",
        "collector_image": "collector",
    }
    with pytest.raises(SettingsError) as raised:
        read_settings(context, targets=INSTALLED)
    image = "an image with its tag or digest: REGISTRY/REPOSITORY:TAG"
    networks = "IPv4 networks between commas, such as 203.0.113.0/24, and not the whole internet"
    assert str(raised.value).splitlines() == [
        "-c targets= must be names between commas, out of ecs, eks, serverless; it is 'ecs,nomad'",
        "-c store= must be postgres or dynamodb; it is 'mysql'",
        "-c egress= must be nat or endpoints; it is ''",
        "-c eks_compute= must be managed-nodes or auto; it is 'fargate'",
        f"-c eks_public_cidrs= must be {networks}; it is '0.0.0.0/0'",
        "-c eks_admin_role_arn= must be the ARN of an IAM role; it is 'admin'",
        f"-c image= must be {image}; it is 'comments'",
        "-c certificate_arn= must be the ARN of an ACM certificate; it is 'arn:aws:iam::1:role/x'",
        "-c github_repository= must be OWNER@ID/REPOSITORY@ID; it is 'octo-org/comments'",
        f"-c github_provider_arn= must be the ARN of GitHub's OpenID Connect provider; it is {provider!r}",
        "-c alarm_email= must be an e-mail address; it is 'team'",
        "-c metrics= must be off or managed-prometheus; it is 'on'",
        "-c traces= must be off or x-ray; it is 'jaeger'",
        f"-c collector_image= must be {image}; it is 'collector'",
    ]


@pytest.mark.parametrize("value", ["", " ", ",", "ecs,", "ECS", 7, [], ["ecs", 7], [["ecs"]], {"ecs": True}])
def test_targets_that_are_none_are_refused(value: object):
    with pytest.raises(SettingsError, match="-c targets= must be names"):
        read_settings({"targets": value}, targets=INSTALLED)


@pytest.mark.parametrize(
    "key", ["store", "egress", "eks_compute", "image", "certificate_arn", "alarm_email", "metrics"]
)
@pytest.mark.parametrize("value", [False, 0, [], {}, ["x"]])
def test_values_of_other_types_are_refused(key: str, value: object):
    with pytest.raises(SettingsError, match=f"-c {key}= must be"):
        read_settings({key: value}, targets=INSTALLED)


@pytest.mark.parametrize(
    "image",
    [
        "docker.io/library/comments:1",
        "localhost:5000/comments:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/comments:v1.2.3",
        "public.ecr.aws/team/comments@sha256:" + "a" * 64,
        "ghcr.io/team/comments:1@sha256:" + "a" * 64,
    ],
)
def test_images_of_any_registry(image: str):
    assert read_settings({"image": image}, targets=INSTALLED).image == image


@pytest.mark.parametrize(
    "image", ["comments:1", "docker.io/comments", "docker.io/comments:", "docker.io/Comments:1", "a/b:1 x"]
)
def test_images_without_registry_tag_or_sense(image: str):
    with pytest.raises(SettingsError, match="-c image= must be"):
        read_settings({"image": image}, targets=INSTALLED)
