import pytest

from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "NetworkStack"


@pytest.fixture
def nat(synthesize: Synthesize) -> Assembly:
    return synthesize(egress="nat", store="postgres", eks_compute="managed-nodes")


@pytest.fixture
def endpoints(synthesize: Synthesize) -> Assembly:
    return synthesize(egress="endpoints", store="postgres", eks_compute="auto")


def subnets(assembly: Assembly) -> dict[str, dict[str, str]]:
    """The tags of each subnet, by its logical id."""
    return {
        name: {tag["Key"]: tag["Value"] for tag in subnet["Properties"]["Tags"]}
        for name, subnet in assembly.resources(STACK, "AWS::EC2::Subnet").items()
    }


def default_routes(assembly: Assembly) -> dict[str, set[str]]:
    """Where each subnet's default route leads, by its logical id: `GatewayId`, `NatGatewayId` or nowhere."""
    tables = {
        association["SubnetId"]["Ref"]: association["RouteTableId"]["Ref"]
        for association in assembly.all(STACK, "AWS::EC2::SubnetRouteTableAssociation")
    }
    routes = [
        route
        for route in assembly.all(STACK, "AWS::EC2::Route")
        if route["DestinationCidrBlock"] == "0.0.0.0/0"
    ]
    return {
        subnet: {
            way
            for route in routes
            if route["RouteTableId"]["Ref"] == table
            for way in route.keys() & {"GatewayId", "NatGatewayId"}
        }
        for subnet, table in tables.items()
    }


def services(assembly: Assembly, stack: str, kind: str) -> set[str]:
    return {
        endpoint["ServiceName"]["Fn::Join"][1][-1].removeprefix(".")
        for endpoint in assembly.all(stack, "AWS::EC2::VPCEndpoint")
        if endpoint["VpcEndpointType"] == kind
    }


@pytest.mark.parametrize(("egress", "way_out"), [("nat", {"NatGatewayId"}), ("endpoints", set())])
def test_two_public_and_two_private_subnets(synthesize: Synthesize, egress: str, way_out: set[str]):
    routes = default_routes(synthesize(egress=egress))
    kinds = {
        name: "public" if "kubernetes.io/role/elb" in tags else "private"
        for name, tags in subnets(synthesize(egress=egress)).items()
    }
    assert sorted(kinds.values()) == ["private", "private", "public", "public"]
    for name, kind in kinds.items():
        assert routes[name] == ({"GatewayId"} if kind == "public" else way_out)


def test_a_subnet_is_tagged_for_exactly_one_scheme(nat: Assembly, endpoints: Assembly):
    for assembly in (nat, endpoints):
        for tags in subnets(assembly).values():
            roles = {key: value for key, value in tags.items() if key.startswith("kubernetes.io/role/")}
            scheme = "elb" if tags["aws-cdk:subnet-type"] == "Public" else "internal-elb"
            assert roles == {f"kubernetes.io/role/{scheme}": "1"}


def test_no_subnet_hands_out_public_addresses(nat: Assembly):
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in nat.all(STACK, "AWS::EC2::Subnet"))


def test_names_resolve_inside(nat: Assembly):
    vpc = nat.one(STACK, "AWS::EC2::VPC")
    assert vpc["EnableDnsSupport"]
    assert vpc["EnableDnsHostnames"]


def test_flows_are_recorded(nat: Assembly):
    assert nat.one(STACK, "AWS::EC2::FlowLog")["TrafficType"] == "ALL"


def test_nat_needs_no_interface_endpoints(nat: Assembly):
    assert len(nat.all(STACK, "AWS::EC2::NatGateway")) == 1
    for stack in nat.stacks:
        assert services(nat, stack, "Interface") == set()


def test_endpoints_are_complete_and_replace_nat(endpoints: Assembly):
    assert endpoints.all(STACK, "AWS::EC2::NatGateway") == []
    assert services(endpoints, STACK, "Interface") == {"ecr.api", "ecr.dkr", "logs", "sts"}
    assert services(endpoints, "DataStack", "Interface") == {"secretsmanager"}


def test_image_layers_come_through_the_gateway_of_every_private_route_table(
    nat: Assembly, endpoints: Assembly
):
    for assembly in (nat, endpoints):
        assert services(assembly, STACK, "Gateway") == {"s3", "dynamodb"}
        tables = {
            association["RouteTableId"]["Ref"]
            for association in assembly.all(STACK, "AWS::EC2::SubnetRouteTableAssociation")
            if "Private" in association["SubnetId"]["Ref"]
        }
        for endpoint in assembly.all(STACK, "AWS::EC2::VPCEndpoint"):
            if endpoint["VpcEndpointType"] == "Gateway":
                assert tables <= {table["Ref"] for table in endpoint["RouteTableIds"]}


def test_endpoints_answer_by_their_private_names_to_the_whole_vpc(endpoints: Assembly):
    group = endpoints.one(STACK, "AWS::EC2::SecurityGroup")
    (rule,) = group["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.0.0/16", 443, 443)
    for stack in ("NetworkStack", "DataStack", "EksStack"):
        for endpoint in endpoints.all(stack, "AWS::EC2::VPCEndpoint"):
            if endpoint["VpcEndpointType"] == "Interface":
                assert endpoint["PrivateDnsEnabled"]
                assert len(endpoint["SecurityGroupIds"]) == 1


def test_a_table_needs_no_endpoint_for_a_secret(synthesize: Synthesize):
    assert services(synthesize(egress="endpoints", store="dynamodb"), "DataStack", "Interface") == set()
