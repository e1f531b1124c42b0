"""The ways in. ``contract.py`` says what a channel is; a module here exposes it as ``CHANNEL``."""

from __future__ import annotations

from importlib import import_module

from bot.channels.contract import Channel

#: Name -> module. One is imported when an endpoint needs it: their libraries are large.
NAMES = {"sms": "bot.channels.sms", "telegram": "bot.channels.telegram"}

#: What a channel is called where people set it up.
SAID = {"sms": "Text messages", "telegram": "Telegram"}


def channel(name: str) -> Channel:
    """The channel of that name; KeyError for one there is not."""
    found: Channel = import_module(NAMES[name]).CHANNEL
    return found
