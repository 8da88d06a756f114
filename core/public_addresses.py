"""Which addresses are of the public internet: for all that is fetched over HTTP (`core/guarded_fetch.py`).

What IANA's registries call special is not, whether or not it is reachable from afar: no web site is there, but a router
of the own network may answer, or the machine that hosts this one.
Sources: https://www.iana.org/assignments/iana-ipv4-special-registry, .../iana-ipv6-special-registry (2025-10).
"""

import ipaddress

_SPECIAL_4 = tuple(
    map(
        ipaddress.IPv4Network,
        """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
        192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
        203.0.113.0/24 224.0.0.0/3 168.63.129.16/32""".split(),
    )
)
"""IPv4: special, multicast, reserved; at last what Azure's virtual machines ask of their host."""

_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
"""IPv6 that is given to the public: nothing beyond it is."""

_SPECIAL_6 = tuple(map(ipaddress.IPv6Network, "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20".split()))
"""What is special within that: Teredo and other protocols, examples, 6to4, sinks of wrong names."""

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""How a network of IPv6 alone reaches IPv4 (RFC 6052): the last 32 bits are the address that is meant."""


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet; an IPv6 address that stands for an IPv4 one counts as that."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and (parsed.ipv4_mapped or parsed in _TRANSLATED):
        parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _SPECIAL_4)
    return parsed in _UNICAST_6 and not any(parsed in network for network in _SPECIAL_6)
