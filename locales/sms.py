"""How long a text is as SMS: the GSM 7-bit alphabet (3GPP TS 23.038), or UCS-2, and segments (TS 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

#: One septet each. 0x1B, the escape, is not a character.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Two septets each: an escape and the character.
EXTENDED = frozenset("\f^{}\\[~]|€")

#: What a text message has plainer signs for; nothing here changes a word.
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "′": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "„": '"', "″": '"', "«": '"',
        "»": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "…": "...", "•": "-", "·": "-", "→": "->", "×": "x",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """alphabet "gsm7" or "ucs2"; units: septets or 16-bit units without headers; segments: texts that are paid for."""

    alphabet: str
    units: int
    segments: int


def plain(text: str) -> str:
    """The text with typographic quotes, dashes, ellipses and spaces as a text message has them."""
    return text.translate(_PLAIN)


def outside(text: str) -> tuple[str, ...]:
    """The characters that would throw the text out of the GSM alphabet, each once."""
    return tuple(dict.fromkeys(char for char in text if char not in BASIC and char not in EXTENDED))


def size(text: str) -> Size:
    """How many segments the text takes as it stands; an empty one takes none.

    One segment holds 160 septets or 70 units; each of several holds 153 or 67, as a header takes the rest.
    An escape is not parted from its character, nor one half of a surrogate pair from the other.
    """
    if outside(text):
        return Size("ucs2", *_count([2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67))
    return Size("gsm7", *_count([2 if char in EXTENDED else 1 for char in text], 160, 153))


def _count(widths: list[int], alone: int, among: int) -> tuple[int, int]:
    units = sum(widths)
    if units <= alone:
        return units, min(units, 1)
    segments, used = 1, 0
    for width in widths:
        if used + width > among:
            segments, used = segments + 1, 0
        used += width
    return units, segments
