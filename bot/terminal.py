"""How a message looks on each channel, for the terminal; pure."""

from __future__ import annotations

from typing import Any

from flows.message import Message


def show(message: Message, channel: str) -> str:
    """The message as that channel would lay it out."""
    paragraphs = list(message.lines)
    if message.more and channel != "sms":
        paragraphs.append(f"({message.more})")
    text = ("\n" if channel == "sms" else "\n\n").join(paragraphs)
    if message.choices:
        text += "\n" if channel == "sms" else "\n\n"
        text += "\n".join(_choices(message, channel))
    return text


def _choices(message: Message, channel: str) -> list[str]:
    lines = []
    for number, choice in enumerate(message.choices, 1):
        pictured = channel != "sms" or message.easy  # an emoji changes the encoding and the price of a text
        label = f"{choice.emoji} {choice.label}" if choice.emoji and pictured else choice.label
        mark = "☐ " if message.many and channel == "web" else ""
        lines.append(
            {"sms": f"{number}. {label}", "telegram": f"[ {number}  {label} ]"}.get(
                channel, f"({number}) {mark}{label}"
            )
        )
    return lines


def as_json(message: Message) -> dict[str, Any]:
    """The message as one object: what is said, what may be chosen, and the question that is open."""
    return {
        "text": "\n\n".join(message.lines),
        "choices": [
            {"number": number, "label": choice.label, "value": choice.token.partition("=")[2]}
            for number, choice in enumerate(message.choices, 1)
        ],
        "step": message.step,
        "many": message.many,
    }
