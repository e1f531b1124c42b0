"""Which records somebody may be shown, as the store asks for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Reach(Protocol):
    """Whose records: those of ``organisation`` that any of the rest covers (``console.roles.Reach``).

    ``knows``: which restricted records besides those that are theirs: "all", "danger" or "".
    """

    @property
    def organisation(self) -> str: ...
    @property
    def staff(self) -> int: ...
    @property
    def all(self) -> bool: ...
    @property
    def services(self) -> Collection[str]: ...
    @property
    def danger(self) -> bool: ...
    @property
    def referred(self) -> bool: ...
    @property
    def knows(self) -> str: ...
