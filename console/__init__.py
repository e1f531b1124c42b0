"""The staff console: works without JavaScript, better with it.

``routes(site)`` gives aiohttp everything, under ``/staff``. Read ``page.py``, ``roles.py``, then ``front.py``.
"""

from __future__ import annotations

from console.alarms import wording
from console.front import routes
from console.restrictedview import glass_wording
from console.roles import ROLES
from console.site import PREFIX, Document, Provider, Site, Way

__all__ = ["PREFIX", "ROLES", "Document", "Provider", "Site", "Way", "glass_wording", "routes", "wording"]


def address(base: str) -> str:
    """Where the console is, of a deployment's address."""
    return f"{base}{PREFIX}/"
