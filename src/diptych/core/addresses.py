"""Client addresses and their networks."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request


def client_address(request: Request) -> str:
    """Return the client's address, or an empty text for a Unix socket."""
    return request.client.host if request.client else ""


def network_of(address: str, *, prefix: int = 64) -> str:
    """Return the network that counts as one client: an IPv4 address, or an IPv6 network of ``prefix`` bits.

    An internet connection has a whole IPv6 network (/64, often more), and can use a new address for every
    request. Other texts, such as the address of a Unix socket, are returned unchanged.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((int(ip), prefix), strict=False))
