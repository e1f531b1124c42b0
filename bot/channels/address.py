"""The address at which a provider reached us, as it knows it: what its signature was made over."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address, ip_network

from aiohttp import web

from bot.channels.contract import House


def public(request: web.Request, house: House) -> str:
    """The whole address of a request, query and all, as the outside wrote it.

    The public address of the settings decides. Where none is set, the request's own does; what a proxy says about
    it is believed only of proxies that the settings name.
    """
    if house.proxies is None:
        return house.base_url + request.raw_path
    scheme, host = request.scheme, request.host
    if trusted(request.remote or "", house.proxies):
        scheme = _first(request.headers.get("X-Forwarded-Proto", "")) or scheme
        host = _first(request.headers.get("X-Forwarded-Host", "")) or host
    return f"{scheme}://{host}{request.raw_path}"


def trusted(remote: str, proxies: Collection[str]) -> bool:
    """Whether a request comes from one of these networks."""
    try:
        address = ip_address(remote)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in proxies)


def _first(values: str) -> str:
    return values.split(",")[0].strip()
