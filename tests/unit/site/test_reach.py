"""Reachability on sets: what a case of a rule shows of one template, here in general."""

import ipaddress

import hypothesis
import pytest
from hypothesis import strategies as st

from cais.site.ends import End, covers, within
from cais.site.matching import Match
from cais.site.model.site import Site
from cais.site.reach import Place, reaches_internet, reaches_port
from cais.template.values import Unknown
from tests.unit.site.conftest import MakeSite

networks = st.builds(
    lambda address, length: str(ipaddress.ip_network((address, length), strict=False)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@hypothesis.given(networks, networks)
def test_a_block_covers_an_end_just_as_it_holds_its_addresses(block: str, address: str):
    mine, other = ipaddress.IPv4Network(block), ipaddress.IPv4Network(address)
    answer = covers(block, End(name="x", addresses=(address,)))
    if answer is Match.YES:
        assert other.subnet_of(mine)
    if answer is Match.NO:
        assert not other.subnet_of(mine)


@hypothesis.given(*[st.integers(0, 65535)] * 4)
def test_a_range_holds_ports_one_by_one(a: int, b: int, c: int, d: int):
    wanted, given = (min(a, b), max(a, b)), (min(c, d), max(c, d))
    answer = within(wanted, *given)
    inside = [given[0] <= port <= given[1] for port in wanted]
    if answer is Match.YES:
        assert all(inside)
    if answer is Match.NO:
        assert not any(inside)


def test_what_is_not_known_is_neither_inside_nor_outside():
    somewhere = End(name="x", addresses=(Unknown("a parameter"),))
    assert covers("10.0.0.0/8", somewhere) is Match.PERHAPS
    assert covers(Unknown("a parameter"), End(name="x", addresses=("10.0.0.0/8",))) is Match.PERHAPS
    assert within((80, 80), Unknown("a parameter"), 80) is Match.PERHAPS


VPC = """
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
Gateway: {Type: AWS::EC2::InternetGateway}
Attachment:
  Type: AWS::EC2::VPCGatewayAttachment
  Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
Route:
  Type: AWS::EC2::Route
  Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: x}}
"""
ASSOCIATION = """
Association:
  Type: AWS::EC2::SubnetRouteTableAssociation
  Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Subnet}
"""


def place(found: Site, *, public_ip: bool = True) -> Place:
    (subnet,) = found.network.subnets.values()
    group = next(
        each for each in found.network.security_groups.values() if each.subject.logical_id == "Group"
    )
    return Place(name="x", subnets=(subnet.key,), security_groups=(group.key,), public_ip=public_ip)


@pytest.mark.parametrize(
    ("resources", "public_ip", "verdict"),
    [
        (VPC + ASSOCIATION, True, "proven"),
        (VPC + ASSOCIATION, False, "refuted"),
        (VPC, True, "refuted"),  # the main route table has no way out
    ],
)
def test_the_internet_by_a_gateway(site: MakeSite, resources: str, public_ip: bool, verdict: str):
    found = site(resources)
    assert reaches_internet(found, place(found, public_ip=public_ip)).verdict == verdict


def test_every_step_of_a_proof_names_what_it_rests_on(site: MakeSite):
    found = site(VPC + ASSOCIATION)
    steps = " ".join(reaches_internet(found, place(found)).steps)
    assert all(name in steps for name in ("Subnet", "Gateway", "Route", "Group"))


def test_a_place_without_known_subnets_is_open(site: MakeSite):
    found = site(VPC)
    nowhere = Place(name="x", subnets=(), security_groups=())
    elsewhere = Place(name="y", subnets=("subnet-1",), security_groups=())
    assert reaches_internet(found, nowhere).verdict == "unproven"
    assert reaches_port(found, place(found), elsewhere, 80).verdict == "unproven"
