"""How a message looks on Telegram: plain paragraphs, then one button a choice. Pure.

The state of a question where several may be chosen is kept by Telegram itself, in the ticks on its buttons:
a tap turns one over, and only "Send what I chose" is an answer. What a button carries:

    step=value        this is the answer
    +step=value       tick, or take the tick away
    !step             send what is ticked
    /skip=step        SKIP or BACK, for the question it stands under
    #hash             a token too long for Telegram, by its hash
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import locales
from bot.cards import MOST, Cell
from bot.channels.telegram.words import WORDS
from flows.message import Choice, Message

#: Telegram's limits: characters of a text, bytes a button carries, buttons under a message.
TEXT, DATA, BUTTONS = 4096, 64, 100
#: The same of a text below an image.
CAPTION = 1024
#: Telephones cut a button's label off after about this many characters; longer ones are written out above.
LABEL = 32
TICKED, OPEN, CHOSEN = "☑️", "⬜", "✅"
#: (language, English text) -> the text in that language.
Translate = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Button:
    """What it says and what it carries."""

    label: str
    data: str


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One Telegram message; the last piece of a Message has the buttons.

    head  how ``text`` begins where all the rest is covered until somebody taps it, "" where nothing is
    card  the pictures above it, one cell for each choice; () for none
    """

    text: str
    rows: Rows = ()
    head: str = ""
    card: tuple[Cell, ...] = ()


def render(
    message: Message, translate: Translate, before: tuple[str, ...] = (), *, covered: bool = False
) -> tuple[Piece, ...]:
    """The pieces of a message, none over Telegram's limits. ``before`` are paragraphs said above it.

    ``covered``: a locked screen shows only that there is a message.
    """

    def say(key: str, **places: str) -> str:
        text = translate(message.language, WORDS[key])
        for place, value in places.items():
            text = text.replace("{" + place + "}", value)
        return text

    paragraphs = [*before, *map(_drawn, message.lines, message.symbols or ((),) * len(message.lines))]
    if message.more:
        paragraphs.insert(len(paragraphs) - 1, message.more)
    if any(len(choice.label) > LABEL for choice in message.choices) or len(message.choices) > BUTTONS - 3:
        paragraphs.append("\n".join(f"{number}. {_pictured(choice)}" for number, choice in _numbered(message)))
    if message.many and message.choices:
        paragraphs.append(say("many", send=say("send_chosen")))
    rows: list[tuple[Button, ...]] = [
        (Button(_label(number, choice, message), _data(choice, message)),) for number, choice in _numbered(message)
    ]
    rows = rows[: BUTTONS - 3]
    if message.many and rows:
        rows.append((Button(f"➡️ {say('send_chosen')}", carried(f"!{message.step}")),))
    if message.step:
        aside = [Button(say(name), f"/{name}={message.step}") for name in ("back", "skip") if getattr(message, name)]
        if aside := [button for button in aside if len(button.data.encode()) <= DATA]:
            rows.append(tuple(aside))
    head, card = say("covered") if covered else "", _card(message)
    most = (CAPTION if card else TEXT) - length(head) - 2
    pieces = [f"{head}\n\n{text}" if head else text for text in split(paragraphs, most)]
    return (*(Piece(text, (), head) for text in pieces[:-1]), Piece(pieces[-1], tuple(rows), head, card))


def _card(message: Message) -> tuple[Cell, ...]:
    """The concepts of every choice, where pictures are on and at least two choices have one."""
    known = locales.symbols()
    cells = tuple(tuple(one for one in choice.symbol.split() if one in known) for choice in message.choices)
    return cells if message.easy and sum(map(bool, cells)) > 1 and len(cells) <= MOST else ()


def carried(token: str) -> str:
    """What a button carries for a token: the token, or its hash where it would be too long."""
    sign = token[0] if token[0] in "+!" else ""
    return token if len(token.encode()) <= DATA else sign + hashed(token.removeprefix(sign))


def hashed(token: str) -> str:
    """The short name of a long token."""
    return "#" + hashlib.sha256(token.encode()).hexdigest()[:32]


def split(paragraphs: Iterable[str], limit: int = TEXT) -> Iterator[str]:
    """Texts of at most ``limit`` characters, as Telegram counts them: whole paragraphs, then lines, words, letters."""
    text = ""
    for part, gap in _parts(paragraphs, limit):
        joined = f"{text}{gap}{part}" if text else part
        if length(joined) <= limit:
            text = joined
        else:
            yield text
            text = part
    yield text or "…"


def _parts(paragraphs: Iterable[str], limit: int) -> Iterator[tuple[str, str]]:
    """What may not be divided, each with the gap in front of it."""
    for paragraph in paragraphs:
        if length(paragraph) <= limit:
            if paragraph.strip():
                yield paragraph, "\n\n"
            continue
        gap = "\n\n"
        for line in paragraph.split("\n"):
            for number, word in enumerate(line.split(" ") if length(line) > limit else (line,)):
                for piece in _cut(word, limit):
                    yield piece, " " if number else gap
            gap = "\n"


def _cut(word: str, limit: int) -> Iterator[str]:
    """A word longer than a message, in pieces; what cannot be longer stays whole."""
    while length(word) > limit:
        end = limit // 2  # every character is at most two of Telegram's
        yield word[:end]
        word = word[end:]
    yield word


def length(text: str) -> int:
    """Characters as Telegram counts them: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _drawn(line: str, symbols: tuple[str, ...]) -> str:
    """A sentence behind the emoji of its key words."""
    signs = "".join(map(locales.emoji, symbols))
    return f"{signs}\n{line}" if signs else line


# Buttons ----------------------------------------------------------------------------------------


def _numbered(message: Message) -> Iterable[tuple[int, Choice]]:
    return enumerate(message.choices, 1)


def _pictured(choice: Choice) -> str:
    return f"{choice.emoji} {choice.label}" if choice.emoji else choice.label


def _label(number: int, choice: Choice, message: Message) -> str:
    words = choice.label if len(choice.label) <= LABEL else choice.label[: LABEL - 1].rstrip() + "…"
    label = f"{number}  {choice.emoji} {words}" if choice.emoji else f"{number}  {words}"
    return f"{OPEN} {label}" if message.many else label


def _data(choice: Choice, message: Message) -> str:
    return carried(f"+{choice.token}" if message.many else choice.token)


def marked(rows: Rows, data: str) -> Rows:
    """The buttons with the one that was pressed ticked, and no other of its question."""
    return tuple(
        tuple(
            Button(_bare(button.label, CHOSEN), button.data)
            if button.data != data
            else Button(f"{CHOSEN} {_bare(button.label, CHOSEN)}", button.data)
            for button in row
        )
        for row in rows
    )


def turned(rows: Rows, data: str) -> Rows:
    """The buttons with one tick turned over."""
    return tuple(tuple(_turn(button) if button.data == data else button for button in row) for row in rows)


def _turn(button: Button) -> Button:
    if button.label.startswith(TICKED):
        return Button(f"{OPEN} {_bare(button.label, TICKED)}", button.data)
    return Button(f"{TICKED} {_bare(button.label, OPEN)}", button.data)


def ticked(rows: Rows) -> tuple[str, ...]:
    """The tokens (or their hashes) of the ticked buttons, in their order."""
    return tuple(
        button.data[1:] for row in rows for button in row if button.data[:1] == "+" and button.label.startswith(TICKED)
    )


def _bare(label: str, sign: str) -> str:
    return label.removeprefix(sign).lstrip() if label.startswith(sign) else label
