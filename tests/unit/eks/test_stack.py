from __future__ import annotations

import json
import re
import tarfile
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis import ROOT
from tests.unit.eks.conftest import CHART, IMAGE, RunHelm

if TYPE_CHECKING:
    from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "EksStack"
CLUSTER = "AWS::EKS::Cluster"
CHARTS = "Custom::AWSCDK-EKS-HelmChart"
MANIFESTS = "Custom::AWSCDK-EKS-KubernetesResource"
POLICY = ROOT / "eks" / "aws-load-balancer-controller-3.2.2-iam-policy.json"
LAMBDA_SECONDS = 15 * 60
COMPUTES = ("managed-nodes", "auto")


@pytest.fixture
def managed(synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute="managed-nodes")


@pytest.fixture
def auto(synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute="auto")


@pytest.fixture(params=COMPUTES)
def either(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute=request.param)


def template(assembly: Assembly) -> dict[str, Any]:
    return json.loads(assembly.text(STACK))


def references(value: Any) -> set[str]:
    """The logical ids that a value of a template names."""
    if isinstance(value, list):
        return {found for item in value for found in references(item)}
    if not isinstance(value, dict):
        return set()
    named = {value["Ref"]} if "Ref" in value else set()
    named |= {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
    return named | {found for item in value.values() for found in references(item)}


def before(assembly: Assembly, name: str) -> set[str]:
    """Every resource that CloudFormation makes before the one called `name`, and deletes after it."""
    resources = template(assembly)["Resources"]
    found: set[str] = set()
    left = {name}
    while left:
        resource = resources[left.pop()]
        needed = {*resource.get("DependsOn", []), *references(resource.get("Properties", {}))}
        new = (needed & set(resources)) - found
        found |= new
        left |= new
    return found


def by(assembly: Assembly, kind: str, **properties: Any) -> str:
    """The logical id of the only resource of its type with these properties."""
    (name,) = (
        name
        for name, resource in assembly.resources(STACK, kind).items()
        if all(resource["Properties"].get(key) == value for key, value in properties.items())
    )
    return name


def properties(assembly: Assembly, name: str) -> dict[str, Any]:
    return template(assembly)["Resources"][name]["Properties"]


def text(value: Any) -> str:
    """A property as text, each reference in it as <its name>."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(text(part) for part in value["Fn::Join"][1])
    return f"<{next(iter(value.values()))}>"


def manifests(assembly: Assembly) -> list[dict[str, Any]]:
    made = assembly.resources(STACK, MANIFESTS).values()
    return [manifest for one in made for manifest in json.loads(text(one["Properties"]["Manifest"]))]


def managed_policies(assembly: Assembly, role: str) -> set[str]:
    arns = properties(assembly, role).get("ManagedPolicyArns", [])
    return {text(arn).rpartition("/")[2] for arn in arns}


def test_the_api_answers_inside_the_vpc_alone_by_default(either: Assembly):
    access = either.one(STACK, CLUSTER)["ResourcesVpcConfig"]

    assert access["EndpointPrivateAccess"] is True
    assert access["EndpointPublicAccess"] is False


def test_the_api_answers_named_networks_when_asked(synthesize: Synthesize):
    access = synthesize(eks_public_cidrs="203.0.113.0/24,198.51.100.7/32").one(STACK, CLUSTER)[
        "ResourcesVpcConfig"
    ]

    assert access["EndpointPrivateAccess"] is True
    assert access["EndpointPublicAccess"] is True
    assert access["PublicAccessCidrs"] == ["203.0.113.0/24", "198.51.100.7/32"]


def test_the_control_plane_logs_all_that_it_can(either: Assembly):
    types = either.one(STACK, CLUSTER)["Logging"]["ClusterLogging"]["EnabledTypes"]

    assert {one["Type"] for one in types} == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }


def test_secrets_are_encrypted_with_a_key_that_rotates(either: Assembly):
    (encryption,) = either.one(STACK, CLUSTER)["EncryptionConfig"]

    assert encryption["Resources"] == ["secrets"]
    (key,) = references(encryption)
    assert properties(either, key)["EnableKeyRotation"] is True


def test_kubectl_is_as_old_as_the_cluster(either: Assembly):
    version = either.one(STACK, CLUSTER)["Version"]

    assert (
        f"kubectl-v{version.replace('.', '')[1:]}"
        in metadata.distribution("aws-cdk.lambda-layer-kubectl-v36").name
    )
    assert version == "1.36"


def test_kubectl_runs_inside_the_vpc_and_may_do_little_else(either: Assembly):
    handler = by(either, "AWS::Lambda::Function", Handler="index.handler")
    (role,) = references(properties(either, handler)["Role"])

    assert properties(either, handler)["VpcConfig"]["SubnetIds"]
    assert managed_policies(either, role) == {"AWSLambdaVPCAccessExecutionRole"}
    statements = [
        statement
        for policy in either.all(STACK, "AWS::IAM::Policy")
        if references(policy["Roles"]) == {role}
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert {statement["Action"]: "*" in text(statement["Resource"]) for statement in statements} == {
        "eks:DescribeCluster": False,
        "s3:GetObject": False,
    }


def test_the_deploying_role_and_the_handler_administer_the_cluster_and_nobody_else(either: Assembly):
    entries = either.all(STACK, "AWS::EKS::AccessEntry")
    principals = {text(entry["PrincipalArn"]) for entry in entries}

    assert either.one(STACK, CLUSTER)["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    assert len(principals) == len(entries) == 2
    assert any(":role/cdk-hnb659fds-deploy-role-${AWS::AccountId}" in principal for principal in principals)
    for entry in entries:
        (policy,) = entry["AccessPolicies"]
        assert text(policy["PolicyArn"]).endswith(":cluster-access-policy/AmazonEKSClusterAdminPolicy")
        assert policy["AccessScope"] == {"Type": "cluster"}


def test_a_named_role_administers_the_cluster_too(synthesize: Synthesize):
    role = "arn:aws:iam::111122223333:role/platform/admins"

    entries = synthesize(eks_admin_role_arn=role).all(STACK, "AWS::EKS::AccessEntry")

    assert role in [entry["PrincipalArn"] for entry in entries]


def test_nodes_are_current_private_and_closed(managed: Assembly):
    group = managed.one(STACK, "AWS::EKS::Nodegroup")
    data = managed.one(STACK, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]

    assert group["AmiType"] == "AL2023_x86_64_STANDARD"
    assert all("PrivateSubnet" in text(subnet) for subnet in group["Subnets"])
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert [disk["Ebs"]["Encrypted"] for disk in data["BlockDeviceMappings"]] == [True]
    assert references(group["LaunchTemplate"]["Id"]) == {by(managed, "AWS::EC2::LaunchTemplate")}


def test_nodes_may_join_and_pull_and_their_network_may_do_the_rest(managed: Assembly):
    (node_role,) = references(managed.one(STACK, "AWS::EKS::Nodegroup")["NodeRole"])
    cni = properties(managed, by(managed, "AWS::EKS::Addon", AddonName="vpc-cni"))
    (identity,) = cni["PodIdentityAssociations"]

    assert managed_policies(managed, node_role) == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }
    assert identity["ServiceAccount"] == "aws-node"
    (cni_role,) = references(identity["RoleArn"])
    assert managed_policies(managed, cni_role) == {"AmazonEKS_CNI_Policy"}


def test_every_add_on_is_named(managed: Assembly, auto: Assembly):
    def names(assembly: Assembly) -> set[str]:
        return {add_on["AddonName"] for add_on in assembly.all(STACK, "AWS::EKS::Addon")}

    assert names(managed) == {"coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"}
    assert names(auto) == {"metrics-server"}  # the others are inside Auto Mode
    for assembly in (managed, auto):
        assert assembly.one(STACK, CLUSTER)["BootstrapSelfManagedAddons"] is False


def test_nodes_find_their_network_and_pods_find_nodes(managed: Assembly):
    nodes = by(managed, "AWS::EKS::Nodegroup")

    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert by(managed, "AWS::EKS::Addon", AddonName=name) in before(managed, nodes)
    for name in ("coredns", "metrics-server"):
        assert nodes in before(managed, by(managed, "AWS::EKS::Addon", AddonName=name))


def test_the_controller_is_pinned_and_knows_where_it_is(managed: Assembly):
    chart = properties(managed, by(managed, CHARTS, Release="aws-load-balancer-controller"))
    values = json.loads(text(chart["Values"]))

    assert chart["Repository"] == "https://aws.github.io/eks-charts"
    assert re.fullmatch(r"\d+\.\d+\.\d+", chart["Version"])
    assert values["clusterName"] == f"<{by(managed, CLUSTER)}>"
    assert values["region"] == "<AWS::Region>"
    assert "Vpc" in values["vpcId"]
    assert values["enableServiceMutatorWebhook"] is False
    assert "enableCertManager" not in values  # off in the chart


def test_the_controllers_policy_is_that_of_its_version(managed: Assembly):
    from aws_cdk.aws_eks_v2 import AlbControllerVersion

    chart = properties(managed, by(managed, CHARTS, Release="aws-load-balancer-controller"))
    pinned = AlbControllerVersion.V3_2_2
    library = next(file for file in metadata.files("aws-cdk-lib") or () if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(library.locate())) as package:
        shipped = package.extractfile(f"package/aws-eks-v2/lib/addons/alb-iam_policy-{pinned.version}.json")
        assert shipped is not None
        assert json.loads(POLICY.read_text()) == json.load(shipped)
    assert chart["Version"] == pinned.helm_chart_version


def test_the_controller_may_do_all_that_its_policy_says(managed: Assembly):
    def actions(statements: list[dict[str, Any]]) -> set[str]:
        listed = [statement["Action"] for statement in statements]
        return {action for one in listed for action in ([one] if isinstance(one, str) else one)}

    policy = managed.one(STACK, "AWS::IAM::ManagedPolicy")["PolicyDocument"]

    assert actions(policy["Statement"]) == actions(json.loads(POLICY.read_text())["Statement"])
    assert all("arn:aws:" not in text(arn) for one in policy["Statement"] for arn in _listed(one["Resource"]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("compute", "accounts"),
    [
        ("managed-nodes", {("kube-system", "aws-load-balancer-controller"), ("comments", "comments")}),
        ("auto", {("comments", "comments")}),
    ],
)
def test_pods_get_their_roles_from_pod_identity(
    synthesize: Synthesize, compute: str, accounts: set[tuple[str, str]]
):
    assembly = synthesize(eks_compute=compute)
    associations = assembly.all(STACK, "AWS::EKS::PodIdentityAssociation")

    assert {(one["Namespace"], one["ServiceAccount"]) for one in associations} == accounts
    for association in associations:
        (role,) = references(association["RoleArn"])
        assert properties(assembly, role)["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
            }
        ]


def test_auto_mode_brings_its_own_controller_and_nodes(auto: Assembly):
    cluster = auto.one(STACK, CLUSTER)

    assert cluster["ComputeConfig"]["Enabled"] is True
    assert cluster["KubernetesNetworkConfig"]["ElasticLoadBalancing"] == {"Enabled": True}
    assert [chart["Release"] for chart in auto.all(STACK, CHARTS)] == ["comments"]
    assert auto.all(STACK, "AWS::EKS::Nodegroup") == []
    (role,) = references(cluster["ComputeConfig"]["NodeRoleArn"])
    assert managed_policies(auto, role) == {
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }


def test_managed_nodes_leave_auto_mode_off(managed: Assembly):
    cluster = managed.one(STACK, CLUSTER)

    assert cluster["ComputeConfig"] == {"Enabled": False}
    assert cluster["KubernetesNetworkConfig"]["ElasticLoadBalancing"] == {"Enabled": False}


def test_auto_mode_has_the_ingress_class_that_the_service_names(auto: Assembly):
    made = {manifest["kind"]: manifest for manifest in manifests(auto)}
    values = json.loads(text(auto.one(STACK, CHARTS)["Values"]))

    assert made["IngressClass"]["metadata"]["name"] == values["ingress"]["className"]
    assert made["IngressClass"]["spec"]["controller"] == "eks.amazonaws.com/alb"
    assert (
        made["IngressClass"]["spec"]["parameters"]["name"] == made["IngressClassParams"]["metadata"]["name"]
    )
    assert made["IngressClassParams"]["spec"]["scheme"] == values["ingress"]["scheme"]


@pytest.mark.parametrize(
    ("compute", "label"),
    [
        ("managed-nodes", "elbv2.k8s.aws/pod-readiness-gate-inject"),
        ("auto", "eks.amazonaws.com/pod-readiness-gate-inject"),
    ],
)
def test_a_rollout_waits_for_the_load_balancer(synthesize: Synthesize, compute: str, label: str):
    (namespace,) = (one for one in manifests(synthesize(eks_compute=compute)) if one["kind"] == "Namespace")

    assert namespace["metadata"]["name"] == "comments"
    assert namespace["metadata"]["labels"] == {
        label: "enabled",
        "pod-security.kubernetes.io/enforce": "restricted",
    }


def test_the_service_comes_after_the_controller_and_goes_before_it(managed: Assembly):
    service = by(managed, CHARTS, Release="comments")
    controller = by(managed, CHARTS, Release="aws-load-balancer-controller")

    assert controller in before(managed, service)
    assert set(managed.resources(STACK, "AWS::EKS::PodIdentityAssociation")) <= before(managed, service)
    assert by(managed, "AWS::EKS::Nodegroup") in before(managed, controller)


def test_the_service_comes_after_all_that_its_pods_need(either: Assembly):
    needed = before(either, by(either, CHARTS, Release="comments"))

    for kind in (MANIFESTS, "AWS::EC2::SecurityGroupIngress", "AWS::EKS::Addon", "AWS::EKS::AccessEntry"):
        names = set(either.resources(STACK, kind)) - {_deploying_entry(either)}
        assert names
        assert names <= needed


def _deploying_entry(assembly: Assembly) -> str:
    entries = assembly.resources(STACK, "AWS::EKS::AccessEntry").items()
    return next(name for name, entry in entries if "deploy-role" in text(entry["Properties"]["PrincipalArn"]))


def test_helm_ends_well_before_the_function_that_runs_it(either: Assembly):
    for chart in either.all(STACK, CHARTS):
        assert chart["Wait"] is True
        assert chart["Atomic"] is True
        assert 2 * int(chart["Timeout"].removesuffix("s")) < LAMBDA_SECONDS  # to install, and to roll back


def test_the_stack_tells_the_url_once_there_is_one(synthesize: Synthesize, managed: Assembly):
    certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/abc"
    address = by(managed, "Custom::AWSCDK-EKS-KubernetesObjectValue", ObjectType="ingress")

    assert text(template(managed)["Outputs"]["Url"]["Value"]).startswith("http://<")
    assert references(template(managed)["Outputs"]["Url"]["Value"]) == {address}
    assert by(managed, CHARTS, Release="comments") in before(managed, address)
    outputs = template(synthesize(certificate_arn=certificate))["Outputs"]
    assert text(outputs["Url"]["Value"]).startswith("https://<")


def test_on_postgres_the_service_reads_one_secret_and_is_let_in(synthesize: Synthesize):
    assembly = synthesize(store="postgres")
    (statement,) = service_statements(assembly)
    ingress = assembly.one(STACK, "AWS::EC2::SecurityGroupIngress")
    values = json.loads(text(properties(assembly, by(assembly, CHARTS, Release="comments"))["Values"]))

    assert set(statement["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
    assert text(statement["Resource"]) == values["environment"]["DATABASE_SECRET_ARN"]
    assert (ingress["FromPort"], ingress["ToPort"]) == (5432, 5432)
    assert ingress["SourceSecurityGroupId"] == {
        "Fn::GetAtt": [by(assembly, CLUSTER), "ClusterSecurityGroupId"]
    }
    assert values["migrate"] is True


def test_on_dynamodb_the_service_uses_one_table(synthesize: Synthesize):
    assembly = synthesize(store="dynamodb")
    (statement,) = service_statements(assembly)
    values = json.loads(text(properties(assembly, by(assembly, CHARTS, Release="comments"))["Values"]))

    assert all(action.startswith("dynamodb:") and "*" not in action for action in statement["Action"])
    assert "*" not in json.dumps(statement["Resource"])
    assert assembly.all(STACK, "AWS::EC2::SecurityGroupIngress") == []
    assert values["environment"]["DATABASE_URL"].startswith("dynamodb://")
    assert "DATABASE_SECRET_ARN" not in values["environment"]
    assert values["migrate"] is False


def service_statements(assembly: Assembly) -> list[dict[str, Any]]:
    association = by(assembly, "AWS::EKS::PodIdentityAssociation", ServiceAccount="comments")
    role = references(properties(assembly, association)["RoleArn"])
    return [
        statement
        for policy in assembly.all(STACK, "AWS::IAM::Policy")
        if references(policy["Roles"]) == role
        for statement in policy["PolicyDocument"]["Statement"]
    ]


@pytest.mark.parametrize("store", ["postgres", "dynamodb"])
def test_the_chart_takes_the_values_that_the_stack_gives(
    run_helm: RunHelm, synthesize: Synthesize, store: str
):
    assembly = synthesize(store=store, image=IMAGE)
    chart = properties(assembly, by(assembly, CHARTS, Release="comments"))

    run = run_helm("template", chart["Release"], str(CHART), values=json.loads(text(chart["Values"])))

    assert run.returncode == 0, run.stderr
    assert IMAGE in run.stdout


@pytest.mark.parametrize("compute", COMPUTES)
def test_without_the_internet_every_aws_service_has_an_endpoint_first(synthesize: Synthesize, compute: str):
    assembly = synthesize(egress="endpoints", eks_compute=compute)
    endpoints = assembly.resources(STACK, "AWS::EC2::VPCEndpoint")
    services = {text(one["Properties"]["ServiceName"]).rpartition(".")[2] for one in endpoints.values()}

    assert services == {"ec2", "eks", "eks-auth", "elasticloadbalancing", "lambda"}
    assert set(endpoints) <= before(assembly, by(assembly, CHARTS, Release="comments"))


@pytest.mark.parametrize(
    ("egress", "compute", "warned"),
    [
        ("endpoints", "managed-nodes", True),
        ("endpoints", "auto", False),
        ("nat", "managed-nodes", False),
    ],
)
def test_the_one_combination_that_cannot_be_deployed_says_so(
    synthesize: Synthesize, egress: str, compute: str, *, warned: bool
):
    findings = synthesize(egress=egress, eks_compute=compute).findings()

    assert any("eks-controller-needs-internet" in finding["ruleName"] for finding in findings) == warned
