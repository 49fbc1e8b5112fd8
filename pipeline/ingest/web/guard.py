"""Which addresses may be fetched: public ones over HTTP(S), checked at every connection.

The name is resolved here and the connection goes to the very address that was checked, so that a
name cannot turn from a public into a private address in between. Redirects pass here as well.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpx

from pipeline.errors import PipelineError


class GuardedTransport(httpx.AsyncBaseTransport):
    """Transport that refuses hosts on private, loopback, link-local or reserved networks."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self.allow_private = allow_private
        self._inner = httpx.AsyncHTTPTransport(retries=0, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends ``request`` to a checked address of its host.

        Raises:
            PipelineError: another scheme than HTTP(S), or an address that is not public.
        """
        host = request.url.host
        if request.url.scheme not in ("http", "https"):
            raise PipelineError(f"{request.url}: only http and https addresses are fetched")
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = await self._address(host, port)
        checked = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # holds the Host that was asked for
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await self._inner.handle_async_request(checked)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()

    async def _address(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} is not known ({error})") from error
        addresses = [str(entry[4][0]) for entry in found]
        refused = [address for address in addresses if not is_public(address)]
        if refused and not self.allow_private:
            raise PipelineError(
                f"{host} is at {refused[0]}, on a private network; pass --allow-private if it is "
                "your own intranet"
            )
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether ``address`` lies on the public internet, seen through IPv6 forms of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast
