"""The staff console: works without JavaScript, better with it.

``routes(site)`` gives aiohttp everything, under ``/staff``. Read ``page.py``, ``roles.py``, then ``front.py``.
"""

from __future__ import annotations

from console.front import routes
from console.site import PREFIX, Provider, Site

__all__ = ["PREFIX", "Provider", "Site", "routes"]


def address(base: str) -> str:
    """Where the console is, of a deployment's address."""
    return f"{base}{PREFIX}/"
