"""Laws that the intrinsic functions obey whatever their arguments are."""

from __future__ import annotations

import ipaddress
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st

from cais.template import Pseudo, Text, Unknown
from tests.unit.template.making import resolved

if TYPE_CHECKING:
    from cais.template import Value

texts = st.text(st.characters(codec="utf-8", exclude_characters="${}"), max_size=8)
references = st.sampled_from(["Vpc", "AWS::Region", "AWS::AccountId"])
pieces = st.lists(st.one_of(texts, references.map(lambda name: {"Ref": name})), max_size=6)


def without_region(value: Value) -> Value:
    """A value in which the region is spelled out."""
    if isinstance(value, Pseudo):
        return "{region}"
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else "{region}" for part in value.parts)
    return value


@given(items=st.lists(texts.filter(lambda text: "," not in text), min_size=1))
def test_splitting_undoes_joining(items: list[str]):
    assert resolved({"Fn::Split": [",", {"Fn::Join": [",", items]}]}) == items


@given(items=pieces.filter(bool), delimiter=st.sampled_from([",", ":", "/"]))
def test_splitting_what_is_partly_unknown_agrees_with_splitting_it_later(items: list[Any], delimiter: str):
    assume({"Ref": "Vpc"} not in items and {"Ref": "AWS::AccountId"} not in items)
    joined = resolved({"Fn::Join": [delimiter, items]})
    split = resolved({"Fn::Split": [delimiter, {"Fn::Join": [delimiter, items]}]})
    assert isinstance(split, list)
    assert [without_region(piece) for piece in split] == str(without_region(joined)).split(delimiter)


@given(items=pieces)
def test_substituting_is_joining(items: list[Any]):
    text = "".join(item if isinstance(item, str) else f"${{{item['Ref']}}}" for item in items)
    assert resolved({"Fn::Sub": text}) == resolved({"Fn::Join": ["", items]})


@given(items=pieces, cut=st.integers(0, 6))
def test_joining_is_associative(items: list[Any], cut: int):
    halves = [{"Fn::Join": ["", items[:cut]]}, {"Fn::Join": ["", items[cut:]]}]
    assert resolved({"Fn::Join": ["", halves]}) == resolved({"Fn::Join": ["", items]})


@given(items=pieces)
def test_neighbouring_plain_parts_are_always_joined(items: list[Any]):
    value = resolved({"Fn::Join": ["-", items]})
    if isinstance(value, Text):
        kinds = [isinstance(part, str) for part in value.parts]
        assert len(kinds) > 1
        assert "" not in value.parts
        assert not any(first and second for first, second in pairwise(kinds))


@given(items=st.lists(texts), index=st.integers(0, 8))
def test_selecting_is_indexing(items: list[str], index: int):
    value = resolved({"Fn::Select": [index, items]})
    if index < len(items):
        assert value == items[index]
    else:
        assert isinstance(value, Unknown)


@given(first=st.integers(0, 5), second=st.integers(0, 5))
def test_zones_are_the_same_where_their_numbers_are(first: int, second: int):
    one, other = (resolved({"Fn::Select": [number, {"Fn::GetAZs": ""}]}) for number in (first, second))
    assert (one == other) is (first == second)


@given(
    address=st.ip_addresses(v=4) | st.ip_addresses(v=6),
    prefix=st.integers(0, 128),
    count=st.integers(1, 256),
    bits=st.integers(0, 128),
)
def test_ranges_are_those_of_ipaddress(address: Any, prefix: int, count: int, bits: int):
    assume(prefix <= address.max_prefixlen)
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    ranges = resolved({"Fn::Cidr": [str(network), count, bits]})
    available = 2 ** (network.max_prefixlen - bits - prefix) if network.max_prefixlen - bits >= prefix else 0
    if count > available:
        assert isinstance(ranges, Unknown)
        return
    assert isinstance(ranges, list)
    found: list[Any] = [ipaddress.ip_network(str(text)) for text in ranges]
    assert len(set(found)) == count
    assert all(subnet.subnet_of(network) and subnet.num_addresses == 2**bits for subnet in found)
    assert found == sorted(found)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(10**6), 10**6) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, min_size=2, max_size=3),
        max_leaves=8,
    )
)
def test_values_without_functions_stay_as_they_are(value: Any):
    assert resolved(value) == value
    assert json.loads(str(resolved({"Fn::ToJsonString": {"value": value}}))) == {"value": value}
