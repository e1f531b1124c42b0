"""Which records somebody may be shown, as the store asks for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Reach(Protocol):
    """Whose records: those of ``organisation`` that any of the rest covers (``console.roles.Reach``).

    ``knows``: which restricted records besides those that are theirs: "all", "danger" or "".
    """

    @property
    def organisation(self) -> str:
        """The id of the one organisation."""
        ...

    @property
    def staff(self) -> int:
        """The number of whoever asks; records that name them are left out."""
        ...

    @property
    def all(self) -> bool:
        """Every record of the organisation."""
        ...

    @property
    def services(self) -> Collection[str]:
        """Records about these services, except where somebody who works with children may be accused."""
        ...

    @property
    def danger(self) -> bool:
        """Records with a sign of danger."""
        ...

    @property
    def referred(self) -> bool:
        """Records in which they are the advocate."""
        ...

    @property
    def knows(self) -> str:
        """Which restricted records besides theirs: "all", "danger" or ""."""
        ...
