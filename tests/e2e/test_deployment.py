"""The real cdk CLI deploys our stacks to the emulator, where tasks and functions are real containers.

The tests are the steps of one story, in the order of this file. "Deployed" means to an emulator: it checks no
permission, security group or route.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cais.verify.docker import docker
from scripts.smoke import smoke
from tests.e2e.account import Account, CdkError
from tests.e2e.inventory import inventory
from tests.e2e.service import EcsService
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.cdk, pytest.mark.timeout(600)]

REPOSITORY = (
    "000000000000.dkr.ecr.us-east-1.amazonaws.com/cdk-hnb659fds-container-assets-000000000000-us-east-1"
)


def test_tasks_become_healthy_by_the_check_of_their_task_definition(deployed: Account):
    service = EcsService(deployed)
    assert eventually(lambda: service.all_healthy(2))


def test_a_comment_is_posted_and_listed_through_the_load_balancer(deployed: Account):
    smoke(EcsService(deployed).url())


def test_a_comment_is_posted_and_listed_through_the_api_of_the_function(deployed: Account):
    """The function runs under Lambda's own emulator, with the command and environment that were deployed."""
    (api,) = deployed.client("apigatewayv2").get_apis()["Items"]
    smoke(f"{deployed.url}/_aws/execute-api/{api['ApiId']}/$default")
    (function,) = docker("ps", "--quiet", "--filter=label=ministack=lambda").split()
    entry_point = json.loads(docker("inspect", "--format={{json .Config.Entrypoint}}", function))
    command = json.loads(docker("inspect", "--format={{json .Config.Cmd}}", function))
    assert entry_point[1:] + command == ["python", "-m", "awslambdaric", "service.lambda_handler.handler"]


def test_the_function_and_the_tasks_are_of_one_image(deployed: Account):
    functions = deployed.client("lambda")
    of_images = [each for each in functions.list_functions()["Functions"] if each["PackageType"] == "Image"]
    codes = [functions.get_function(FunctionName=each["FunctionName"])["Code"] for each in of_images]
    assert {code["ImageUri"] for code in codes} == {EcsService(deployed).image()}


def test_eks_is_recorded_only_with_its_nodes_add_ons_identities_and_access(deployed: Account):
    """The emulator has no Kubernetes: what helm and kubectl would do in the cluster did not happen."""
    eks = deployed.client("eks")
    (cluster,) = eks.list_clusters()["clusters"]
    assert eks.describe_cluster(name=cluster)["cluster"]["version"] == "1.36"
    assert len(eks.list_nodegroups(clusterName=cluster)["nodegroups"]) == 1
    add_ons = {"coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"}
    assert set(eks.list_addons(clusterName=cluster)["addons"]) == add_ons
    identities = eks.list_pod_identity_associations(clusterName=cluster)["associations"]
    accounts = {f"{each['namespace']}/{each['serviceAccount']}" for each in identities}
    assert accounts == {"kube-system/aws-load-balancer-controller", "comments/comments"}
    admitted = eks.list_access_entries(clusterName=cluster)["accessEntries"]
    assert any("deploy-role" in principal for principal in admitted)


def test_a_second_deployment_changes_nothing(deployed: Account, app: Path):
    said = deployed.cdk("deploy", "--all", "--require-approval=never", f"--app={app}")
    assert said.count("(no changes)") == 5
    assert "no differences" in deployed.cdk("diff", "--fail", f"--app={app}").lower()


def test_a_killed_task_is_replaced(deployed: Account):
    service = EcsService(deployed)
    before = service.containers()
    docker("kill", min(before))
    assert eventually(lambda: service.all_healthy(2))
    assert len(service.containers() & before) == 1
    smoke(service.url())


def test_an_update_is_shown_by_diff_and_replaces_the_tasks(deployed: Account, tmp_path: Path):
    service = EcsService(deployed)
    before = service.containers()
    image = push_as(deployed, service.image(), tag="v2")
    app = deployed.synthesize(tmp_path, image=image)
    with pytest.raises(CdkError, match=":v2"):
        deployed.cdk("diff", "EcsStack", "--exclusively", "--fail", f"--app={app}")
    deployed.deploy("EcsStack", app=app)
    assert service.image() == image
    assert eventually(lambda: service.all_healthy(2))
    assert not service.containers() & before
    smoke(service.url())


def test_a_tag_that_is_not_there_trips_the_breaker_and_is_rolled_back(deployed: Account, tmp_path: Path):
    service = EcsService(deployed)
    good, before = service.image(), service.containers()
    app = deployed.synthesize(tmp_path, image=f"{REPOSITORY}:absent")
    with pytest.raises(CdkError, match="circuit breaker was triggered"):
        deployed.deploy("EcsStack", app=app)
    stacks = deployed.client("cloudformation").describe_stacks(StackName="EcsStack")["Stacks"]
    assert stacks[0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert service.image() == good
    assert service.containers() == before
    smoke(service.url())


def test_destroy_leaves_nothing(deployed: Account, app: Path, bootstrapped: set[str]):
    (table,) = deployed.client("dynamodb").list_tables()["TableNames"]
    deployed.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
    deployed.cdk("destroy", "--all", "--force", f"--app={app}")
    assert inventory(deployed) == bootstrapped
    tasks = ("ps", "--quiet", f"--filter=network={deployed.network}", "--filter=label=ministack=ecs")
    assert eventually(lambda: not docker(*tasks))


def push_as(aws: Account, image: str, *, tag: str) -> str:
    """The URI of `image` under another tag of its repository."""
    registry = aws.url.removeprefix("http://")
    repository = f"{registry}/{REPOSITORY.partition('/')[2]}"
    docker("tag", f"{repository}:{image.rpartition(':')[2]}", f"{repository}:{tag}")
    docker("push", "--quiet", f"{repository}:{tag}")
    return f"{REPOSITORY}:{tag}"
