"""Catalogues: the texts of one language, read from its PO file and kept compiled in memory.

A language whose catalogue misses one message is not complete, and an incomplete language is not offered:
half a translated talk is worse than a whole one in a language the person knows a little.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
#: What the public reads, complete in every language that is offered; the console's texts are a domain of their own.
MESSAGES = "messages"
TEMPLATE = HERE / f"{MESSAGES}.pot"
#: The language of the message ids.
SOURCE = "en"
PLACE = re.compile(r"\{([a-z_]+)\}")
#: The context of what a language says to a child or young person where English has one wording for everybody: a
#: language that has two forms of "you" may add such an entry to its catalogue; none has to.
FAMILIAR = "familiar"

#: (context, "" for the plain wording; English message id)
Key = tuple[str, str]


def toml(*parts: str) -> dict[str, Any]:
    """A file of this folder: ``toml("cy", "words.toml")``."""
    return tomllib.loads(HERE.joinpath(*parts).read_text("utf-8"))


class Translator:
    """Texts of one language: ``translator(context, msgid)``.

    A wording for a register that the language lacks falls back to ``plain`` when that is given, and then to
    English; an organisation's own wording (``overlay``) comes before the catalogue's.
    """

    def __init__(self, language: str, texts: Mapping[Key, str], overlay: Mapping[Key, str] | None = None) -> None:
        self.language = language
        self._texts = {**texts, **(overlay or {})}

    def __call__(self, context: str, msgid: str, plain: str = "") -> str:
        texts = self._texts
        return texts.get((context, msgid)) or texts.get(("", plain or msgid)) or msgid

    def has(self, context: str, msgid: str) -> bool:
        """Whether this very wording is there."""
        return (context, msgid) in self._texts


def reader(context: str, register: str) -> str:
    """Where to look for what a reader is told: ``FAMILIAR`` where a child or young person has no own wording."""
    return context or (FAMILIAR if register else "")


def po_path(language: str, domain: str = MESSAGES) -> Path:
    """Where a language's catalogue lies, whether or not it exists."""
    return HERE / language / f"{domain}.po"


def template(domain: str) -> Path:
    """Where the texts of a domain lie."""
    return HERE / f"{domain}.pot"


def read(path: Path, language: str | None = None) -> Catalog:
    """The catalogue in a PO or POT file.

    Raises ValueError that names the file and line when it is not well formed.
    """
    with path.open("rb") as file:
        try:
            return read_po(file, locale=language, abort_invalid=True)
        except Exception as error:  # Babel raises its own and plain ValueErrors; both mean "mend the file"
            raise ValueError(f"{path.parent.name}/{path.name} is not a well-formed catalogue: {error}") from error


def key(message: Message) -> Key:
    """A catalogue entry's context and English message id."""
    msgid = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", msgid


def entries(catalogue: Catalog) -> Iterable[Message]:
    """Every entry but the header."""
    return (message for message in catalogue if message.id)


@cache
def texts(language: str, domain: str) -> Mapping[Key, str]:
    """What is translated and not fuzzy; empty for the source language and where there is no catalogue."""
    path = po_path(language, domain)
    if language == SOURCE or not path.exists():
        return {}
    return {
        key(message): message.string if isinstance(message.string, str) else message.string[0]
        for message in entries(read(path, language))
        if message.string and not message.fuzzy
    }


@lru_cache(maxsize=1)
def wanted() -> frozenset[Key]:
    """Every wording the code asks for, as the template has it."""
    return frozenset(key(message) for message in entries(read(TEMPLATE))) if TEMPLATE.exists() else frozenset()


@cache
def complete(language: str) -> bool:
    """Whether every wording of the template is translated and not fuzzy."""
    return language == SOURCE or wanted() <= texts(language, MESSAGES).keys()


def translator(language: str, overlay: Mapping[Key, str] | None = None, domain: str = MESSAGES) -> Translator:
    """The texts of a language; English for an unknown one. Read once, about 20 ms for 600 messages."""
    return Translator(language, texts(language, domain), overlay)


def places(text: str) -> frozenset[str]:
    """The {places} in a text."""
    return frozenset(PLACE.findall(text))
