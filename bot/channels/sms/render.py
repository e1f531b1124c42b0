"""How a message looks as texts: plain lines and numbered choices, cut only between sentences.

A question and its choices are one text, as texts may arrive in any order; only one that is too long (all languages by
their names) goes on in another, between two of its numbered choices. What is told before it joins that text where this
costs no more, and goes ahead of it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import locales
from bot.channels.contract import Occasion
from flows.message import Choice, Message
from flows.path import EDIT
from flows.steps import N_
from locales import sms

#: What one text may be: segments in either alphabet; characters, whatever the alphabet, is the provider's own limit.
LIMITS: Mapping[str, int] = MappingProxyType({"gsm7_segments": 2, "ucs2_segments": 4, "characters": 1600})
#: Characters of one line of the read-back: their own words stand in full further up on their phone.
LINE = 140

#: Said with the first text of a talk.
COST = N_("Each text you send costs your normal rate.")
FILES = N_("Photo or recording? Add it here: {address}")

_ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f\u061c"))
#: An isolate around what runs the same way as what is around it.
_NEEDLESS = re.compile("\u2068([^\u2068\u2069A-Za-z0-9]*)\u2069")
#: Signs that end a sentence: those with a space behind them, and those of Chinese, without.
_UNSPACED = "。！？"
_SENTENCE = re.compile(rf"(?<=[.!?؟۔।።])\s+|(?<=[{_UNSPACED}])")


def render(message: Message, occasion: Occasion) -> tuple[str, ...]:
    """The texts of a message, in the order they are sent; never empty."""
    told, question = _told_and_asked(message)
    if occasion.first:
        told.insert(1, _said(COST, message.language))
    texts = _texts(told, question, message.language)
    if occasion.upload and message.media:
        # Not isolated, unlike other places: phones would take the invisible mark for a part of the address.
        link = _said(FILES, message.language).replace("{address}", occasion.upload)
        with_link = _texts([*told, link], question, message.language)
        # Where they are asked again whether there is more, the address is worth no text of its own.
        if not message.choices or _cost(with_link) == _cost(texts):
            return with_link
    return texts


def _told_and_asked(message: Message) -> tuple[list[str], str]:
    """What goes ahead, and the question with its choices ("" when nothing is asked)."""
    told = list(message.lines)
    if not message.step:
        return told, ""
    question = told.pop()
    numbered = _numbered(message, pictures=message.easy)
    if any(choice.token.startswith(f"{message.step}={EDIT}") for choice in message.choices):
        told += numbered[1:]  # the read-back: what they said goes ahead of "Shall we send it?"
        del numbered[1:]
    if message.easy and not fits(_plain("\n".join([question, *numbered]), message.language)):
        numbered = _numbered(message, pictures=False)[: len(numbered)]
    return told, "\n".join([question, *numbered])


def _texts(told: Iterable[str], question: str, language: str) -> tuple[str, ...]:
    """What is told, then the question with as much of it as costs no more."""
    pieces = [piece for line in told for piece in _pieces(_plain(line, language))]
    if not question:
        return tuple(_packed(pieces))
    asked = _plain(question, language)
    found = []
    for start in range(len(pieces) + 1):
        last = "\n".join([*pieces[start:], asked])
        if start == len(pieces):
            found.append((*_packed(pieces), *_lines(last)))
        elif fits(last):
            found.append((*_packed(pieces[:start]), last))
    return min(found, key=lambda texts: (_cost(texts), len(texts)))


def _cost(texts: Iterable[str]) -> int:
    return sum(sms.size(text).segments for text in texts)


def fits(text: str) -> bool:
    """Whether it may be one text."""
    size = sms.size(text)
    return size.segments <= LIMITS[f"{size.alphabet}_segments"] and len(text) <= LIMITS["characters"]


def _numbered(message: Message, *, pictures: bool) -> list[str]:
    """The choices, one a line; pictures change the alphabet, and are left out where the question would be too long."""
    return [_choice(number, choice, pictures=pictures) for number, choice in enumerate(message.choices, 1)]


def _choice(number: int, choice: Choice, *, pictures: bool) -> str:
    sign = f"{choice.emoji} " if pictures and choice.emoji else ""
    label = " ".join(choice.label.split())
    if len(label) > LINE:
        label = label[:LINE].rsplit(" ", 1)[0].rstrip(" .,;/") + "..."
    return f"{number} {sign}{label}"


def _said(text: str, language: str) -> str:
    return locales.translator(language or locales.SOURCE)("", text)


def _plain(text: str, language: str) -> str:
    """Plainer signs where the alphabet has only those; no invisible marks where a language runs left to right."""
    if locales.language(language).direction == "ltr":
        text = text.translate(_ISOLATES)
    before = ""
    while text != before:
        before, text = text, _NEEDLESS.sub(r"\1", text)
    return sms.plain(text).strip()


def _joins(text: str, more: str) -> bool:
    """Whether the two are better one text: it may be one, and costs no more than two."""
    joined = f"{text}\n{more}"
    return fits(joined) and sms.size(joined).segments <= sms.size(text).segments + sms.size(more).segments


def _packed(pieces: Iterable[str]) -> list[str]:
    """Pieces put together into as few texts as cost no more."""
    texts: list[str] = []
    for piece in pieces:
        if texts and _joins(texts[-1], piece):
            texts[-1] = f"{texts[-1]}\n{piece}"
        else:
            texts.append(piece)
    return texts


def _pieces(text: str) -> Iterator[str]:
    """A paragraph that is too long for one text, cut between sentences; a sentence that is, between words."""
    if not text:
        return
    if fits(text):
        yield text
        return
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence]
    parts = sentences if len(sentences) > 1 else text.split()
    if len(parts) == 1:
        yield from _cut(text, 100)  # one endless word
        return
    so_far = ""
    for part in parts:
        gap = "" if so_far.endswith(tuple(_UNSPACED)) else " "
        longer = f"{so_far}{gap}{part}" if so_far else part
        if fits(longer):
            so_far = longer
            continue
        if so_far:
            yield so_far
        so_far = ""
        if fits(part):
            so_far = part
        else:
            yield from _pieces(part)
    if so_far:
        yield so_far


def _lines(text: str) -> Iterator[str]:
    """A question that is too long, cut between its lines."""
    so_far = ""
    for line in text.split("\n"):
        longer = f"{so_far}\n{line}" if so_far else line
        if so_far and not fits(longer):
            yield from _cut(so_far, LIMITS["characters"])
            longer = line
        so_far = longer
    yield from _cut(so_far, LIMITS["characters"])


def _cut(text: str, length: int) -> Iterator[str]:
    """Every ``length`` characters, between lines where there are some."""
    while len(text) > length:
        end = text.rfind("\n", 1, length + 1)
        end = end if end > 0 else length
        yield text[:end]
        text = text[end:].lstrip("\n")
    yield text
