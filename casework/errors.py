"""How the casework says that something is wrong: in words, with the nearest thing that would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from casework.words import Said, Several, say


class ProfileError(ValueError):
    """A profile cannot be used. ``faults`` has one line for each thing wrong: file, field, what would be right."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def nearest(word: str, known: Iterable[str]) -> Said:
    """ "Did you mean “…”?", or what there is to choose from."""
    names = list(known)
    if close := difflib.get_close_matches(word, names, 1, 0.6):
        return say("Did you mean “{word}”?", word=close[0])
    return say("Use one of: {words}.", words=Several(names)) if names else say("There is none to choose from.")
