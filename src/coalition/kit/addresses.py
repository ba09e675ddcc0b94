"""Whose an address is, where something is counted by it."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str | None) -> str:
    """The address itself; of IPv6 the network of 64 bits, all of which one host may use
    (RFC 6177). What is no address stands for itself.
    """
    if address is None:
        return "unknown"
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"
