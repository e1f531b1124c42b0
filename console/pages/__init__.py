"""Every page of the console: each module in this folder that declares ``pages`` (``console.page.Pages``) is served.

``ORDER`` of a module is its place in the menu (50 when it has none).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from console.page import Page


@cache
def every() -> tuple[Page, ...]:
    """The route table: what the server serves, and what the tests walk."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    modules.sort(key=lambda module: (getattr(module, "ORDER", 50), module.__name__))
    return tuple(page for module in modules for page in getattr(module, "pages", ()))
