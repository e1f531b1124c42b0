"""From the log of a talk to what the page shows: bubbles, the open question, the receipt card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.message import Choice, Message
from storage.talks import Item


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble.

    mine     theirs, not ours
    lines    paragraphs, escaped by the template
    chosen   what they tapped, as it read
    sent     a key of WORDS for each file they sent
    asks     it ends with the open question
    receipt  sixteen digits in groups of four, "" for none
    """

    seq: int
    mine: bool
    lines: tuple[str, ...] = ()
    chosen: tuple[Choice, ...] = ()
    sent: tuple[str, ...] = ()
    more: str = ""
    language: str = ""
    receipt: str = ""
    asks: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A conversation ready for the template: ``ask`` is the open question, None before there is one."""

    bubbles: tuple[Bubble, ...]
    ask: Message | None
    seq: int

    @property
    def newest(self) -> int:
        """The number of our last bubble: where the page opens."""
        return next((bubble.seq for bubble in reversed(self.bubbles) if not bubble.mine), 0)


def look(items: Sequence[Item], earlier: Mapping[str, Choice] | None = None) -> View:
    """The view of log entries, oldest first. ``earlier``: choices shown before the first of them, by token."""
    labels = dict(earlier or {})
    bubbles: list[Bubble] = []
    ask: Message | None = None
    for item in items:
        if item.message is not None:
            message = ask = item.message
            labels.update((choice.token, choice) for choice in message.choices)
            bubbles.append(
                Bubble(
                    item.seq,
                    False,
                    message.lines,
                    more=message.more,
                    language=message.language,
                    asks=bool(message.step),
                    receipt=grouped(message.secret[0]) if message.secret else "",
                )
            )
        elif item.text or item.choice or item.media:
            tokens = item.choice.split("\n") if item.choice else []
            bubbles.append(
                Bubble(
                    item.seq,
                    True,
                    tuple(item.text.split("\n")) if item.text else (),
                    chosen=tuple(labels[token] for token in tokens if token in labels),
                    sent=tuple(f"sent_{media.kind}" for media in item.media),
                )
            )
    return View(tuple(bubbles), ask, items[-1].seq if items else 0)


def grouped(receipt: str) -> str:
    """Sixteen digits as they are read aloud: in groups of four."""
    digits = "".join(char for char in receipt if char.isdigit())
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def labels_of(items: Sequence[Item]) -> dict[str, Choice]:
    """Every choice shown in these entries, by token."""
    return {choice.token: choice for item in items if item.message for choice in item.message.choices}
