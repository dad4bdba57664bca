"""Where requests come from."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request


def client_address(request: Request) -> str:
    """Return the address that a request comes from, or an empty text for a Unix socket."""
    return request.client.host if request.client else ""


def network_of(address: str, *, prefix: int = 64) -> str:
    """Return who counts as one at an address: an IPv4 address, or an IPv6 network of ``prefix`` bits.

    One line to the internet has a whole IPv6 network (/64, mostly more), and may use a new address for every
    request. What is no address of the internet, such as a Unix socket's, stays as it is.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((int(ip), prefix), strict=False))
