"""Addresses: which are in a list, which are anybody's on the internet, which are private."""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# The IPv6 addresses that stand for IPv4 ones are ::ffff:0:0/96.
_MAPPED_PREFIX = 96

# IANA's IPv4 Special-Purpose Address Registry and IPv4 Multicast Address Space Registry, written
# out because `is_global` of the standard library differs between Python's minor versions. The few
# global services in the first (AS112, AMT) take no requests either.
_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by customers of a carrier
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local: cloud metadata, Lambda's own services
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)

# IANA's Internet Protocol Version 6 Address Space: all else than 2000::/3 is special or unused,
# the forms of IPv4 addresses (::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48) among it.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
# IANA's IPv6 Special-Purpose Address Registry, what of it is in 2000::/3.
_SPECIAL_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, ORCHID …
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)

# RFC 1918, RFC 6598 and loopback: where those who run this inside their own network may have hosts.
_PRIVATE_IPV4 = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    )
)


def is_listed(address: str, allow_list: str) -> bool:
    """Tell whether the address is in one of the list's addresses and networks.

    Items are separated by commas or line breaks; an empty list lists nobody, and so does an item
    that is neither address nor network. An IPv4 address and its IPv6-mapped form are the same.
    What is no address is never listed.
    """
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    if isinstance(asked, IPv6Address) and asked.ipv4_mapped:
        asked = asked.ipv4_mapped
    items = (item.strip() for item in re.split(r"[,\r\n]", allow_list))
    return any(asked in network for network in map(_network, items) if network)


def is_public(address: str) -> bool:
    """Tell whether the address is a host's on the internet; what is no address is not.

    An IPv6 form of an IPv4 address (mapped, NAT64, 6to4 …) never is, whatever it stands for.
    """
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    if isinstance(asked, IPv6Address):
        return asked in _GLOBAL_IPV6 and not any(asked in network for network in _SPECIAL_IPV6)
    return not any(asked in network for network in _SPECIAL_IPV4)


def is_private(address: str) -> bool:
    """Tell whether this is an IPv4 address of a private network, a carrier's or of this machine."""
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in _PRIVATE_IPV4)


def _network(item: str) -> IPv4Network | IPv6Network | None:
    try:
        network = ip_network(item, strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network
