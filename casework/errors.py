"""How the casework says that something is wrong: in words, with the nearest thing that would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ProfileError(ValueError):
    """A profile cannot be used. ``faults`` has one line for each thing wrong: file, field, what would be right."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def nearest(word: str, known: Iterable[str]) -> str:
    """ "Did you mean “…”?", or what there is to choose from."""
    names = list(known)
    if close := difflib.get_close_matches(word, names, 1, 0.6):
        return f"Did you mean “{close[0]}”?"
    return f"Use one of: {', '.join(names)}." if names else "There is none to choose from."
