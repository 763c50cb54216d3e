"""EKS126: helm gives up before the function that runs it ends.

What breaks: CDK runs helm in a Lambda function, which ends after 15 minutes at the latest. A helm that
still waits for pods then is cut off: the release stays "pending-install" or "pending-upgrade", and every
later one is refused ("another operation is in progress") until somebody deletes its secret. With `Atomic`
helm may take its time-out twice, to install and to roll back.

How it is proven: `Timeout` of each release that waits, twice where it is atomic, against the time-out of
the function, or Lambda's 900 s. As long as pods become ready nothing of that happens, so this is advice.

Fix: a time-out of 7 minutes with `atomic`, of 14 without.

Sample:

    Controller:
      Type: Custom::AWSCDK-EKS-HelmChart
      Properties: {Timeout: 900s}

Sources: https://github.com/aws/aws-cdk/issues/22257, https://github.com/aws/aws-cdk/issues/8713,
https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.installers import handler_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import HelmRelease
    from cais.site.model.site import Site

RULE = Rule(id="EKS126", causes=("K29",))
LAMBDAS_LONGEST = 900
START = 30
"""Seconds that the function needs before and after helm."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares for every release that waits for its pods."""
    for release in site.eks.helm_releases.values():
        if release.waits is not False:
            yield _judge(release, site)


def _judge(release: HelmRelease, site: Site) -> Finding:
    name = release.subject.logical_id
    claim = Claim(
        subject=release.subject,
        proven=f"Helm gives up on {name} before its function ends",
        refuted=f"Helm may be cut off in {name}, which then refuses every later deployment",
        fix="Set timeout to 7 minutes with atomic, to 14 without.",
        settle="helm list --all --all-namespaces",
        service=label(release.subject),
    )
    for given in (release.waits, release.atomic, release.timeout):
        if is_leaf(given):
            return RULE.unproven(claim, describe(given))
    function = handler_of(release.provider, site)
    limit = function.timeout if function else LAMBDAS_LONGEST
    if not isinstance(limit, int) or not isinstance(release.timeout, int):
        return RULE.unproven(claim, describe(limit) if is_leaf(limit) else "the time-out")
    needed = release.timeout * (2 if release.atomic else 1) + START
    step = f"Helm takes up to {needed} s with its start; the function ends after {limit} s"
    return RULE.proven(claim, step) if needed <= limit else RULE.advice(claim, step)
