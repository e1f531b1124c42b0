"""How a reply will look on the person's channel: its parts as they will be sent, and what they cost. Pure.

The console shows it before anything is sent; it is given this by ``bot.app``, since it imports no channel itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import locales
from bot.channels.contract import Occasion
from bot.channels.sms.render import render as texts
from bot.channels.telegram.render import split
from locales import sms
from storage.replies import message

#: What does not fit the alphabet is named up to so many characters; beyond that the language itself does not.
STRANGE = 6


def previewer(pence: float) -> Callable[[str, str, str], dict[str, Any]]:
    """``preview(channel, text, language)`` where a segment of a text message costs ``pence``.

    channel    "sms", "telegram", "web"; parts, each with its ``text`` in lines, for
               "sms" with ``segments``, ``alphabet`` ("gsm7", "ucs2") and ``units`` of it
    segments   of all parts; ``pence`` for all of them, 0 where nothing is paid
    strange    the few characters that make a text message longer, "" for none or for a language that needs them
    direction  "ltr" or "rtl"
    """

    def preview(channel: str, text: str, language: str) -> dict[str, Any]:
        said = message(text, language)
        if channel == "sms":
            parts = [_text(part) for part in texts(said, Occasion())] if text.strip() else []
        elif channel == "telegram":
            parts = [{"text": part} for part in split(said.lines)] if text.strip() else []
        else:
            parts = [{"text": "\n\n".join(said.lines)}] if text.strip() else []
        segments = sum(part.get("segments", 0) for part in parts)
        spelt = channel == "sms" and locales.language(language).sms == "gsm7"
        strange = sms.outside("".join(str(part["text"]) for part in parts)) if spelt else ()
        return {
            "channel": channel,
            "language": language,
            "direction": locales.language(language).direction,
            "parts": parts,
            "segments": segments,
            "pence": segments * pence,
            "strange": " ".join(strange) if len(strange) <= STRANGE else "",
        }

    return preview


def _text(part: str) -> dict[str, Any]:
    size = sms.size(part)
    return {"text": part, "segments": size.segments, "alphabet": size.alphabet, "units": size.units}
