"""Network ACLs against an oracle that asks packet by packet, as AWS does."""

import ipaddress
from typing import Any

import hypothesis
from hypothesis import strategies as st

from cais.findings import Subject
from cais.site.acls import acl_lets_in
from cais.site.ends import End
from cais.site.model.network import AclEntry, Network, NetworkAcl, Subnet
from cais.site.model.site import Site

NOWHERE = Subject(template="t", logical_id="Acl", type="AWS::EC2::NetworkAcl")
PORTS = (79, 80, 81, 1024, 40000, 65535)
BLOCKS = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.128/25", "192.168.0.0/16")
PEERS = ("10.0.0.0/24", "10.0.0.128/25", "10.0.0.0/23")
EPHEMERAL = (1024, 65535)


def _entry(fields: dict[str, Any]) -> AclEntry:
    return AclEntry(**fields)


entries = st.lists(
    st.fixed_dictionaries(
        {
            "subject": st.just(NOWHERE),
            "number": st.integers(1, 32766),
            "egress": st.booleans(),
            "allow": st.booleans(),
            "protocol": st.sampled_from(("-1", "6", "17")),
            "cidr": st.sampled_from(BLOCKS),
            "from_port": st.sampled_from((None, 0, 80, 1024)),
            "to_port": st.sampled_from((None, 80, 1024, 65535)),
        }
    ).map(_entry),
    max_size=6,
    unique_by=lambda entry: (entry.number, entry.egress),
)


def passes(rules: list[AclEntry], *, egress: bool, address: str, port: int) -> bool:
    """What AWS does with one packet of TCP: the first entry by number that means it decides."""
    ours = (rule for rule in rules if rule.egress is egress)
    for rule in sorted(ours, key=lambda each: int(str(each.number))):
        first, last = rule.from_port, rule.to_port
        in_range = first is None or int(str(first)) <= port <= int(str(first if last is None else last))
        in_block = ipaddress.ip_address(address) in ipaddress.ip_network(str(rule.cidr))
        if rule.protocol in {"-1", "6"} and in_range and in_block:
            return bool(rule.allow)
    return False


@hypothesis.given(rules=entries, block=st.sampled_from(PEERS), port=st.sampled_from((80, 81)))
@hypothesis.settings(max_examples=600)
def test_every_packet_of_what_is_proven_passes_and_one_of_what_is_refuted_does_not(
    rules: list[AclEntry], block: str, port: int
):
    subnet = Subnet(key="s", subject=NOWHERE, vpc="v", cidr="10.0.0.0/24", route_table="r", acl="a", zone="z")
    acl = NetworkAcl(key="a", subject=NOWHERE, vpc="v", entries=tuple(rules))
    site = Site(network=Network(acls={"a": acl}, subnets={"s": subnet}))
    peer = End(name="peer", addresses=(block,))
    verdict = acl_lets_in(site, subnet, peer, (port, port), answers=EPHEMERAL).verdict
    sample = [str(each) for each in list(ipaddress.ip_network(block))[::64]]
    into = [passes(rules, egress=False, address=each, port=port) for each in sample]
    answers = [
        passes(rules, egress=True, address=each, port=answer)
        for each in sample
        for answer in PORTS
        if EPHEMERAL[0] <= answer <= EPHEMERAL[1]
    ]
    if verdict == "proven":
        assert all(into)
        assert all(answers)
    if verdict == "refuted":
        assert not all(into) or not all(answers)
