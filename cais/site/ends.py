"""The ends of a TCP connection, and whether blocks of addresses and ranges of ports mean them."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from cais.site.matching import Match
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.values import Key, MaybeNumber, MaybeText

Direction = Literal["in", "out"]
Ports = tuple[int, int]
EVERYWHERE = "0.0.0.0/0"


class End(Struct, frozen=True, kw_only=True):
    """One end of a connection. Without groups no security group filters there.

    `addresses` are the IPv4 blocks that it may be in, `prefix_list` is whether AWS has a list of them.
    """

    name: str
    groups: tuple[Key, ...] = ()
    addresses: tuple[MaybeText, ...] = ()
    prefix_list: bool = False

    def each(self) -> Iterator[End]:
        """The end, at one of its addresses at a time."""
        for address in self.addresses or (None,):
            yield replace(self, addresses=() if address is None else (address,))


INTERNET = End(name="the internet", addresses=(EVERYWHERE,))


def where(direction: Direction, peer: End) -> str:
    """A direction in words."""
    return f"in from {peer.name}" if direction == "in" else f"out to {peer.name}"


def is_tcp(protocol: MaybeText) -> Match:
    """Whether a rule of this protocol is about TCP."""
    if isinstance(protocol, str):
        return Match.YES if protocol in {"tcp", "6", "-1"} else Match.NO
    return Match.PERHAPS


def within(wanted: Ports, first: MaybeNumber | None, last: MaybeNumber | None) -> Match:
    """Whether a range of ports holds all of the wanted ones; perhaps, where it holds some."""
    last = first if last is None else last
    if first is None:
        return Match.YES
    if not isinstance(first, int) or not isinstance(last, int):
        return Match.PERHAPS
    if first <= wanted[0] and wanted[1] <= last:
        return Match.YES
    return Match.PERHAPS if first <= wanted[1] and wanted[0] <= last else Match.NO


def covers(block: MaybeText, end: End) -> Match:
    """Whether a block holds all addresses of an end that has one at most; perhaps, where it holds some."""
    if block == EVERYWHERE:
        return Match.YES
    address = next(iter(end.addresses), None)
    if not isinstance(block, str) or not isinstance(address, str):
        return Match.YES if block == address else Match.PERHAPS
    return _holds(block, address)


@lru_cache(maxsize=1024)
def _holds(block: str, address: str) -> Match:
    try:
        mine, other = ipaddress.ip_network(block, strict=False), ipaddress.ip_network(address, strict=False)
    except ValueError:
        return Match.PERHAPS
    if not isinstance(mine, ipaddress.IPv4Network) or not isinstance(other, ipaddress.IPv4Network):
        return Match.NO
    if address == EVERYWHERE:
        return Match.NO if mine.is_private else Match.PERHAPS
    if other.subnet_of(mine):
        return Match.YES
    return Match.PERHAPS if mine.overlaps(other) else Match.NO


def ports_told(first: MaybeNumber | None, last: MaybeNumber | None) -> str:
    """A range of ports in words."""
    if first is None:
        return "every port"
    return describe(first) if last in {None, first} else f"{describe(first)}-{describe(last or '')}"
