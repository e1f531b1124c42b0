"""What casework says to staff: English sentences that know how to be said in another language.

A ``Said`` is its English text wherever a string is wanted (command line, logs of a test); the console says it again
from its catalogue (``console.words.spoken``), with what fills its places in that language too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def S_(text: str) -> str:
    """Marks a text for staff, to be found in the console's catalogue."""
    return text


class Said(str):
    """A sentence for staff. ``text`` with {places}, and what fills them: words, a Name, a Said, a Code, or several."""

    text: str
    places: Mapping[str, object]

    def __new__(cls, text: str, places: Mapping[str, object]) -> Said:
        made = super().__new__(cls, text.format(**{name: english(value) for name, value in places.items()}))
        made.text, made.places = text, places
        return made


class Code(str):
    """A coded value inside a sentence; in English as given. ``of``: "event", "place", "kind", "clock"."""

    of: str
    code: str

    def __new__(cls, of: str, code: str, name: str = "") -> Code:
        made = super().__new__(cls, name or code)
        made.of, made.code = of, code
        return made


class Several(tuple[object, ...]):
    """Things in a row; ``by`` stands between them (OR, AND; "" for a comma), said in the reader's language."""

    by: str

    def __new__(cls, things: Iterable[object], by: str = "") -> Several:
        made = super().__new__(cls, things)
        made.by = by
        return made

    def joined(self, things: Iterable[str], by: str) -> str:
        """The things in the reader's words, with their word for ``by`` between them."""
        return (f" {by} " if by else ", ").join(things)

    def __str__(self) -> str:
        return self.joined(map(english, self), self.by)


#: What stands between the last things of a row.
OR, AND = S_("or"), S_("and")


def say(text: str, **places: object) -> Said:
    """A sentence; its text is marked for the console's catalogue by this very call."""
    return Said(text, places)


def english(value: object) -> str:
    """What fills a place, in English."""
    return str(value)
