"""The service on a cluster that is ready: namespace, identity, chart, address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from eks.identity import PodIdentity
from eks.releases import release
from eks.values import contract_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.aws_s3_assets import Asset

    from cais.contract import Contract
    from stacks.data import Store
    from stacks.shared import Shared

INGRESS_CLASS = "alb"
SCHEME = "internet-facing"


class Workload(Construct):
    """The service in a namespace of its own, behind a load balancer.

    Attributes:
        url: where the service answers.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.ICluster,
        readiness_gate_label: str,
        chart: Asset,
        shared: Shared,
        contract: Contract,
    ) -> None:
        super().__init__(scope, construct_id)
        name = contract.name
        namespace = eks.KubernetesManifest(
            self, "Namespace", cluster=cluster, manifest=[_namespace(name, readiness_gate_label)]
        )
        identity = PodIdentity(self, "Identity", cluster=cluster, namespace=name, service_account=name)
        _let_in(identity, cluster, shared.store)
        service = release(
            self,
            "Chart",
            cluster=cluster,
            name=name,
            namespace=name,
            chart_asset=chart,
            values=_values(self, shared, contract),
        )
        # Pods need their namespace, their credentials and their way to the database from their first second.
        service.node.add_dependency(namespace, identity)
        scheme = "https" if shared.settings.certificate_arn else "http"
        self.url = f"{scheme}://{_host(self, cluster, service, name)}"


def _namespace(name: str, readiness_gate_label: str) -> dict[str, Any]:
    labels = {
        # A rollout then waits until the load balancer has found each new pod healthy (K20).
        readiness_gate_label: "enabled",
        # The chart's pods already keep the strictest Pod Security Standard; nothing else gets in.
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _let_in(identity: PodIdentity, cluster: eks.ICluster, store: Store) -> None:
    """Give the pods' role, and the group that all nodes and pods are in, what the store needs (A2)."""
    store.grant_access(identity.role)
    if store.secret:
        store.secret.grant_read(identity.role)
    store.admit(identity, cluster.cluster_security_group)


def _values(scope: Construct, shared: Shared, contract: Contract) -> dict[str, Any]:
    return {
        **contract_values(contract),
        "image": shared.image.place(scope).uri,
        "environment": _environment(scope, shared.store),
        "migrate": shared.store.has_schema,
        "serviceAccountName": contract.name,
        "ingress": {
            "className": INGRESS_CLASS,
            "scheme": SCHEME,
            "certificateArn": shared.settings.certificate_arn or "",
        },
    }


def _environment(scope: Construct, store: Store) -> Mapping[str, str]:
    """The store's variables; Kubernetes injects no secret of AWS, so the service is told where its own is."""
    region = {"AWS_DEFAULT_REGION": Stack.of(scope).region}
    secret = {"DATABASE_SECRET_ARN": store.secret.secret_arn} if store.secret else {}
    return {**store.environment, **region, **secret}


def _host(scope: Construct, cluster: eks.ICluster, chart: eks.HelmChart, name: str) -> str:
    """The load balancer's name, once the Ingress has one: where it gets none, the deployment fails."""
    address = eks.KubernetesObjectValue(
        scope,
        "Address",
        cluster=cluster,
        object_type="ingress",
        object_name=name,
        object_namespace=name,
        json_path=".status.loadBalancer.ingress[0].hostname",
        timeout=Duration.minutes(5),
    )
    address.node.add_dependency(chart)
    return address.value
