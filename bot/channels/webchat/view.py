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
    signs    with each of ``lines`` the concepts whose pictures stand above it
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
    signs: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A conversation ready for the template.

    ask       the message whose question is open, and ``asked`` its number; without a ``step`` nothing is asked. None
              before we have said anything
    answered  they have said something since
    """

    bubbles: tuple[Bubble, ...] = ()
    ask: Message | None = None
    seq: int = 0
    asked: int = 0
    answered: bool = False

    @property
    def newest(self) -> int:
        """The number of the bubble at which the page opens: the question that is open, else our last one."""
        if self.ask is not None and self.ask.step:
            return self.asked
        return next((bubble.seq for bubble in reversed(self.bubbles) if not bubble.mine), 0)


def look(items: Sequence[Item], earlier: Mapping[str, Choice] | None = None, before: View | None = None) -> View:
    """The view of log entries, oldest first. ``before``: of what came before them; ``earlier``: choices shown then.

    What we say of ourselves (a milestone, news) asks and answers nothing: the question before it stays open.
    """
    labels = dict(earlier or {})
    bubbles: list[Bubble] = []
    seen = before or View()
    ask, asked, answered = seen.ask, seen.asked, seen.answered
    for item in items:
        if item.message is not None:
            message = item.message
            if message.step or answered or ask is None or not ask.step:
                ask, asked, answered = message, item.seq, False
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
                    signs=message.symbols if message.easy else (),
                )
            )
        elif item.text or item.choice or item.media:
            answered = True
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
    return View(tuple(bubbles), ask, items[-1].seq if items else seen.seq, asked, answered)


def grouped(receipt: str) -> str:
    """Sixteen digits as they are read aloud: in groups of four."""
    digits = "".join(char for char in receipt if char.isdigit())
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def labels_of(items: Sequence[Item]) -> dict[str, Choice]:
    """Every choice shown in these entries, by token."""
    return {choice.token: choice for item in items if item.message for choice in item.message.choices}
