"""Managed Prometheus's own collector, which scrapes the pods from outside of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from aws_cdk import Fn
from aws_cdk import aws_aps as aps

from stacks.metrics import SCRAPE_SECONDS

if TYPE_CHECKING:
    from aws_cdk import aws_eks_v2 as eks
    from constructs import Construct

    from cais.contract import Contract
    from stacks.metrics import MetricsStack
    from stacks.network import NetworkStack


def scrape(
    scope: Construct,
    *,
    cluster: eks.ICluster,
    network: NetworkStack,
    metrics: MetricsStack,
    contract: Contract,
) -> None:
    """Send what the service's pods tell to the workspace, by a way of AWS's own: no image, no endpoint.

    No access entry either: Managed Prometheus makes one for its service-linked role, with the policy
    AmazonPrometheusScraperPolicy, and EKS refuses those that anybody else makes for such a role.
    https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-collector-how-to.html
    """
    aps.CfnScraper(
        scope,
        "Scraper",
        source=aps.CfnScraper.SourceProperty(
            eks_configuration=aps.CfnScraper.EksConfigurationProperty(
                cluster_arn=cluster.cluster_arn,
                subnet_ids=network.vpc.select_subnets(subnet_type=network.private.subnet_type).subnet_ids,
                security_group_ids=[cluster.cluster_security_group_id],  # that of all nodes and pods
            )
        ),
        destination=aps.CfnScraper.DestinationProperty(
            amp_configuration=aps.CfnScraper.AmpConfigurationProperty(workspace_arn=metrics.workspace_arn)
        ),
        scrape_configuration=aps.CfnScraper.ScrapeConfigurationProperty(
            configuration_blob=Fn.base64(yaml.safe_dump(configuration(contract), sort_keys=False))
        ),
    )


def configuration(contract: Contract) -> dict[str, Any]:
    """Prometheus's own words for: every pod of the service, by the port that the chart calls http."""
    names = ("__meta_kubernetes_pod_container_port_name", "__meta_kubernetes_pod_container_init")
    job = {
        "job_name": contract.name,
        "metrics_path": contract.metrics_path,
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [contract.name]}}],
        "relabel_configs": [
            {"source_labels": [*names], "regex": "http;false", "action": "keep"},
            {
                "source_labels": ["__meta_kubernetes_pod_phase"],
                "regex": "Succeeded|Failed",
                "action": "drop",
            },
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        ],
    }
    everywhere = {"scrape_interval": f"{SCRAPE_SECONDS}s", "external_labels": {"platform": "eks"}}
    return {"global": everywhere, "scrape_configs": [job]}
