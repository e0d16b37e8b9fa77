"""Where a request comes from, as coarse as is needed. Never stored or logged as it is."""

from ipaddress import IPv6Address, ip_address, ip_network


def place(address: str) -> str:
    """An IPv4 address; of IPv6 the /64: whoever has one address there has all of them (RFC 4291
    2.5.4). What is no address is given back as it is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)
