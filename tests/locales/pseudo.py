"""A pretend language for tests: whatever a reader would see that did not come through the catalogue stands out.

Every text is bracketed and accented; a letter outside the brackets was never marked with ``N_`` or ``C_``.
"""

from __future__ import annotations

from locales.catalogue import PLACE, Key, entries, key, read, template

OPEN, CLOSE = "⟦", "⟧"
_ACCENTS = str.maketrans("aeiounAEIOUN", "àéîöûñÀÉÎÖÛÑ")


def pseudo(text: str) -> str:
    """The text bracketed and accented; its {places} are kept."""
    parts: list[str] = []
    at = 0
    for match in PLACE.finditer(text):
        parts += [text[at : match.start()].translate(_ACCENTS), match[0]]
        at = match.end()
    return f"{OPEN}{''.join(parts)}{text[at:].translate(_ACCENTS)}{CLOSE}"


def bare(shown: str) -> str:
    """What of a shown text lies outside all brackets: nothing, if every word of it went through the catalogue."""
    depth, out = 0, []
    for char in shown:
        depth += (char == OPEN) - (char == CLOSE)
        if depth == 0 and char != CLOSE:
            out.append(char)
    return "".join(out).strip()


def texts(domain: str) -> dict[Key, str]:
    """A pretend catalogue of a domain: every wording that its template asks for."""
    found = (key(message) for message in entries(read(template(domain))))
    return {(context, text): pseudo(text) for context, text in found}
