"""Lists of addresses and networks that may do something."""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# The IPv6 addresses that stand for IPv4 ones are ::ffff:0:0/96.
_MAPPED_PREFIX = 96


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
