"""EKS: the Helm release of an assembly in any cluster of Kubernetes, behind a load balancer of ours."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cais.verify.ecs_service import Rules
from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.haproxy import HaproxyBalancer, installed
from cais.verify.kube import Cluster
from cais.verify.kube_image import in_cluster
from cais.verify.kube_release import read_release
from cais.verify.kube_run import TARGET, Run
from cais.verify.kube_targets import Targets
from cais.verify.report import VerifyFinding
from cais.verify.runs import run_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.template import Assembly
    from cais.verify.kube_release import Release
    from cais.verify.report import TargetReport
    from cais.verify.verifier import Progress, Request, Service

SLOTS = 40
DATA = "/tmp"  # noqa: S108 - in a pod, which shares no folder with the others
NO_HAPROXY = "HAProxy is missing (on Debian or Ubuntu: apt-get install --no-install-recommends haproxy)"


class EksVerifier:
    """One Helm release with an Ingress."""

    def verify(self, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
        """Installs the release, measures it, rolls it over under load, and removes it."""
        if not installed():
            raise EngineMissingError(NO_HAPROXY)
        named = {**request.environment, **request.secrets}
        given = {name: value.replace("{data}", DATA) for name, value in named.items()}
        cluster = Cluster(
            kubeconfig=request.kubeconfig,
            context=request.context,
            namespace=f"cais-verify-{secrets.token_hex(3)}",
        )
        progress.step(f"{TARGET}: Kubernetes {cluster.require()}")
        if stale := cluster.delete_stale():
            progress.step(f"removed {stale} left by a run that was killed")
        source = read_release(assembly, given=given, image=None).image
        image = in_cluster(source, request, cluster, progress)
        release = read_release(assembly, given=given, image=image)
        left: list[VerifyFinding] = []
        with run_folder() as folder, _namespace(cluster, release, progress, left):
            began = time.monotonic()

            def clock() -> float:
                return time.monotonic() - began

            with HaproxyBalancer(
                check=release.check,
                rules=Rules(deregistration_delay=release.deregistration_delay),
                traffic_port=release.port,
                slots=SLOTS,
                port=release.port,
                folder=folder,
                clock=clock,
            ) as balancer:
                targets = Targets(balancer=balancer, port=release.port, progress=progress, clock=clock)
                report = Run(
                    cluster=cluster,
                    release=release,
                    targets=targets,
                    progress=progress,
                    patience=request.patience,
                ).report()
        return replace(report, findings=(*report.findings, *left))

    @contextmanager
    def up(self, assembly: Assembly, *, request: Request, progress: Progress) -> Iterator[Service]:
        """A cluster keeps a release running by itself."""
        del assembly, request, progress
        raise EngineMissingError("a cluster keeps it running itself: helm install, or `cais up ecs` here")
        yield


VERIFIER = EksVerifier()


@contextmanager
def _namespace(
    cluster: Cluster, release: Release, progress: Progress, left: list[VerifyFinding]
) -> Iterator[None]:
    """A namespace of the run's own; in the end nothing of it is left, or `left` says why."""
    gates = ("elbv2.k8s.aws/", "eks.amazonaws.com/")
    labels = {name: value for name, value in release.labels.items() if not name.startswith(gates)}
    try:
        cluster.create_namespace(labels)
        yield
    finally:
        progress.step(f"{TARGET}: uninstalling {release.name}")
        for remove in (lambda: cluster.uninstall(release.name), cluster.delete_namespace):
            try:
                remove()
            except VerifyError as error:
                left.append(_left(cluster, release, error))


def _left(cluster: Cluster, release: Release, error: VerifyError) -> VerifyFinding:
    return VerifyFinding(
        cause="",
        resource=release.resource,
        message=f"not all of it could be removed: {error}",
        fix=f"kubectl delete namespace {cluster.namespace}",
        severity="advice",
    )
