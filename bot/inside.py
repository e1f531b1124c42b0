"""What a stranger names is called outside our own network only, wherever its name leads by the time it is called.

Whoever answers for a name may answer otherwise a moment after it was looked up. So it is the connection that is looked
at, with the very address that it is made to: an audit hook of Python (PEP 578), which sees every connection of every
library before it is made. It holds in the thread that asks for it, and only while it does.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from storage import webhooks

Network = IPv4Network | IPv6Network
#: What Python says before it sends anything to an address; the address comes second.
_CALLS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
_LOOKS_UP = "socket.getaddrinfo"


class Inside(OSError):
    """A connection would have led into our own network."""


@dataclass(slots=True)
class Watch:
    """A thread that may call nothing inside. ``refused``: it tried to.

    names, free  what it may call all the same
    name         what was looked up last: the connection that follows is to one of its addresses
    """

    names: frozenset[str]
    free: tuple[Network, ...]
    name: str = ""
    refused: bool = False

    def look(self, address: Any) -> None:
        """Raises Inside for the address of a call that may not be made."""
        if address is None or self.name in self.names:
            return  # a line that is open already; or what the settings name
        if not isinstance(address, tuple) or leads_in(str(address[0]), self.free):
            self.refused = True
            raise Inside("an address inside our own network")


_thread = threading.local()


@contextmanager
def outside_only(allowed: Collection[str] = ()) -> Iterator[Watch]:
    """Until it ends this thread connects to nothing inside; what tries gets Inside, an OSError.

    allowed  hosts and networks inside that it may call. Where the environment names proxies it may call these: they
             look names up themselves, and where they lead is for them to judge
    """
    _watching()
    proxies = (urlsplit(one).hostname or "" for one in getproxies().values())
    names = frozenset(bare(one) for one in (*allowed, *proxies) if one)
    watch = Watch(names, networks(allowed))
    before = getattr(_thread, "watch", None)
    _thread.watch = watch
    try:
        yield watch
    finally:
        _thread.watch = before


def leads_in(address: str, free: Collection[Network] = ()) -> bool:
    """Whether an address is nobody's on the internet, nor in ``free``. A name, which is no address yet, is."""
    try:
        number = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    number = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None) or number
    return not webhooks.outside(str(number)) and not any(number in network for network in free)


@functools.cache
def _watching() -> None:
    """Once for the process: a hook stays for ever."""
    sys.addaudithook(_heard)


def _heard(event: str, given: tuple[Any, ...]) -> None:
    if event in _CALLS or event == _LOOKS_UP:
        watch: Watch | None = getattr(_thread, "watch", None)
        if watch is None:
            return
        if event == _LOOKS_UP:
            watch.name = bare(given[0])
        else:
            watch.look(given[1])


def bare(host: str | bytes | None) -> str:
    """A host as it is compared."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
    return text.strip("[]").rstrip(".").lower()


def networks(allowed: Collection[str]) -> tuple[Network, ...]:
    """The networks among hosts and networks."""
    return tuple(_networks(allowed))


def _networks(allowed: Collection[str]) -> Iterator[Network]:
    for one in allowed:
        with suppress(ValueError):
            yield ip_network(one)
