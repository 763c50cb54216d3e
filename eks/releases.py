"""Helm releases that CloudFormation installs, within the time that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from aws_cdk import aws_eks_v2 as eks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.aws_s3_assets import Asset
    from constructs import Construct

# Helm may use it twice, to install and to roll back, and the Lambda function that runs helm ends at 15
# minutes: a release cut off in between stays "pending" and refuses every later one (K29).
TIMEOUT = Duration.minutes(7)


def release(
    scope: Construct,
    construct_id: str,
    *,
    cluster: eks.ICluster,
    name: str,
    namespace: str,
    values: Mapping[str, Any],
    chart: str | None = None,
    repository: str | None = None,
    version: str | None = None,
    chart_asset: Asset | None = None,
) -> eks.HelmChart:
    """A release that is complete when its pods are ready, and rolled back when they do not become so.

    The chart is either `chart` at `version` out of `repository`, or `chart_asset`. Uninstalling waits too,
    for what the release made to be gone.
    """
    return eks.HelmChart(
        scope,
        construct_id,
        cluster=cluster,
        release=name,
        namespace=namespace,
        create_namespace=False,
        chart=chart,
        repository=repository,
        version=version,
        chart_asset=chart_asset,
        values=values,
        wait=True,
        atomic=True,
        timeout=TIMEOUT,
    )
