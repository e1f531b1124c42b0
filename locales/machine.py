"""Machine translation as the rest of the house knows it: a marked help to read by, never more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class NotTranslated(Exception):
    """There is no translation. ``code``: "slow", "away", "busy", "key", "language" or "strange"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Translator(Protocol):
    """Gives texts in another language, in their order; raises NotTranslated."""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """These texts, from and to languages of ours by code. The whole of them or NotTranslated, never a part."""
        ...
