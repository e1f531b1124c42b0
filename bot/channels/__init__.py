"""The ways in. ``contract.py`` says what a channel is; a module here exposes it as ``CHANNEL``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from bot.channels.contract import Channel

#: What stands here and is no channel of the endpoints file: what they share, and the web chat, which every place has.
_SHARED = ("address", "contract", "upload", "webchat")
_CALLED = {"sms": "Text messages", "telegram": "Telegram", "email": "E-mail"}
#: Table of the endpoints file -> module. One is imported when an endpoint needs it: their libraries are large.
NAMES = {
    name: f"{__name__}.{name}"
    for name in dict.fromkeys((*_CALLED, *(one.name for one in iter_modules(__path__))))
    if name not in _SHARED
}
#: What a channel is called where people set it up; "notify" is another sender of text messages, and no channel.
SAID = _CALLED | {name: name.capitalize() for name in NAMES if name not in (*_CALLED, "notify")}


def channel(name: str) -> Channel:
    """The channel of that name; KeyError for one there is not."""
    found: Channel = import_module(NAMES[name]).CHANNEL
    return found
