from __future__ import annotations

import json
from typing import Any

import kubernetes_validate
import pytest

from tests.synthesis import ROOT
from tests.unit.eks.conftest import CHART, IMAGE, STORE, Render, RunHelm, one, pods

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/abc"
MIGRATION = {"migrate": True, "environment": {"DATABASE_URL": "postgresql://h/d"}}
ODD = {
    "port": 9090,
    "paths": {"health": "/alive", "ready": "/able", "metrics": "/measures"},
    "seconds": {"startup": 7, "drain": 33},
    "architecture": "arm64",
    "resources": {"cpu": "125m", "memory": "300Mi"},
    "copies": {"min": 3, "max": 5},
}
"""Values of which none is a default."""

VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "odd": ODD,
    "migration": MIGRATION,
    "https": {"ingress": {"certificateArn": CERTIFICATE, "scheme": "internal"}},
    "no ingress, no autoscaling": {"ingress": {"enabled": False}, "autoscaling": {"enabled": False}},
    "secret": {"secretName": "database", "serviceAccountName": "somebody"},
    "monitored": {"serviceMonitor": {"enabled": True, "labels": {"release": "kube-prometheus-stack"}}},
}


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_helm_lint_finds_nothing(run_helm: RunHelm, values: dict[str, Any]):
    run = run_helm("lint", "--strict", str(CHART), values={"image": IMAGE, **STORE, **values})

    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("kubernetes", ["1.25", "1.30", "1.36"])
@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_every_manifest_follows_the_schema_of_its_kubernetes(
    render: Render, values: dict[str, Any], kubernetes: str
):
    ours = [one for one in render(kubernetes=kubernetes, **values) if one["kind"] != "ServiceMonitor"]
    for manifest in ours:
        kubernetes_validate.validate(manifest, kubernetes, strict=True)


@pytest.mark.parametrize(
    ("kubernetes", "autoscaler", "budget", "stops"),
    [
        ("1.20.2", "autoscaling/v2beta2", "policy/v1beta1", "exec"),
        ("1.22.0", "autoscaling/v2beta2", "policy/v1", "exec"),
        ("1.29.0", "autoscaling/v2", "policy/v1", "exec"),
        ("1.36.1-eks-3025e55", "autoscaling/v2", "policy/v1", "sleep"),
    ],
)
def test_each_kubernetes_gets_apis_that_it_serves(
    render: Render, kubernetes: str, autoscaler: str, budget: str, stops: str
):
    manifests = render(kubernetes=kubernetes)

    assert one(manifests, "HorizontalPodAutoscaler")["apiVersion"] == autoscaler
    assert one(manifests, "PodDisruptionBudget")["apiVersion"] == budget
    (container,) = pods(manifests)["Deployment"]["containers"]
    assert list(container["lifecycle"]["preStop"]) == [stops]


def test_every_value_reaches_the_container(render: Render):
    manifests = render(**ODD)
    pod = pods(manifests)["Deployment"]
    (container,) = pod["containers"]

    assert container["image"] == IMAGE
    assert container["ports"] == [{"name": "http", "containerPort": 9090, "protocol": "TCP"}]
    assert container["resources"] == {
        "requests": {"cpu": "125m", "memory": "300Mi"},
        "limits": {"memory": "300Mi"},
    }
    assert pod["nodeSelector"]["kubernetes.io/arch"] == "arm64"
    assert {
        name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    } == {
        "startupProbe": {"path": "/alive", "port": "http"},
        "livenessProbe": {"path": "/alive", "port": "http"},
        "readinessProbe": {"path": "/able", "port": "http"},
    }
    scraped = one(manifests, "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert scraped["prometheus.io/port"] == "9090"
    assert scraped["prometheus.io/path"] == "/measures"


def test_a_start_may_take_longer_than_the_contract_promises(render: Render):
    (container,) = pods(render(**ODD))["Deployment"]["containers"]
    probe = container["startupProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] >= 2 * 7


@pytest.mark.parametrize("kubernetes", ["1.20.2", "1.36"])
def test_a_stopping_pod_answers_until_no_request_can_reach_it(render: Render, kubernetes: str):
    manifests = render(kubernetes=kubernetes, **ODD)
    pod = pods(manifests)["Deployment"]
    (container,) = pod["containers"]
    hook = container["lifecycle"]["preStop"]
    linger = hook["sleep"]["seconds"] if "sleep" in hook else int(hook["exec"]["command"][1])

    assert linger > 33  # the load balancer lets go within the drain, once the controller has told it to
    assert pod["terminationGracePeriodSeconds"] > linger + 33  # SIGTERM still has the whole drain
    attributes = one(manifests, "Ingress")["metadata"]["annotations"]
    assert attributes["alb.ingress.kubernetes.io/target-group-attributes"].endswith("=33")


@pytest.mark.parametrize("maker", ["Deployment", "Pod"])
def test_every_pod_keeps_the_restricted_pod_security_standard(render: Render, maker: str):
    pod = pods(render(**MIGRATION))[maker]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    containers = [*pod["containers"], *pod.get("initContainers", [])]
    assert len(containers) == (2 if maker == "Deployment" else 1)
    for container in containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_a_read_only_root_leaves_tmp_writable(render: Render):
    pod = pods(render(**MIGRATION))["Deployment"]
    (volume,) = pod["volumes"]

    assert "emptyDir" in volume
    for container in (*pod["containers"], *pod["initContainers"]):
        assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": "/tmp"}]


def test_the_schema_is_brought_up_to_date_before_the_service_starts(render: Render):
    pod = pods(render(**MIGRATION))["Deployment"]
    (migration,), (service,) = pod["initContainers"], pod["containers"]

    assert migration["command"] == ["python", "-m", "service", "migrate"]
    assert migration["image"] == service["image"]
    assert migration["env"] == service["env"] == [{"name": "DATABASE_URL", "value": "postgresql://h/d"}]
    assert "initContainers" not in pods(render())["Deployment"]


def test_a_secret_becomes_variables(render: Render):
    (container,) = pods(render(secretName="database"))["Deployment"]["containers"]

    assert container["envFrom"] == [{"secretRef": {"name": "database"}}]


def test_the_ingress_leads_to_the_container(render: Render):
    manifests = render()
    service = one(manifests, "Service")
    template = one(manifests, "Deployment")["spec"]["template"]
    (rule,) = one(manifests, "Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    (port,) = service["spec"]["ports"]
    (container,) = template["spec"]["containers"]

    assert path["backend"] == {
        "service": {"name": service["metadata"]["name"], "port": {"name": port["name"]}}
    }
    assert port["targetPort"] in [named["name"] for named in container["ports"]]
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()


def test_nothing_selects_the_pod_of_helm_test(render: Render):
    manifests = render()
    labels = one(manifests, "Pod")["metadata"]["labels"]
    selectors = [
        one(manifests, "Service")["spec"]["selector"],
        one(manifests, "Deployment")["spec"]["selector"]["matchLabels"],
        one(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ]

    assert not [selector for selector in selectors if selector.items() <= labels.items()]


def test_the_load_balancer_checks_what_the_contract_says(render: Render):
    annotations = one(render(**ODD), "Ingress")["metadata"]["annotations"]
    asked = {name.removeprefix("alb.ingress.kubernetes.io/"): value for name, value in annotations.items()}

    assert all(isinstance(value, str) for value in asked.values())
    assert asked["target-type"] == "ip"
    assert asked["scheme"] == "internet-facing"
    assert asked["healthcheck-path"] == "/alive"
    assert asked["healthcheck-port"] == "traffic-port"
    assert asked["success-codes"] == "200"
    assert int(asked["healthcheck-timeout-seconds"]) < int(asked["healthcheck-interval-seconds"])


def test_without_a_certificate_the_load_balancer_listens_on_http_alone(render: Render):
    annotations = one(render(), "Ingress")["metadata"]["annotations"]

    assert json.loads(annotations["alb.ingress.kubernetes.io/listen-ports"]) == [{"HTTP": 80}]
    assert "alb.ingress.kubernetes.io/ssl-redirect" not in annotations


def test_a_certificate_brings_https_and_a_redirect_to_it(render: Render):
    annotations = one(render(**VARIANTS["https"]), "Ingress")["metadata"]["annotations"]

    assert annotations["alb.ingress.kubernetes.io/certificate-arn"] == CERTIFICATE
    assert json.loads(annotations["alb.ingress.kubernetes.io/listen-ports"]) == [{"HTTP": 80}, {"HTTPS": 443}]
    assert annotations["alb.ingress.kubernetes.io/ssl-redirect"] == "443"


def test_nothing_of_the_prometheus_operator_is_there_unless_it_is_asked_for(render: Render):
    assert not [manifest for manifest in render() if manifest["kind"] == "ServiceMonitor"]


def test_the_prometheus_operator_is_told_how_to_scrape_the_service(render: Render):
    manifests = render(**ODD, **VARIANTS["monitored"])
    monitor, service = one(manifests, "ServiceMonitor"), one(manifests, "Service")
    (endpoint,) = monitor["spec"]["endpoints"]

    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert endpoint["path"] == "/measures"
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
    job = service["metadata"]["labels"][monitor["spec"]["jobLabel"]]
    assert f'job="{job}"' in (ROOT / "observability" / "rules.yml").read_text()


def test_copies_belong_to_the_autoscaler_where_there_is_one(render: Render):
    scaled, fixed = render(**ODD), render(autoscaling={"enabled": False}, **ODD)

    assert "replicas" not in one(scaled, "Deployment")["spec"]
    autoscaler = one(scaled, "HorizontalPodAutoscaler")["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (3, 5)
    assert autoscaler["scaleTargetRef"]["name"] == one(scaled, "Deployment")["metadata"]["name"]
    assert one(fixed, "Deployment")["spec"]["replicas"] == 3
    assert not [manifest for manifest in fixed if manifest["kind"] == "HorizontalPodAutoscaler"]


def test_a_rollout_takes_no_copy_away_before_its_successor_is_ready(render: Render):
    spec = one(render(), "Deployment")["spec"]

    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["progressDeadlineSeconds"] < 7 * 60  # helm's own timeout, in eks/releases.py


def test_copies_are_spread_over_zones_and_nodes(render: Render):
    constraints = pods(render())["Deployment"]["topologySpreadConstraints"]

    assert [constraint["topologyKey"] for constraint in constraints] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]


def test_the_notes_say_how_to_see_that_it_works(run_helm: RunHelm):
    run = run_helm(
        *("install", "comments", str(CHART), "--dry-run=client", "--kubeconfig", "/dev/null"),
        values={"image": IMAGE, **STORE},
    )

    assert run.returncode == 0, run.stderr
    assert "helm test comments" in run.stdout
    assert "kubectl get ingress comments" in run.stdout


def test_a_service_that_could_keep_no_comment_is_refused(run_helm: RunHelm):
    run = run_helm("template", "comments", str(CHART), values={"image": IMAGE})

    assert run.returncode != 0
    assert "sqlite:////tmp/comments.sqlite3" in run.stderr
