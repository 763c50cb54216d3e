"""Faults of section 3 of the catalogue, each broken into EksStack or what it stands on.

A fault changes the templates in place and returns the resource that a checker should name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ecs_faults import Fault, no_default_route, no_endpoint

if TYPE_CHECKING:
    from templates import Break, Place, Templates

EKS, NETWORK = "EksStack", "NetworkStack"
CHART, MANIFEST = "Custom::AWSCDK-EKS-HelmChart", "Custom::AWSCDK-EKS-KubernetesResource"
CLUSTER, NODES, ADD_ON = "AWS::EKS::Cluster", "AWS::EKS::Nodegroup", "AWS::EKS::Addon"
ENTRY, IDENTITY = "AWS::EKS::AccessEntry", "AWS::EKS::PodIdentityAssociation"
LAUNCH, GROUP, SUBNET = "AWS::EC2::LaunchTemplate", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"
ENDPOINT, FUNCTION = "AWS::EC2::VPCEndpoint", "AWS::Lambda::Function"
ROLE, PROVIDER = "AWS::IAM::Role", "AWS::IAM::OIDCProvider"
CONTROLLER = "aws-load-balancer-controller"
ELB_TAG, OTHER_TAG = "kubernetes.io/role/elb", "kubernetes.io/cluster/another"


def _named(kind: str, part: str, stack: str = EKS) -> Break:
    """The one resource of a type whose logical id has this part."""

    def find(templates: Templates) -> Place:
        return templates.the(kind, stack=stack, where=lambda place: part in place.logical_id)

    return find


_app, _controller = _named(CHART, "WorkloadChart"), _named(CHART, "LoadBalancerController")
_namespace, _node_role = _named(MANIFEST, "WorkloadNamespace"), _named(ROLE, "NodeRole")
_handler = _named(FUNCTION, "KubectlProviderHandler")
_controller_role = _named(ROLE, "LoadBalancerControllerIdentityRole")


def _the(kind: str) -> Break:
    return lambda templates: templates.the(kind, stack=EKS)


def _set(find: Break, **changes: Any) -> Break:
    """Sets properties; None removes one."""

    return lambda templates: find(templates).set(**changes)


def _set_network(**changes: Any) -> Break:
    def change(templates: Templates) -> Place:
        cluster = templates.the(CLUSTER, stack=EKS)
        cluster.properties["ResourcesVpcConfig"].update(changes)
        return cluster

    return change


def _remove(find: Break, culprit: Break) -> Break:
    def change(templates: Templates) -> Place:
        templates.remove(find(templates))
        return culprit(templates)

    return change


def _value(find: Break, old: str, new: str) -> Break:
    """Replaces a piece of what a chart or a manifest is given, which is JSON in a string."""

    def change(templates: Templates) -> Place:
        place = find(templates)
        name = "Values" if "Values" in place.properties else "Manifest"
        given = place.properties[name]
        pieces = given["Fn::Join"][1] if isinstance(given, dict) else [given]
        if sum(old in piece for piece in pieces if isinstance(piece, str)) != 1:
            raise LookupError(f"{old} is not once in {place.logical_id}")
        changed = [piece.replace(old, new) if isinstance(piece, str) else piece for piece in pieces]
        place.properties[name] = {"Fn::Join": ["", changed]}
        return place

    return change


def _without_vpc(templates: Templates) -> Place:
    controller = _controller(templates)
    pieces = controller.properties["Values"]["Fn::Join"][1]
    at = next(number for number, piece in enumerate(pieces) if str(piece).endswith('"vpcId":"'))
    pieces[at : at + 3] = [pieces[at].replace(',"vpcId":"', "") + pieces[at + 2].removeprefix('"')]
    return templates.the(LAUNCH, stack=EKS)


def _in_chart(file: str, old: str, new: str, culprit: Break = _app) -> Break:
    """Replaces a piece of a file of our chart."""

    def change(templates: Templates) -> Place:
        templates.edit(f"templates/{file}", old, new, beside="Chart.yaml")
        return culprit(templates)

    return change


def _subnets(templates: Templates, part: str) -> list[Place]:
    return [each for each in templates.places(SUBNET, stack=NETWORK) if part in each.logical_id]


def _tagged(part: str, **tags: str | None) -> Break:
    """Sets tags of the subnets whose ids have this part, "role" and "other"; None removes one."""
    names = {"role": ELB_TAG, "other": OTHER_TAG}

    def change(templates: Templates) -> Place:
        subnets = _subnets(templates, part)
        for subnet in subnets:
            kept = {tag["Key"]: tag["Value"] for tag in subnet.properties["Tags"]}
            kept |= {names[name]: value for name, value in tags.items() if value}
            for name in (names[name] for name, value in tags.items() if value is None):
                kept.pop(name, None)
            subnet.properties["Tags"] = [{"Key": key, "Value": value} for key, value in kept.items()]
        return subnets[0]

    return change


def _no_tags(templates: Templates) -> Place:
    _tagged("Public", role=None)(templates)
    return _app(templates)


def _no_tags_and_an_old_controller(templates: Templates) -> Place:
    _controller(templates).properties["Version"] = "1.8.2"
    return _no_tags(templates)


def _one_zone_tagged(templates: Templates) -> Place:
    _tagged("PublicSubnet2", role=None)(templates)
    return _app(templates)


def _small_subnets(endpoints: int) -> Break:
    def change(templates: Templates) -> Place:
        subnets = _subnets(templates, "Public")
        for number, subnet in enumerate(subnets):
            subnet.properties["CidrBlock"] = f"10.0.0.{16 * number}/28"
        for number in range(endpoints):
            templates.add(
                NETWORK,
                f"Endpoint{number}",
                ENDPOINT,
                VpcEndpointType="Interface",
                VpcId=subnets[0].properties["VpcId"],
                ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.monitoring"},
                SubnetIds=[{"Ref": subnet.logical_id} for subnet in subnets],
            )
        return subnets[0]

    return change


ISSUER = {
    "Fn::Select": [1, {"Fn::Split": ["//", {"Fn::GetAtt": ["ClusterEB0386A7", "OpenIdConnectIssuerUrl"]}]}]
}
LITERAL = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"


def _by_token(
    *, issuer: Any, account: str, provider: bool = True, culprit: Break = _controller_role
) -> Break:
    """The controller's role by a token of its service account, in the place of Pod Identity."""

    def change(templates: Templates) -> Place:
        role, controller = _controller_role(templates), _controller(templates)
        if provider:
            url = {"Fn::GetAtt": [templates.the(CLUSTER, stack=EKS).logical_id, "OpenIdConnectIssuerUrl"]}
            templates.add(EKS, "Oidc", PROVIDER, Url=url, ClientIdList=["sts.amazonaws.com"])
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "arn:aws:iam::${AWS::AccountId}:oidc-provider/${Issuer}"},
            "Condition": {"StringEquals": {"${Issuer}:sub": f"system:serviceaccount:{account}"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        role.properties["AssumeRolePolicyDocument"] = {"Fn::Sub": [policy, {"Issuer": issuer}]}
        templates.remove(_named(IDENTITY, "LoadBalancerController")(templates))
        pieces = controller.properties["Values"]["Fn::Join"][1]
        name = f'"name":"{CONTROLLER}"'
        before, after = pieces[-1].split(name)
        annotated = f'{before}{name},"annotations":{{"eks.amazonaws.com/role-arn":"'
        pieces[-1:] = [annotated, {"Fn::GetAtt": [role.logical_id, "Arn"]}, '"}' + after]
        return culprit(templates)

    return change


def _annotated_pods(templates: Templates) -> Place:
    templates.remove(_named(IDENTITY, "Workload")(templates))
    scrape = 'prometheus.io/scrape: "true"'
    annotation = 'eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/comments"'
    return _in_chart("deployment.yaml", scrape, f"{scrape}\n        {annotation}")(templates)


def _no_session_tags(templates: Templates) -> Place:
    role = _named(ROLE, "WorkloadIdentityRole")(templates)
    role.properties["AssumeRolePolicyDocument"]["Statement"][0]["Action"] = "sts:AssumeRole"
    return role


def _older_policy(action: str) -> Break:
    def change(templates: Templates) -> Place:
        policy = templates.the("AWS::IAM::ManagedPolicy", stack=EKS)
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            given = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [each for each in given if each != action] or "ec2:DescribeTags"
        return _controller_role(templates)

    return change


def _side_by_side(templates: Templates) -> Place:
    controller = _controller(templates).logical_id
    for resource in templates.stacks[EKS]["Resources"].values():
        if isinstance(resource.get("DependsOn"), list):
            resource["DependsOn"] = [each for each in resource["DependsOn"] if each != controller]
    return _app(templates)


def _own_groups(culprit: Break, *, tagged: bool = False, beside_the_clusters: bool = False) -> Break:
    """A security group of our own for the nodes, in which nothing is opened."""

    def change(templates: Templates) -> Place:
        cluster, launch = templates.the(CLUSTER, stack=EKS), templates.the(LAUNCH, stack=EKS)
        vpc = _named(GROUP, "ControlPlane")(templates).properties["VpcId"]
        key = {"Fn::Sub": f"kubernetes.io/cluster/${{{cluster.logical_id}}}"}
        tags = [{"Key": key, "Value": "owned"}] if tagged else []
        templates.add(EKS, "NodesGroup", GROUP, GroupDescription="nodes", VpcId=vpc, Tags=tags)
        groups: list[Any] = [{"Fn::GetAtt": ["NodesGroup", "GroupId"]}]
        if beside_the_clusters:
            groups.append({"Fn::GetAtt": [cluster.logical_id, "ClusterSecurityGroupId"]})
        launch.properties["LaunchTemplateData"]["SecurityGroupIds"] = groups
        return culprit(templates)

    return change


def _standard_entry(templates: Templates) -> Place:
    cluster = {"Ref": templates.the(CLUSTER, stack=EKS).logical_id}
    role = {"Fn::GetAtt": [_node_role(templates).logical_id, "Arn"]}
    return templates.add(EKS, "NodesEntry", ENTRY, ClusterName=cluster, PrincipalArn=role)


def _trusts(service: str, find: Break) -> Break:
    def change(templates: Templates) -> Place:
        role = find(templates)
        role.properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"Service": service}
        return role

    return change


def _without_policy(name: str, find: Break) -> Break:
    def change(templates: Templates) -> Place:
        role = find(templates)
        kept = [each for each in role.properties["ManagedPolicyArns"] if name not in str(each)]
        role.properties["ManagedPolicyArns"] = kept
        return role

    return change


def _cni_after_nodes(templates: Templates) -> Place:
    nodes, cni = templates.the(NODES, stack=EKS), _named(ADD_ON, "vpccni")(templates)
    nodes.resource["DependsOn"] = [each for each in nodes.resource["DependsOn"] if each != cni.logical_id]
    cni.resource["DependsOn"] = [nodes.logical_id]
    return cni


def _policy(name: str, *namespaces: str) -> list[dict[str, Any]]:
    scope = {"Type": "namespace", "Namespaces": list(namespaces)} if namespaces else {"Type": "cluster"}
    return [{"PolicyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "AccessScope": scope}]


def _old_kubectl(templates: Templates) -> Place:
    layer = _named("AWS::Lambda::LayerVersion", "KubectlLayer")(templates)
    layer.properties["Description"] = "/opt/kubectl/kubectl 1.20.0; /opt/helm/helm 3.8.1"
    _namespace(templates).properties["PruneLabel"] = "aws.cdk.eks/prune-c8"
    return _handler(templates)


def _own_controller(templates: Templates) -> Place:
    cluster = {"Ref": templates.the(CLUSTER, stack=EKS).logical_id}
    app = _app(templates)
    app.resource["DependsOn"].append("Controller")
    return templates.add(
        EKS,
        "Controller",
        CHART,
        ServiceToken=app.properties["ServiceToken"],
        ClusterName=cluster,
        Release=CONTROLLER,
        Namespace="kube-system",
        Chart=CONTROLLER,
        Repository="https://aws.github.io/eks-charts",
        Version="3.2.2",
        Wait=True,
        Timeout="420s",
        Values={"Fn::Join": ["", ['{"clusterName":"', cluster, '","vpcId":"vpc-0"}']]},
    )


_target_type = "    alb.ingress.kubernetes.io/target-type: ip\n"
_interval = "{{ .healthCheck.intervalSeconds | quote }}"
_health_path = "    alb.ingress.kubernetes.io/healthcheck-path: {{ $.Values.paths.health }}\n"

FAULTS = (
    Fault("K1", "no subnet has the tag, and Auto Mode wants it", _no_tags, base="auto"),
    Fault("K1", "no subnet has the tag, and an old controller wants it", _no_tags_and_an_old_controller),
    Fault("K2", "the subnets are another cluster's", _tagged("Public", other="owned")),
    Fault("K3", "the tag on private subnets", _tagged("Private", role="1")),
    Fault("K4", "the tag in one zone", _one_zone_tagged),
    Fault("K5", "public subnets of 16 addresses", _small_subnets(0), verdict="advice"),
    Fault("K5", "public subnets of 16 addresses with four endpoints", _small_subnets(4)),
    Fault("K6", "another cluster's name", _set(_controller, Values='{"clusterName":"production"}')),
    Fault("K7", "no vpcId, and metadata one hop away", _without_vpc),
    Fault("K8", "the token of another namespace", _by_token(issuer=ISSUER, account=f"default:{CONTROLLER}")),
    Fault(
        "K8",
        "another cluster's id",
        _by_token(issuer=LITERAL, account=f"kube-system:{CONTROLLER}", culprit=_controller),
        verdict="unproven",
    ),
    Fault(
        "K8",
        "no OIDC provider",
        _by_token(issuer=ISSUER, account=f"kube-system:{CONTROLLER}", provider=False, culprit=_controller),
    ),
    Fault(
        "K9",
        "the association of another service account",
        _set(_named(IDENTITY, "LoadBalancerController"), ServiceAccount="controller"),
    ),
    Fault(
        "K9",
        "no association for the controller",
        _remove(_named(IDENTITY, "LoadBalancerController"), _controller),
    ),
    Fault("K9", "the role's annotation on the pods", _annotated_pods),
    Fault(
        "K9",
        "no service account",
        _in_chart("serviceaccount.yaml", "kind: ServiceAccount", "kind: ConfigMap"),
    ),
    Fault(
        "K10", "no agent", _remove(_named(ADD_ON, "podidentityagent"), _named(IDENTITY, "WorkloadIdentity"))
    ),
    Fault("K10", "the role of the pods lets no session be tagged", _no_session_tags),
    Fault(
        "K11",
        "no DescribeListenerAttributes",
        _older_policy("elasticloadbalancing:DescribeListenerAttributes"),
    ),
    Fault("K11", "no GetSecurityGroupsForVpc", _older_policy("ec2:GetSecurityGroupsForVpc")),
    Fault("K11", "no AddTags", _older_policy("elasticloadbalancing:AddTags")),
    Fault("K12", "the service and the controller side by side", _side_by_side),
    Fault("K12", "the controller's release does not wait for its pods", _set(_controller, Wait=False)),
    Fault(
        "K13",
        "a certificate of cert-manager, which is not there",
        _value(_controller, '"enableShield":false', '"enableShield":false,"enableCertManager":true'),
    ),
    Fault("K14", "the nodes' own group lets nothing in", _own_groups(_named(GROUP, "NodesGroup"))),
    Fault("K15", "two groups with the tag", _own_groups(_the(NODES), tagged=True, beside_the_clusters=True)),
    Fault("K16", "no target type, a ClusterIP service", _in_chart("ingress.yaml", _target_type, "")),
    Fault("K17", "the class nginx", _value(_app, '"className":"alb"', '"className":"nginx"')),
    Fault(
        "K17",
        "nobody makes Auto Mode's class",
        _remove(_named(MANIFEST, "IngressClass"), _app),
        base="auto",
    ),
    Fault("K18", "ports that are no JSON", _in_chart("ingress.yaml", "'[{\"HTTP\": 80}]'", "'[HTTP: 80]'")),
    Fault("K18", "an interval of 2 s", _in_chart("ingress.yaml", _interval, '"2"')),
    Fault("K19", "no health check path", _in_chart("ingress.yaml", _health_path, "")),
    Fault(
        "K19",
        "another health check path",
        _in_chart("ingress.yaml", "$.Values.paths.health }}", "$.Values.paths.metrics }}"),
    ),
    Fault(
        "K20",
        "no readiness gate",
        _value(_namespace, '"elbv2.k8s.aws/pod-readiness-gate-inject":"enabled",', ""),
        verdict="advice",
    ),
    Fault("K21", "a port that the Service has not", _in_chart("ingress.yaml", "name: http\n", "name: web\n")),
    Fault("K22", "the private subnets lose their default route", no_default_route(_the(NODES))),
    Fault(
        "K22",
        "nodes in a group that the cluster does not let in",
        _own_groups(_the(NODES)),
    ),
    Fault(
        "K22",
        "no endpoint of EKS's API but a public one",
        _set_network(EndpointPrivateAccess=False, EndpointPublicAccess=True),
        base="auto-endpoints",
    ),
    Fault("K22", "the cluster's role trusts ec2", _trusts("ec2.amazonaws.com", _named(ROLE, "ClusterRole"))),
    Fault("K23", "an access entry as a person's", _standard_entry),
    Fault("K23", "the nodes' role trusts eks", _trusts("eks.amazonaws.com", _node_role)),
    Fault("K24", "no policy to pull", _without_policy("ContainerRegistry", _node_role)),
    Fault(
        "K24", "no policy to pull, Auto Mode", _without_policy("ContainerRegistry", _node_role), base="auto"
    ),
    Fault("K25", "the private subnets lose their default route", no_default_route(_the(NODES))),
    Fault("K25", "no ecr.dkr endpoint", no_endpoint("ecr.dkr", _the(CLUSTER)), base="auto-endpoints"),
    Fault("K25", "no S3 endpoint", no_endpoint("s3", _the(CLUSTER)), base="auto-endpoints"),
    Fault(
        "K25",
        "an image of Docker Hub",
        _in_chart("_helpers.tpl", "{{ .Values.image | quote }}", "nginx:1", _the(CLUSTER)),
        base="auto-endpoints",
    ),
    Fault("K26", "no AmazonEKS_CNI_Policy", _without_policy("CNI", _named(ROLE, "CniRole"))),
    Fault("K26", "the network plugin waits for the nodes", _cni_after_nodes),
    Fault("K26", "no network plugin", _remove(_named(ADD_ON, "vpccni"), _the(NODES))),
    Fault(
        "K27",
        "no access entry for kubectl",
        _remove(_named(ENTRY, "AdminRoleAccess"), _named(ROLE, "KubectlRole")),
    ),
    Fault(
        "K27",
        "no access entry for GitHub's jobs",
        _remove(_named(ENTRY, "DeliveryAccess"), _named(ROLE, "Deploy", "DeliveryStack")),
        base="github",
    ),
    Fault(
        "K28",
        "kubectl may change another namespace",
        _set(_named(ENTRY, "AdminRoleAccess"), AccessPolicies=_policy("AmazonEKSAdminPolicy", "web")),
    ),
    Fault(
        "K28",
        "GitHub's jobs may look",
        _set(_named(ENTRY, "DeliveryAccess"), AccessPolicies=_policy("AmazonEKSViewPolicy")),
        base="github",
    ),
    Fault("K29", "helm waits as long as its function", _set(_controller, Timeout="900s"), verdict="advice"),
    Fault("K30", "kubectl 1.20 prunes", _old_kubectl),
    Fault("K31", "kubectl's function outside of the VPC", _set(_handler, VpcConfig=None)),
    Fault("K33", "an Ingress that may outlive its controller", _side_by_side),
    Fault("K34", "a controller of our own beside Auto Mode's", _own_controller, base="auto"),
    Fault("K35", "Amazon Linux 2", _set(_the(NODES), AmiType="AL2_x86_64")),
    Fault("K35", "an image for arm64", _set(_the(NODES), AmiType="AL2023_ARM_64_STANDARD")),
)
