"""A message as a person will read it: rendered, JSON both ways, and still of no channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.session import LATER, Line, Say, World

#: JSON as it is kept; made once, since ``json.dumps`` makes an encoder for every call that asks for anything.
_written = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be chosen: its token (``step=value``), what it says, its symbol key and emoji.

    A line of the read-back may have several symbol keys, with spaces between.
    """

    token: str
    label: str
    symbol: str = ""
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to or shown to a person; a channel only decides how it looks.

    lines    paragraphs, the question last; never empty
    more     an explanation for channels with room, "" for none
    step     the question that is open, "" when nothing is asked
    choices  in the order they are numbered, from 1
    skip     the question may be skipped
    back     there is an answer to go back to
    symbols  concepts of the key words of each line, in the order of ``lines``; () where pictures are not on
    secret   texts (a receipt) that a log must mask; not part of the JSON
    """

    lines: tuple[str, ...]
    language: str
    easy: bool = False
    more: str = ""
    step: str = ""
    choices: tuple[Choice, ...] = ()
    many: bool = False
    typing: bool = True
    media: bool = False
    skip: bool = False
    back: bool = False
    symbols: tuple[tuple[str, ...], ...] = ()
    secret: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As the log keeps it, without ``secret``; ``symbols``, which came later, only where there are some."""
        pictures = {"symbols": self.symbols} if self.symbols else {}
        return _written(
            {
                "lines": self.lines,
                "language": self.language,
                "easy": self.easy,
                "more": self.more,
                "step": self.step,
                "choices": [[c.token, c.label, c.symbol, c.emoji] for c in self.choices],
                "many": self.many,
                "typing": self.typing,
                "media": self.media,
                "skip": self.skip,
                "back": self.back,
                **pictures,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Message:
        """What ``to_json`` wrote, by this release or an older one."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **data,
                "lines": tuple(data["lines"]),
                "choices": tuple(Choice(*c) for c in data["choices"]),
                "symbols": tuple(tuple(line) for line in data.get("symbols", ())),
            }
        )


def render(say: Say, world: World, later: Mapping[str, str] = {}) -> Message:
    """The message of a Say. ``later`` fills the LATER places (already in the person's own form)."""
    unknown = set(later) - set(LATER)
    if unknown:
        raise ValueError(f"not a later place: {', '.join(sorted(unknown))}; see flows.session.LATER")

    def words(line: Line) -> str:
        spoken = world.words(line, line.voice or say.voice)
        if "{" in spoken:
            for place, value in later.items():
                spoken = spoken.replace("{" + place + "}", value)
        return spoken

    return Message(
        lines=tuple([words(line) for line in say.lines]),
        language=say.voice.language,
        easy=say.voice.easy,
        more=words(say.more) if say.more else "",
        step=say.step,
        choices=tuple(
            [
                Choice(
                    token=f"{say.step}={option.value}",
                    label=words(Line(option.label)),
                    symbol=option.symbol,
                    emoji="".join([world.emoji(one) for one in option.symbol.split()]) if option.symbol else "",
                )
                for option in say.options
            ]
        ),
        many=say.many,
        typing=say.typing,
        media=say.media,
        skip=say.skip,
        back=say.back,
        symbols=tuple([line.text.symbols for line in say.lines]) if say.voice.easy else (),
        secret=tuple(later[place] for place in ("receipt",) if place in later),
    )
