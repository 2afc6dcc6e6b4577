"""Connections out of the installation: to checked addresses only.

A host is resolved once, every address that it has is checked, and the connection goes to the very
address that was checked, so that a name cannot change its mind in between. Refused are loopback,
private, link-local, shared, multicast and unspecified addresses, those of cloud metadata among
them, and what maps to them (IPv4-mapped, NAT64, 6to4, Teredo); hosts that the workspace names as
internal are let through. Proxies of the environment are not used. Source: security.md section 7.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

import httpcore
import httpx

from fairlead.kernel.diagnostic import fail

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SHARED = ipaddress.IPv4Network("100.64.0.0/10")
TIMEOUT_SECONDS = 60


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address lies in the public network, whatever form it is written in."""
    meant = embedded(address)
    is_shared = isinstance(meant, ipaddress.IPv4Address) and meant in _SHARED
    return meant.is_global and not meant.is_multicast and not is_shared


def checked_address(host: str, port: int, internal_hosts: Collection[str]) -> str:
    """An address of the host that may be connected to; FL3204 when one of them is internal."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"`{host}` cannot be resolved: {error}") from None
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    if host not in internal_hosts:
        for text in addresses:
            if not is_public(ipaddress.ip_address(text)):
                raise fail(
                    "FL3204",
                    f"`{host}` has the internal address {text}",
                    notes=["pulls reach public addresses, and hosts that the workspace names"],
                    help=f"add `{host}` to `internal_hosts` of the Workspace, if it is yours",
                )
    return addresses[0]


def check_scheme(url: str, internal_hosts: Collection[str]) -> None:
    """FL3204 for an address without TLS that is no internal host."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in internal_hosts:
        raise fail(
            "FL3204",
            f"`{url}` is not https",
            help="credentials travel over https only, or to hosts of `internal_hosts`",
        )


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to the address that was checked, and to no other."""

    def __init__(self, internal_hosts: Collection[str]) -> None:
        self._internal_hosts = frozenset(internal_hosts)
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a checked address of the host."""
        address = checked_address(host, port, self._internal_hosts)
        return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)


class CheckedTransport(httpx.HTTPTransport):
    """The client's own transport, over a pool that checks where it connects."""

    def __init__(self, internal_hosts: Collection[str]) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            network_backend=CheckedBackend(internal_hosts),
        )


def outbound_client(internal_hosts: Collection[str] = ()) -> httpx.Client:
    """A client that follows no redirect and connects to checked addresses only."""
    transport = CheckedTransport(internal_hosts)
    return httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)
