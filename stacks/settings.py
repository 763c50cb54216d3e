"""The settings of a synthesis: CDK context in, typed values out."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

StoreKind = Literal["postgres", "dynamodb"]
Egress = Literal["nat", "endpoints"]
EksCompute = Literal["managed-nodes", "auto"]
MetricsKind = Literal["off", "managed-prometheus"]
TracesKind = Literal["off", "x-ray"]

KEYS = (
    "targets",
    "store",
    "egress",
    "eks_compute",
    "eks_public_cidrs",
    "eks_admin_role_arn",
    "image",
    "certificate_arn",
    "github_repository",
    "github_provider_arn",
    "alarm_email",
    "metrics",
    "traces",
    "collector_image",
)
"""Every context key that is ours. CDK's own (feature flags) are never read here."""

CERTIFICATE_ARN = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+")
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
PROVIDER_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com")
GITHUB_REPOSITORY = re.compile(r"[\w.-]+@\d+/[\w.-]+@\d+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
IMAGE = re.compile(r"[\w.-]+(:\d+)?(/[a-z0-9._-]+)+(:[\w.-]+|(:[\w.-]+)?@sha256:[0-9a-f]{64})")


class SettingsError(ValueError):
    """Settings that cannot be used. The text lists every problem, one a line."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What somebody who deploys may choose. Every field is a context key: `cdk deploy -c store=dynamodb`.

    Attributes:
        targets: names of the targets to build; all installed ones by default.
        store: where the comments are kept.
        egress: how private subnets reach AWS: a NAT gateway, or VPC endpoints alone.
        eks_compute: a managed node group with our load balancer controller, or EKS Auto Mode.
        eks_public_cidrs: IPv4 networks that may reach the cluster's API over the internet; none by default.
        eks_admin_role_arn: a role that administers the cluster, beside the one that deploys it.
        image: URI of an image that is already in a registry, with its tag or digest; else it is built.
        certificate_arn: ACM certificate of the load balancers; without one they serve plain HTTP.
        github_repository: who may deploy, with GitHub's immutable ids: `OWNER@ID/REPOSITORY@ID`.
        github_provider_arn: GitHub's OpenID Connect provider, where the account has one already.
        alarm_email: who is told of an alarm.
        metrics: whether the service's metrics leave it: ECS and EKS send them to Amazon Managed Service for
            Prometheus, Lambda to CloudWatch.
        traces: whether requests are traced, on ECS and Lambda, with AWS X-Ray.
        collector_image: a copy of the collector that ECS sends both with, where none reaches the public one.
    """

    targets: tuple[str, ...]
    store: StoreKind = "postgres"
    egress: Egress = "nat"
    eks_compute: EksCompute = "managed-nodes"
    eks_public_cidrs: tuple[str, ...] = ()
    eks_admin_role_arn: str | None = None
    image: str | None = None
    certificate_arn: str | None = None
    github_repository: str | None = None
    github_provider_arn: str | None = None
    alarm_email: str | None = None
    metrics: MetricsKind = "off"
    traces: TracesKind = "off"
    collector_image: str | None = None


def read_settings(context: Mapping[str, Any], *, targets: Collection[str]) -> Settings:
    """The settings in `context`, a value for each of `KEYS` that is set; `targets` are those installed.

    Raises:
        SettingsError: a value is wrong; all of them at once.
    """
    reader = _Reader({key: context.get(key) for key in KEYS})
    settings = Settings(
        targets=reader.names("targets", targets),
        store=reader.choice("store", get_args(StoreKind)),
        egress=reader.choice("egress", get_args(Egress)),
        eks_compute=reader.choice("eks_compute", get_args(EksCompute)),
        eks_public_cidrs=reader.networks("eks_public_cidrs"),
        eks_admin_role_arn=reader.text("eks_admin_role_arn", ROLE_ARN, "the ARN of an IAM role"),
        image=reader.text("image", IMAGE, "an image with its tag or digest: REGISTRY/REPOSITORY:TAG"),
        certificate_arn=reader.text("certificate_arn", CERTIFICATE_ARN, "the ARN of an ACM certificate"),
        github_repository=reader.text("github_repository", GITHUB_REPOSITORY, "OWNER@ID/REPOSITORY@ID"),
        github_provider_arn=reader.text(
            "github_provider_arn", PROVIDER_ARN, "the ARN of GitHub's OpenID Connect provider"
        ),
        alarm_email=reader.text("alarm_email", EMAIL, "an e-mail address"),
        metrics=reader.choice("metrics", get_args(MetricsKind)),
        traces=reader.choice("traces", get_args(TracesKind)),
        collector_image=reader.text(
            "collector_image", IMAGE, "an image with its tag or digest: REGISTRY/REPOSITORY:TAG"
        ),
    )
    if reader.problems:
        raise SettingsError("\n".join(reader.problems))
    return settings


class _Reader:
    """Takes typed values out of a context and collects every problem on the way."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self.context = context
        self.problems: list[str] = []

    def choice(self, key: str, choices: tuple[Any, ...]) -> Any:
        """One of `choices`; the first where the key is absent."""
        value = self.context[key]
        if value is None or value in choices:
            return value or choices[0]
        self._problem(key, " or ".join(choices))
        return choices[0]

    def text(self, key: str, pattern: re.Pattern[str], wanted: str) -> str | None:
        value = self.context[key]
        if value is None or (isinstance(value, str) and pattern.fullmatch(value)):
            return value
        self._problem(key, wanted)
        return None

    def names(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """A list, or names between commas; all of `known` where the key is absent."""
        value = self.context[key]
        if value is None:
            return tuple(sorted(known))
        names = value.split(",") if isinstance(value, str) else value
        if isinstance(names, list) and names and all(name in [*known] for name in names):
            return tuple(dict.fromkeys(names))
        self._problem(key, f"names between commas, out of {', '.join(sorted(known))}")
        return ()

    def networks(self, key: str) -> tuple[str, ...]:
        """IPv4 networks between commas, none of them the whole internet; empty where the key is absent."""
        value = self.context[key]
        if value is None:
            return ()
        try:
            networks = [ipaddress.IPv4Network(text) for text in str(value).split(",")]
        except ValueError:
            networks = []
        if networks and all(network.prefixlen for network in networks):
            return tuple(map(str, networks))
        self._problem(key, "IPv4 networks between commas, such as 203.0.113.0/24, and not the whole internet")
        return ()

    def _problem(self, key: str, wanted: str) -> None:
        self.problems.append(f"-c {key}= must be {wanted}; it is {self.context[key]!r}")
